"""To forget one person in all that peerlens made beside the data; ``forgetting`` deletes the cache alone."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from peerlens import store
from peerlens.errors import PeerlensError
from peerlens.files import replace_file
from peerlens.privacy.audit import AuditLog
from peerlens.schema import TABLES

MADE_BY = "made_by_peerlens.json"
"""in every folder of tables that peerlens wrote; what it may change later when a person is to be forgotten"""
CONVERTED = "conversion.txt"
OURS = ("verdicts",)
"""tables beside the data that peerlens writes"""


@dataclass(frozen=True)
class Forgotten:
    """What was removed.

    Parameters
    ----------
    caches
        Files of the cache deleted.
    rows
        File name to rows taken out of tables that peerlens wrote.
    log_lines
        Lines of the audit log that no longer name the person.
    is_in_sources
        Files of the user that still hold the person; peerlens never changes those.
    """

    caches: tuple[str, ...]
    rows: dict[str, int]
    log_lines: int
    is_in_sources: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in a few lines."""
        said = [f"Cache deleted ({len(self.caches)} files)." if self.caches else "There was no cache."]
        said += [f"{name}: {rows} rows taken out" for name, rows in self.rows.items() if rows]
        if self.log_lines:
            said.append(f"Audit log: {self.log_lines} lines no longer name the person.")
        if self.is_in_sources:
            said.append(
                f"Still in your own files, which peerlens never changes: {', '.join(self.is_in_sources)}. Take the person out "
                'there, or add the id to exclude in peerlens.toml ([read] exclude = ["…"]), so that no later run sees it.'
            )
        else:
            said.append("None of your own files there holds such an id: check how they spell it.")
        return "\n".join(said)


def forget_person(data: str | Path, person_id: str) -> Forgotten:
    """Remove a person from everything that peerlens made beside the data, caches included.

    Parameters
    ----------
    data
        The folder.
    person_id
        As the files spell it.

    Raises
    ------
    PeerlensError
        There is no such folder.
    """
    folder = Path(data)
    if not folder.is_dir():
        raise PeerlensError(f"{folder}: no such folder. Give the folder with the data.")
    log_lines = AuditLog(folder / store.FOLDER).without(person_id)
    caches = tuple(path.relative_to(folder).as_posix() for path in store.forget(folder))
    is_ours = any((folder / name).is_file() for name in (MADE_BY, CONVERTED))
    rows: dict[str, int] = {}
    left: list[str] = []
    for path in sorted(folder.glob("*.csv")):
        table = path.stem.lower()
        if is_ours or table in OURS:
            rows[path.name] = _without_rows(path, person_id)
        elif _holds(path, person_id):
            left.append(path.name)
    return Forgotten(caches, rows, log_lines, tuple(left))


def _key_columns(header: list[str], table: str) -> list[int]:
    known = TABLES.get(table)
    ids = {column.name for column in known.columns if column.type in ("id", "ids")} if known else set(header)
    return [at for at, name in enumerate(header) if name in ids]


def _without_rows(path: Path, person_id: str) -> int:
    """Rewrite a table of ours without the rows that name a person; a manager's name is emptied, the row stays."""
    text = path.read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    if not rows:
        return 0
    header, table = rows[0], path.stem.lower()
    keys = _key_columns(header, table)
    emptied = [at for at in keys if header[at] in ("manager_id", "organizer_id")]
    keys = [at for at in keys if at not in emptied]
    kept, gone = [header], 0
    for row in rows[1:]:
        if any(at < len(row) and row[at] == person_id for at in keys):
            gone += 1
            continue
        for at in emptied:
            if at < len(row) and row[at] == person_id:
                row[at] = ""
        kept.append(row)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(kept)
    if out.getvalue() != text:
        replace_file(path, out.getvalue().encode("utf-8"))
    note = path.parent / MADE_BY
    if gone and note.is_file():
        known = json.loads(note.read_text(encoding="utf-8"))
        if table in known.get("tables", {}):
            known["tables"][table] -= gone
            replace_file(note, (json.dumps(known, indent=1, sort_keys=True) + "\n").encode("utf-8"))
    return gone


def _holds(path: Path, person_id: str) -> bool:
    needle = person_id.encode("utf-8")
    with path.open("rb") as file:
        before = b""
        while part := file.read(1 << 20):
            if needle in before + part:
                return True
            before = part[-len(needle) :]
    return False
