"""The list that a report carries, so that the next one can say what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    from peerlens.report.parts import Card


def as_actions(person_id: str, as_of: date, cards: Iterable[Card]) -> str:
    """Write the ties of a short list as JSON.

    Parameters
    ----------
    person_id
        Whose list.
    as_of
        The day of the list.
    cards
        The ties on it; departments without a tie are left out.
    """
    ids = [str(row["other_id"]) for row in (dict(card.evidence) for card in cards) if not pd.isna(row.get("other_id"))]
    return json.dumps({"person_id": person_id, "as_of": as_of.isoformat(), "ties": ids}, ensure_ascii=False)


def actions_in(path: str | Path, *, person_id: str) -> list[str]:
    """Read back the list that an HTML report carries.

    Parameters
    ----------
    path
        The report.
    person_id
        Whose report it must be.

    Returns
    -------
    list of str
        Ids of the others on the list.

    Raises
    ------
    PeerlensError
        The file carries no list, or somebody else's.
    """
    path = Path(path)
    reader = _Meta()
    reader.feed(path.read_text(encoding="utf-8", errors="replace"))
    try:
        found = json.loads(reader.content)
        whose, ties = str(found["person_id"]), [str(item) for item in found["ties"]]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise PeerlensError(
            f"{path.name}: no list of actions in it, expected an HTML report written by peerlens for the person "
            "(copies for a coach carry none). Leave report= out to find the list again."
        ) from error
    if whose != person_id:
        raise PeerlensError(
            f"{path.name}: the list of {whose}, expected that of {person_id}. Give that person's report."
        )
    return ties


class _Meta(HTMLParser):
    content = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "meta" and found.get("name") == "actions":
            self.content = found.get("content") or ""
