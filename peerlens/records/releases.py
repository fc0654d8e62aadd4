"""Who has released what: rows of ``released.csv`` on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.errors import PeerlensError
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from peerlens.records.records import Records


class NotReleased(PeerlensError):
    """Somebody's figures were asked for that they have not released."""


@dataclass(frozen=True)
class Release:
    """One person's release: to whom, what for, and until when.

    Parameters
    ----------
    released_to, purpose
        As written by the person; empty where not given.
    until_on
        Last day it holds; None when it is open.
    """

    released_to: str
    purpose: str
    until_on: date | None

    def __str__(self) -> str:
        """Say it in one phrase."""
        until = f" until {say_day(self.until_on)}" if self.until_on else ""
        return (
            f"released to {self.released_to or 'whoever holds the data'}"
            + (f" for {self.purpose}" if self.purpose else "")
            + until
        )


def is_enforced(records: Records) -> bool:
    """Tell whether there is a list of releases; where there is one, only those on it may be looked at."""
    return any(source.table == "released" for source in records.account.sources)


def releases_on(records: Records, day: date) -> dict[str, Release]:
    """Return the releases in force on a day, by person; of several, the one that holds longest.

    Parameters
    ----------
    records
        With the table ``released``.
    day
        Both ends of a release are inside.
    """
    at, rows = pd.Timestamp(day), records.released
    holds = (rows["from_on"].isna() | (rows["from_on"] <= at)) & (rows["until_on"].isna() | (rows["until_on"] >= at))
    rows = rows[holds].sort_values(["person_id", "until_on", "released_to", "purpose"], na_position="last")
    found = {}
    for row in rows.to_dict("records"):
        until = None if pd.isna(row["until_on"]) else pd.Timestamp(row["until_on"]).date()
        to, purpose = ("" if pd.isna(row[name]) else str(row[name]) for name in ("released_to", "purpose"))
        found[str(row["person_id"])] = Release(to, purpose, until)
    return found


def release_of(records: Records, person_id: str, day: date) -> Release | None:
    """Return a person's release on a day; None where there is no list of releases.

    Raises
    ------
    NotReleased
        There is a list, and the person is not on it.
    """
    if not is_enforced(records):
        return None
    found = releases_on(records, day).get(person_id)
    if found is None:
        raise NotReleased(
            f"{person_id} is not on released.csv for {day}: ask the person, and add a line "
            "(person_id, released_to, purpose, from_on, until_on); or read the data without that file if it is their own."
        )
    return found
