"""The user answers back: one verdict more in ``verdicts.csv``, and nothing lost."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from peerlens.errors import PeerlensError, did_you_mean
from peerlens.files import replace_file
from peerlens.schema import VERDICT_VALUES, VERDICTS


def add_verdict(
    folder: str | Path, *, person_id: str, other_id: str, verdict: str, until_on: date | None = None
) -> Path:
    """Write a verdict on a tie, replacing an earlier one on the same tie.

    Parameters
    ----------
    folder
        Where the data are.
    person_id, other_id
        Whose tie, with whom.
    verdict
        One of ``useful, finished, alive_elsewhere, not_my_job, wrong, later``.
    until_on
        Last day it holds; None holds for good.

    Returns
    -------
    pathlib.Path
        The file, written beside itself first and renamed.

    Raises
    ------
    PeerlensError
        The verdict is unknown, or the folder does not exist.
    """
    if verdict not in VERDICT_VALUES:
        raise PeerlensError(f"Unknown verdict {verdict!r}. {did_you_mean(verdict, VERDICT_VALUES)}")
    path = Path(folder) / "verdicts.csv"
    if not path.parent.is_dir():
        raise PeerlensError(f"No folder {folder}: name the folder that holds the data.")
    rows: list[dict[str, str]] = []
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = [
                row
                for row in csv.DictReader(handle)
                if (row.get("person_id"), row.get("other_id")) != (person_id, other_id)
            ]
    until = until_on.isoformat() if until_on else ""
    rows.append({"person_id": person_id, "other_id": other_id, "verdict": verdict, "until_on": until})
    text = io.StringIO()
    writer = csv.DictWriter(text, VERDICTS.names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace_file(path, text.getvalue().encode("utf-8"))
    return path
