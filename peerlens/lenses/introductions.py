"""Introductions I could make: two live contacts of mine whose departments work together, and who have no tie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from peerlens.ties import Ties

FEWEST = 5
"""people of a department before contact between departments is spoken of"""
ABOVE = 1.0
"""contact of two departments, over what their contact with all other departments would give"""


def introductions(ties: Ties, person_id: str, *, limit: int = 5) -> pd.DataFrame:
    """List pairs of one person's live contacts in departments with more contact than expected, and no tie of their own.

    Expected contact of two departments is ``S_A S_B / 2m`` (contact days of each with other departments, over
    all such; Chung and Lu). Looked at: contacts
    who may be reminded of, neither in a reporting line of the other, in two departments of five people or more. For the
    person's own eyes only.

    Parameters
    ----------
    ties
        All ties.
    person_id
        Who would introduce.
    limit
        How many pairs, those first whose weaker tie with the person is strongest.

    Returns
    -------
    pandas.DataFrame
        ``one_id, one, one_department, two_id, two, two_department, because, suggestion``.
    """
    mine = ties.of(person_id)
    lines = ties.places.lines
    own_line = set(lines.loc[lines["person_id"] == person_id, "ancestor_id"])
    mine = mine[mine["is_live"] & mine["is_open"] & mine["other_in_people"] & mine["other_department"].notna()]
    mine = mine[~mine["other_id"].isin(own_line)].sort_values(["strength", "other_id"], ascending=[False, True])
    columns = ["one_id", "one", "one_department", "two_id", "two", "two_department", "because", "suggestion"]
    ratio = _departments_above(ties)
    people = mine.reset_index(drop=True)
    first, second = np.triu_indices(len(people), k=1)
    pairs = pd.DataFrame(
        {
            "one_id": people["other_id"].to_numpy()[first],
            "two_id": people["other_id"].to_numpy()[second],
            "one_department": people["other_department"].to_numpy()[first],
            "two_department": people["other_department"].to_numpy()[second],
            "weaker": people["strength"].to_numpy()[second],
        }
    )
    pairs = pairs[pairs["one_department"] != pairs["two_department"]]
    keys = [tuple(sorted(pair)) for pair in zip(pairs["one_department"], pairs["two_department"], strict=True)]
    pairs = pairs.assign(ratio=[ratio.get(key, 0.0) for key in keys])
    pairs = pairs[pairs["ratio"] > ABOVE]
    pairs = pairs[~_are_tied(ties, pairs)]
    pairs = pairs.sort_values(["weaker", "one_id", "two_id"], ascending=[False, True, True]).head(limit)
    names = ties.persons.set_index("person_id")["name"]
    for side in ("one", "two"):
        pairs[side] = pairs[f"{side}_id"].map(names).fillna(pairs[f"{side}_id"])
    pairs["because"] = [
        f"{row.one_department} and {row.two_department} have more contact than their activity alone would give; in this "
        f"data there is none between {row.one} and {row.two}, both live contacts of yours."
        for row in pairs.itertuples()
    ]
    pairs["suggestion"] = [
        f"Ask each of them first. Then, this week: “{row.one}, {row.two}: you two work on neighbouring things and I think "
        "you would find each other useful. I leave the rest to you.”"
        for row in pairs.itertuples()
    ]
    return pairs.reindex(columns=columns).reset_index(drop=True)


def _departments_above(ties: Ties) -> dict[tuple[str, str], float]:
    """Return observed over expected contact days of each two departments of five people or more."""
    if "departments_above" not in ties.worked_out:
        persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["has_left"]]
        size = persons.groupby("department").size()
        sides = ties.sides.filter(ties.sides.department.notnull() & ties.sides.other_department.notnull())
        sides = sides.filter(sides.department != sides.other_department)
        sums = sides.group_by("department", "other_department").agg(days=sides.contact_days_w.sum().cast("int64"))
        frame = ties.engine.frame(sums.order_by(["department", "other_department"]))
        own = frame.groupby("department")["days"].sum()
        total = max(int(own.sum()), 1)
        expected = frame["department"].map(own) * frame["other_department"].map(own) / total
        ratio = frame["days"] / expected.where(expected > 0)
        large = (frame["department"].map(size) >= FEWEST) & (frame["other_department"].map(size) >= FEWEST)
        kept = frame[large & (frame["department"] < frame["other_department"])]
        found = dict(
            zip(zip(kept["department"], kept["other_department"], strict=True), ratio[kept.index], strict=True)
        )
        ties.worked_out["departments_above"] = found
    return ties.worked_out["departments_above"]


def _are_tied(ties: Ties, pairs: pd.DataFrame) -> np.ndarray:
    """Tell pairs with any contact in the log, or in one reporting line."""
    ids = sorted({*pairs["one_id"], *pairs["two_id"]})
    sides = (
        ties.sides.filter(ties.sides.person_id.isin(ids) & ties.sides.other_id.isin(ids))
        if ids
        else ties.sides.limit(0)
    )
    tied = ties.engine.frame(sides.select("person_id", "other_id").order_by(["person_id", "other_id"]))
    known = set(zip(tied["person_id"], tied["other_id"], strict=True))
    lines = ties.places.lines
    known |= set(zip(lines["person_id"], lines["ancestor_id"], strict=True))
    return np.array(
        [(one, two) in known or (two, one) in known for one, two in zip(pairs["one_id"], pairs["two_id"], strict=True)],
        dtype=bool,
    )
