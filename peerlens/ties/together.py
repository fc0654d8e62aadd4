"""The rows of several people fetched at once: asking the engine person by person costs more than the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.ties.quiet_chance import as_told

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.ties.ties import Ties

_ROWS, _TOLD, _DAYS = "rows of a person", "rows of a person as told", "days of a person"


def rows_of(ties: Ties, person_id: str) -> pd.DataFrame:
    """Return one person's ties, strongest first, as :meth:`Ties.of` does, but not a copy: whoever was asked for last is kept.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Whose ties.
    """
    kept = ties.worked_out.get(_TOLD)
    if kept is None or person_id not in kept:
        fetch_rows(ties, [person_id])
    return ties.worked_out[_TOLD][person_id]


def measured_rows_of(ties: Ties, person_id: str) -> pd.DataFrame:
    """Return the same rows as they were measured: with the numbers of chances that are told in words, for rules to compare.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Whose ties.
    """
    rows_of(ties, person_id)
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
    sides, numbers = ties.sides, _numbers(ties, people)
    # By number: rows of others are passed over by the thousand, where names would be compared one by one. The table is wide and
    # every step of a query names all its columns, so the few rows found are put in order here.
    asked = sides.filter(sides.person_no.isin(list(numbers) or [-1]))
    frame = ties.engine.frame(asked).sort_values(
        ["person_id", "strength_units", "other_id"], ascending=[True, False, True], ignore_index=True
    )
    found = _apart(frame, people, asked)
    ties.worked_out[_ROWS] = found
    ties.worked_out[_TOLD] = {person: as_told(rows) for person, rows in found.items()}


def _numbers(ties: Ties, people: Sequence[str]) -> dict[int, str]:
    known = ties.persons_by_id["person_no"]
    return {int(known.at[person]): str(person) for person in people if person in known.index}


def days_of(ties: Ties, person_id: str) -> pd.DataFrame:
    """Return the days on which one person had contact, a row for each day and other person; do not change it.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Whose days.

    Returns
    -------
    pandas.DataFrame
        ``other_no, other_id``, then the columns of ``ties.pair_days``, ordered by ``other_no, day_no``.
    """
    kept = ties.worked_out.get(_DAYS)
    if kept is None or person_id not in kept:
        fetch_days(ties, [person_id])
    return ties.worked_out[_DAYS][person_id]


def fetch_days(ties: Ties, people: Sequence[str]) -> None:
    """Bring the contact days of several people to pandas in one go, in place of those fetched before.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    people
        Whose days will be asked for next.
    """
    ids = ties.persons.set_index("person_no")["person_id"]
    numbers = dict(sorted(_numbers(ties, people).items()))
    days, asked = ties.pair_days, list(numbers) or [-1]
    own = days.filter(days.a_no.isin(asked) | days.b_no.isin(asked))
    frame = ties.engine.frame(own.order_by(["a_no", "b_no", "day_no"]))
    found = {}
    for number, person in numbers.items():
        rows = frame[(frame["a_no"] == number) | (frame["b_no"] == number)]
        other = rows["b_no"].where(rows["a_no"] == number, rows["a_no"]).astype("int32")
        rows = rows.drop(columns=["a_no", "b_no"])
        rows.insert(0, "other_no", other)
        rows.insert(1, "other_id", other.map(ids))
        found[person] = rows.sort_values(["other_no", "day_no"], ignore_index=True)
    ties.worked_out[_DAYS] = found


def fetched(
    rows: ir.Table, people: Sequence[str], *, order: Sequence[ir.Value | str], engine: Engine
) -> dict[str, pd.DataFrame]:
    """Bring the rows of several people to pandas in one go.

    Parameters
    ----------
    rows
        With ``person_id``.
    people
        Whose rows.
    order
        How one person's rows are ordered; ends in the keys.
    engine
        Where the rows are.

    Returns
    -------
    dict of str to pandas.DataFrame
        A frame for each of ``people``, as it would be had only that person been asked for.
    """
    asked = rows.filter(rows.person_id.isin(list(people)))
    return _apart(engine.frame(asked.order_by(["person_id", *order])), people, asked)


def _apart(frame: pd.DataFrame, people: Sequence[str], asked: ir.Table) -> dict[str, pd.DataFrame]:
    """Take the rows of several people apart."""
    parts = dict(iter(frame.groupby("person_id", sort=False)))
    # A missing value anywhere makes a whole column of numbers or truths another type; those of one person may have none.
    types = {
        name: kind.to_pandas()
        for name, kind in asked.schema().items()
        if (kind.is_integer() or kind.is_boolean()) and frame[name].dtype != kind.to_pandas()
    }
    return {person: _alone(parts.get(person, frame.iloc[:0]), types) for person in people}


def _alone(rows: pd.DataFrame, types: dict[str, object]) -> pd.DataFrame:
    rows = rows.reset_index(drop=True)
    return rows.astype({name: kind for name, kind in types.items() if rows[name].notna().all()})
