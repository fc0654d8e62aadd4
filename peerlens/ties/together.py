"""The ties of several people fetched at once: asking the engine person by person costs more than the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import pandas as pd

if TYPE_CHECKING:
    from peerlens.ties.ties import Ties

_ROWS = "rows of a person"


def rows_of(ties: Ties, person_id: str) -> pd.DataFrame:
    """Return one person's ties, strongest first, as :meth:`Ties.of` does, but not a copy: whoever was asked for last is kept.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Whose ties.
    """
    kept = ties.worked_out.get(_ROWS)
    if kept is None or person_id not in kept:
        fetch_rows(ties, [person_id])
    return ties.worked_out[_ROWS][person_id]


def fetch_rows(ties: Ties, people: Sequence[str]) -> None:
    """Bring the ties of several people to pandas in one go, in place of those fetched before.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    people
        Whose ties will be asked for next.
    """
    sides = ties.sides
    asked = sides.filter(sides.person_id.isin(list(people)))
    frame = ties.engine.frame(asked.order_by(["person_id", ibis.desc("strength_units"), "other_id"]))
    ties.worked_out[_ROWS] = parted(frame, people)


def parted(frame: pd.DataFrame, people: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Part rows by ``person_id``; whoever has none gets a frame without rows and with the same columns.

    Parameters
    ----------
    frame
        With ``person_id``; rows of one person keep their order.
    people
        Who gets a part.
    """
    parts = {str(person): rows.reset_index(drop=True) for person, rows in frame.groupby("person_id", sort=False)}
    return {person: parts.get(person, frame.iloc[:0]) for person in people}
