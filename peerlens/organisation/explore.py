"""The whole firm to explore: tokens for people who have not released their name, small departments folded together."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from peerlens.ties import Ties

FEWEST = 5
SMALL = "Small departments"
TIES_EACH = 3
"""ties to other departments drawn per person, the strongest; all of them would be fog"""
WEEKS = 52


def map_frames(
    ties: Ties, labels: dict[str, str], *, departments: Collection[str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the people and the ties between departments that a map of the firm shows.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    labels
        Person to what may be shown: a name or id where that is released, else a token.
    departments
        Only these; None shows all.

    Returns
    -------
    people
        ``person_id`` (numbers that tell nothing), ``label, department`` (those of fewer than five people folded together, and
        left out where they are fewer than five even so).
    ties
        ``a_id, b_id, weeks``: 52 counts of contact days, the oldest first.

    Raises
    ------
    NotEnoughData
        Nobody is left to show.
    """
    people = ties.persons[ties.persons["is_in_people"] & ~ties.persons["has_left"]]
    people = people.assign(department=people["department"].fillna("Department unknown").astype(str))
    if departments is not None:
        people = people[people["department"].isin(list(departments))]
    if people.empty:
        raise NotEnoughData("Nobody is left to show on a map: give departments that are in people.csv, or none.")
    size = people.groupby("department")["person_id"].transform("size")
    people = people.assign(department=people["department"].where(size >= FEWEST, SMALL))
    if people["department"].eq(SMALL).sum() < FEWEST:  # folded together they are still too few
        people = people[people["department"] != SMALL]
    if people.empty:
        raise NotEnoughData(f"No department has {FEWEST} people or more, so there is no group to show.")
    people = people.assign(label=people["person_id"].map(labels))[["person_no", "label", "department"]]

    sides = ties.sides
    rows = sides.filter(sides.is_live & (sides.department != sides.other_department)).select(
        "person_no", "other_no", "strength_units"
    )
    place = ibis.row_number().over(
        ibis.window(group_by="person_no", order_by=[ibis.desc("strength_units"), "other_no"])
    )
    rows = rows.mutate(place=place)
    rows = rows.filter(rows.place < TIES_EACH)
    chosen = rows.select(
        a_no=ibis.least(rows.person_no, rows.other_no), b_no=ibis.greatest(rows.person_no, rows.other_no)
    ).distinct()
    days = ties.pair_days
    days = days.filter(days.is_close & (days.day_no > ties.as_of_day - 7 * WEEKS))
    days = days.semi_join(chosen, ["a_no", "b_no"])
    week = (ibis.literal(ties.as_of_day) - days.day_no) // 7
    counts = (
        days.mutate(week=(WEEKS - 1 - week).cast("int32"))
        .group_by(["a_no", "b_no", "week"])
        .agg(days=lambda t: t.count())
    )
    frame = ties.engine.frame(counts.order_by(["a_no", "b_no", "week"]))
    known = set(people["person_no"])
    frame = frame[frame["a_no"].isin(known) & frame["b_no"].isin(known)]
    wide = frame.pivot(index=["a_no", "b_no"], columns="week", values="days").reindex(columns=range(WEEKS)).fillna(0)
    drawn = wide.index.to_frame(index=False).rename(columns={"a_no": "a_id", "b_no": "b_id"})
    drawn["weeks"] = wide.to_numpy(int).tolist()
    return people.rename(columns={"person_no": "person_id"}), drawn


def subtitle(ties: Ties, people: pd.DataFrame, *, released: int) -> str:
    """Say what a map shows, and who has a name on it."""
    named = f"{released} with a release on record by name" if released else "nobody by name"
    return (
        f"{len(people):,} people, {named}, the rest as tokens; up to {TIES_EACH} strongest ties of each to other departments, "
        f"52 weeks up to {say_day(ties.as_of)}. A group figure says nothing about any one person."
    )
