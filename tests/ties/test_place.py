"""Where people stand and since when: worked out again person by person, row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from peerlens.settings import Settings
from peerlens.ties.place import milestones, place_people

AS_OF = date(2026, 6, 30)
TODAY = pd.Timestamp(AS_OF)
DAYS = ("joined_on", "left_on", "valid_from_on", "valid_to_on", "role_started_on")


def history_of(rows: int, seed: int) -> pd.DataFrame:
    """Return rows of a chart over time, in no order, with gaps everywhere; no two of one person begin on one day."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"person_id": pd.Series([f"p{n}" for n in random.integers(0, max(rows // 2, 1), rows)], dtype="str")}
    )
    for column in ("department", "manager_id"):
        frame[column] = pd.Series(random.choice(["x", "y", None], rows), dtype="str")
    for column in DAYS:
        day = TODAY.normalize() + pd.to_timedelta(random.integers(-120, 20, rows), unit="D")
        frame[column] = day.where(random.random(rows) < 0.7).astype("datetime64[s]")
    return frame.drop_duplicates(["person_id", "valid_from_on"], ignore_index=True)


def told(rows: pd.DataFrame, first_seen: pd.Series, recent: pd.Timestamp) -> dict[str, object]:
    """Say of the rows of one person, the earliest first, what milestones say."""
    last, known = rows.iloc[-1], rows["joined_on"].dropna()
    cells = rows[["manager_id", "department"]].fillna("").to_numpy().tolist()
    moves = [at for at in range(1, len(rows)) if cells[at] != cells[at - 1]]
    moved = any(rows["valid_from_on"].iloc[at] > recent for at in moves)
    return {
        "there_since_on": known.iloc[-1] if len(known) else first_seen.get(last["person_id"], pd.NaT),
        "has_joined_on": len(known) > 0,
        "has_left": bool(last["left_on"] <= TODAY or last["valid_to_on"] < TODAY),
        "has_moved": bool(moved or recent < last["role_started_on"] <= TODAY),
    }


@pytest.mark.parametrize(("rows", "seed"), [(1, 2), (12, 3), (60, 4), (200, 5)])
def test_milestones(rows: int, seed: int) -> None:
    history, fairness = history_of(rows, seed), Settings().fairness
    people = sorted(set(history["person_id"]))
    seen = pd.Series(pd.Timestamp("2025-01-01"), index=people[::2], dtype="datetime64[s]")
    found = milestones(history, seen, as_of=AS_OF, settings=fairness)
    recent = TODAY - pd.Timedelta(days=fairness.handed_over_days)
    begun = history[history["valid_from_on"].isna() | (history["valid_from_on"] <= TODAY)]
    for row in found.to_dict("records"):
        own = begun[begun["person_id"] == row["person_id"]].sort_values("valid_from_on", na_position="first")
        expected = told(own, seen, recent)
        assert {name: str(row[name]) for name in expected} == {name: str(value) for name, value in expected.items()}
    assert found["person_id"].tolist() == sorted(set(begun["person_id"]))


def chart(managers: dict[str, str | None], **columns: list[str]) -> pd.DataFrame:
    """Return a chart; whoever is not in it is somebody's manager outside."""
    frame = pd.DataFrame({"person_id": list(managers), "manager_id": list(managers.values())}, dtype="str")
    empty = pd.Series(None, index=frame.index, dtype="str")
    return frame.assign(name=empty, department="d", **{"level": empty, **columns})


def test_ranks_by_depth_and_roots_in_the_air() -> None:
    placed = place_people(
        chart({"e": "c", "a": None, "b": "a", "c": "b", "d": "a", "x": "outside", "y": "x", "z": None}), Settings().ties
    )
    people = placed.people.set_index("person_id")
    assert placed.rank_from == "depth"
    assert people["rank"].fillna(-1).to_dict() == {"e": 3, "a": 0, "b": 1, "c": 2, "d": 1, "x": -1, "y": 1, "z": -1}
    assert people.index[people["is_stray_root"]].tolist() == ["x", "z"]
    assert people.index[people["has_reports"]].tolist() == ["a", "b", "c", "x"]
    lines = placed.lines[placed.lines["person_id"] == "e"].sort_values("distance")
    assert lines[["ancestor_id", "distance"]].to_numpy().tolist() == [["c", 1], ["b", 2], ["a", 3]]


@pytest.mark.parametrize(
    ("levels", "ranks"), [(["1", "2", "3", "2"], [1, 2, 3, 2]), (["9", "7", "5", "7"], [-9, -7, -5, -7])]
)
def test_levels_point_the_way_managers_do(levels: list[str], ranks: list[int]) -> None:
    placed = place_people(chart({"a": None, "b": "a", "c": "b", "d": "a"}, level=levels), Settings().ties)
    assert placed.people["rank"].tolist() == ranks
