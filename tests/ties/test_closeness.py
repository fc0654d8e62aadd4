"""Closeness: steps in a chart by hand, neutral where nothing is known, and contact expected where the chart says so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.records.cells import places_of
from peerlens.ties.closeness import Closeness, Lines
from peerlens.ties.expectation import make_candidates

CHART = pd.DataFrame(
    {
        "person_id": ["chief", "left", "right", "l1", "l2", "r1", "stranger"],
        "manager_id": [None, "chief", "chief", "left", "left", "right", None],
        "there_days": [900.0, 900.0, 400.0, 30.0, 400.0, 900.0, np.nan],
    }
)


def columns(a: np.ndarray, b: np.ndarray, persons: pd.DataFrame) -> np.ndarray:
    return np.column_stack(Closeness.of(a, b, persons).columns(slice(0, len(a))))


def test_steps_by_hand() -> None:
    """Sister and brother 2, own manager 1, a cousin 4, and no way to somebody who is not in the chart."""
    a, b = np.array([3, 3, 3, 3, 0]), np.array([4, 1, 5, 6, 5])
    assert Lines(places_of(CHART["manager_id"], CHART["person_id"])).steps(a, b).tolist() == [2, 1, 4, -1, 2]


def test_a_circle_of_managers_ends() -> None:
    circle = pd.DataFrame({"person_id": ["a", "b"], "manager_id": ["b", "a"], "there_days": [1.0, 1.0]})
    assert np.isfinite(columns(np.array([0]), np.array([1]), circle)).all()


def test_columns_only_for_what_is_known() -> None:
    a, b = np.array([3, 3]), np.array([4, 6])
    found = columns(a, b, CHART)
    assert found.shape == (2, 3)
    assert found[0].tolist() == [np.log(3), 0.0, np.log(31)]
    assert found[1, 1] == 1.0
    empty = CHART.assign(manager_id=None, there_days=np.nan)
    assert not Closeness.of(a, b, empty).columns(slice(0, 2))


def test_near_pairs_are_expected_to_meet() -> None:
    """Teams of four in which all meet daily, and pairs of two teams now and then: same activity, same shared contacts."""
    people = 40
    persons = pd.DataFrame(
        {
            "person_id": [str(number) for number in range(people)],
            "manager_id": [str(number // 4 * 4) if number % 4 else None for number in range(people)],
            "there_days": 500.0,
        }
    )
    a, b = np.triu_indices(people, 1)
    same = a // 4 == b // 4
    random = np.random.default_rng(2)
    days = np.where(same, 9, (random.random(len(a)) < 0.4) * 2)
    pairs = pd.DataFrame(
        {"a_no": a, "b_no": b, "contact_days_w": days, "meetings_w": 0, "is_live": days > 0, "strength": 1.0}
    )
    department = np.zeros(people, dtype="int64")
    rows = make_candidates(pairs, department, shared_at_least=3, limit=200, persons=persons)
    near = rows["a_no"] // 4 == rows["b_no"] // 4
    blind = make_candidates(pairs, department, shared_at_least=3, limit=200)
    lift, blind_lift = (
        found.loc[near, "expected_days"].mean() / found.loc[~near, "expected_days"].mean() for found in (rows, blind)
    )
    assert lift > 1.15 * blind_lift > 1.15
    assert abs(rows["expected_days"].sum() - rows["observed_days"].sum()) < 0.01
