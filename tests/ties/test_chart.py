"""Who two people are to each other, against the definition read aloud."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from peerlens.settings import TieSettings
from peerlens.ties.chart import DIRECTIONS, Chart, in_words

PEOPLE = 7


@st.composite
def firms(draw: st.DrawFn) -> pd.DataFrame:
    """Seven people; managers come earlier, so that nobody is above oneself."""
    rows = []
    for number in range(PEOPLE):
        manager = draw(st.one_of(st.none(), st.integers(0, number - 1))) if number else None
        rows.append(
            {
                "person_id": f"p{number}",
                "manager_id": None if manager is None else f"p{manager}",
                "department": draw(st.sampled_from(["Sales", "Ops", None])),
                "rank": draw(st.sampled_from([0.0, 1.0, 2.0, float("nan")])),
                **{
                    name: draw(st.booleans())
                    for name in ("has_reports", "is_in_people", "may_be_peer", "is_external", "is_open")
                },
            }
        )
    return pd.DataFrame(rows).astype({"person_id": "str", "manager_id": "str", "department": "str"})


def managers(persons: pd.DataFrame, person: int) -> list[int]:
    """Everybody above a person, nearest first."""
    found, own = [], persons["manager_id"].iloc[person]
    while isinstance(own, str):
        found.append(int(own[1:]))
        own = persons["manager_id"].iloc[found[-1]]
    return found


def said(persons: pd.DataFrame, mine: int, other: int, rank_from: str, settings: TieSettings) -> dict[str, Any]:
    """What the definitions say of one pair."""
    me, them = persons.iloc[mine], persons.iloc[other]
    up, down = other in managers(persons, mine), mine in managers(persons, other)
    if up or down:
        direction = "up" if up else "down"
    elif them["is_external"]:
        direction = "external"
    elif np.isnan(me["rank"]) or np.isnan(them["rank"]):
        direction = "unplaced"
    elif me["rank"] == them["rank"]:
        direction = "sideways"
    else:
        direction = "up" if them["rank"] < me["rank"] else "down"
    if settings.peers:
        is_peer = them["person_id"] in settings.peers
    elif rank_from == "nothing":
        is_peer = True
    elif rank_from == "depth":
        is_peer = (
            abs(me["rank"] - them["rank"]) <= settings.peer_depth_slack and me["has_reports"] == them["has_reports"]
        )
    else:
        is_peer = me["rank"] == them["rank"]
    may_be = all(row["is_in_people"] and row["may_be_peer"] for row in (me, them))
    departments = [row["department"] for row in (me, them)]
    bosses = [row["manager_id"] for row in (me, them)]
    return {
        "direction": direction,
        "is_peer": bool(is_peer and may_be and not up and not down),
        "is_cross_department": all(isinstance(name, str) for name in departments) and len(set(departments)) == 2,
        "same_team": all(isinstance(name, str) for name in bosses) and len(set(bosses)) == 1,
    }


@pytest.mark.parametrize("rank_from", ["level", "depth", "nothing"])
@pytest.mark.parametrize("settings", [TieSettings(), TieSettings(peer_depth_slack=1), TieSettings(peers=("p1", "p4"))])
@how(deadline=None, max_examples=40)
@given(persons=firms())
def test_places_are_those_of_the_definition(rank_from: str, settings: TieSettings, persons: pd.DataFrame) -> None:
    chart = Chart.of(persons, settings, rank_from=rank_from)
    pairs = [(a, b) for a in range(PEOPLE) for b in range(a + 1, PEOPLE)]
    places = chart.places(*(np.array([pair[end] for pair in pairs]) for end in (0, 1)))
    for at, (a, b) in enumerate(pairs):
        seen = {end: said(persons, mine, other, rank_from, settings) for end, mine, other in (("a", a, b), ("b", b, a))}
        for end in "ab":
            assert DIRECTIONS[places[f"direction_{end}"][at]] == seen[end]["direction"]
            assert places[f"is_peer_{end}"][at] == seen[end]["is_peer"]
            assert places[f"is_open_{end}"][at] == persons["is_open"].iloc[{"a": a, "b": b}[end]]
        assert places["is_cross_department"][at] == seen["a"]["is_cross_department"]
        assert places["same_team"][at] == seen["a"]["same_team"]


def test_directions_in_words() -> None:
    assert in_words(np.array([4, 0, 2], dtype="int8")).to_pylist() == ["sideways", "up", "external"]
