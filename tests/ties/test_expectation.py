"""Candidates and what is expected of them: shared contacts by hand and by a slow count, the limit, bounds, and threads."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens import blocks
from peerlens.ties import expectation, shared
from peerlens.ties.expectation import make_candidates


def random_pairs(seed: int, people: int = 60, share: float = 0.15) -> pd.DataFrame:
    """Pairs with contact of very different size, live or not, and a person tied to nearly everybody."""
    random = np.random.default_rng(seed)
    a, b = np.triu_indices(people, 1)
    there = (random.random(len(a)) < share) | (a == 1) & (random.random(len(a)) < 0.9)
    a, b = a[there].astype("int32"), b[there].astype("int32")
    return pd.DataFrame(
        {
            "a_no": a,
            "b_no": b,
            "contact_days_w": random.poisson(2.0, len(a)).astype("int32"),
            "meetings_w": random.poisson(0.7, len(a)).astype("int32"),
            "is_live": random.random(len(a)) < 0.8,
            "strength": np.exp(random.normal(0, 1, len(a))),
        }
    )


def found_in(pairs: pd.DataFrame, people: int, at_least: int) -> list[tuple]:
    """Return what shared_contacts finds, as rows; everything with contact is asked about."""
    live = pairs[pairs["is_live"]]
    asked = pairs[pairs["contact_days_w"] > 0]
    found = shared.shared_contacts(
        live["a_no"].to_numpy(), live["b_no"].to_numpy(), live["strength"].to_numpy(),
        people=people, at_least=at_least, asked=(asked["a_no"].to_numpy(), asked["b_no"].to_numpy()),
    )  # fmt: skip
    return [row for block in found for row in zip(*(column.tolist() for column in block), strict=True)]


def counted_in(pairs: pd.DataFrame, people: int, at_least: int) -> list[tuple]:
    """Count the same slowly: each pair, contact by contact."""
    strength: dict[int, dict[int, float]] = {person: {} for person in range(people)}
    live = pairs[pairs["is_live"]]
    for a, b, value in zip(live["a_no"], live["b_no"], live["strength"], strict=True):
        strength[a][b] = strength[b][a] = value
    asked = pairs[pairs["contact_days_w"] > 0]
    position = {pair: at for at, pair in enumerate(zip(asked["a_no"], asked["b_no"], strict=True))}
    rows = []
    for a, b in itertools.combinations(range(people), 2):
        both = sorted(set(strength[a]) & set(strength[b]))
        if len(both) >= at_least or (a, b) in position:
            degrees = [len(strength[contact]) for contact in both]
            rows.append(
                (
                    a,
                    b,
                    position.get((a, b), -1),
                    len(both),
                    sum(1 / np.log(degree) for degree in degrees),
                    sum(1 / degree for degree in degrees),
                    sum(
                        (strength[a][contact] * strength[b][contact]) ** 0.5 / np.log(degree)
                        for contact, degree in zip(both, degrees, strict=True)
                    ),
                )
            )
    return rows


@pytest.mark.parametrize("at_least", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(2))
def test_shared_contacts_as_counted(seed: int, at_least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "_STEPS_AT_ONCE", [1, 300][seed])
    pairs = random_pairs(seed)
    found, counted = found_in(pairs, 60, at_least), counted_in(pairs, 60, at_least)
    assert [row[:4] for row in found] == [row[:4] for row in counted]
    np.testing.assert_allclose([row[4:] for row in found], [row[4:] for row in counted], rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.floats(0.05, 1.0))
def test_shared_contacts_of_few(seed: int, people: int, share: float) -> None:
    pairs = random_pairs(seed, people, share)
    found, counted = found_in(pairs, people, 2), counted_in(pairs, people, 2)
    assert [row[:4] for row in found] == [row[:4] for row in counted]


def test_shared_contacts_by_hand() -> None:
    """0 and 1 share 2 and 3; 3 has a third contact, 4. Strengths 4 and 9 through 2, 1 and 16 through 3: means 6 and 4."""
    a, b, strength = np.array([0, 1, 0, 1, 3]), np.array([2, 2, 3, 3, 4]), np.array([4.0, 9.0, 1.0, 16.0, 1.0])
    none = np.empty(0, dtype="int64")
    (block,) = shared.shared_contacts(a, b, strength, people=5, at_least=2, asked=(none, none))
    rows = [row for row in zip(block.a, block.b, block.asked, block.contacts, strict=True) if row[0] == 0]
    assert rows == [(0, 1, -1, 2)]
    assert block.by_log[0] == pytest.approx(1 / np.log(2) + 1 / np.log(3))
    assert block.by_degree[0] == pytest.approx(1 / 2 + 1 / 3)
    assert block.by_strength[0] == pytest.approx(6 / np.log(2) + 4 / np.log(3))


def test_only_the_first_are_kept_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has more than five candidates keeps those with most shared contacts, and contact keeps a pair in any case."""
    pairs = random_pairs(3, share=0.3)
    department = np.zeros(60, dtype="int64")
    everybody = make_candidates(pairs, department, shared_at_least=3, limit=10**6)
    enough = everybody[everybody["shared_contacts"] >= 3]
    both = pd.concat([enough, enough.rename(columns={"a_no": "b_no", "b_no": "a_no"})])
    both = both.sort_values(["a_no", "shared_contacts", "b_no"], ascending=[True, False, True])
    first = both[both.groupby("a_no").cumcount() < 5]
    expected = {(min(a, b), max(a, b)) for a, b in zip(first["a_no"], first["b_no"], strict=True)}
    touched = pairs[(pairs["contact_days_w"] > 0) | pairs["is_live"] | (pairs["meetings_w"] >= 3)]
    expected |= set(zip(touched["a_no"], touched["b_no"], strict=True))
    for most in (10**6, 50):
        monkeypatch.setattr(expectation, "_MOST_FOUND", most)
        monkeypatch.setattr(shared, "_STEPS_AT_ONCE", 500)
        kept = make_candidates(pairs, department, shared_at_least=3, limit=5)
        assert list(zip(kept["a_no"], kept["b_no"], strict=True)) == sorted(expected)


def test_bounds_as_counted() -> None:
    """Leave each pair out of its cell, sort the others, and read the quantiles off."""
    random = np.random.default_rng(4)
    observed, cell = random.poisson(1.5, 400), random.integers(0, 6, 400)
    cell[:10] = 7  # too few alike
    low, high, alike = expectation._bounds(observed, cell)
    for at in range(400):
        others = np.sort(np.delete(observed, at)[np.delete(cell, at) == cell[at]])
        count = len(others)
        assert alike[at] == count
        if count < expectation.MIN_ALIKE:
            assert low[at] == 0
            assert np.isnan(high[at])
        else:
            assert low[at] == others[int(0.05 * count)]
            assert high[at] == others[int(np.ceil(0.95 * count)) - 1]


def test_without_a_fit_departments_and_cells_explain() -> None:
    """Two people of one department with 4 contact days, nothing else.

    Plain: 4 * 4 / 8 = 2 days. The department has (8^2 - 4^2 - 4^2) / (2 * 8) = 2 by activity: (4 + 20) / (2 + 20). Of the
    cell that is the only pair: (4 + 20) / (2 * 24 / 22 + 20) times as much.
    """
    pairs = pd.DataFrame(
        {"a_no": [0], "b_no": [1], "contact_days_w": [4], "meetings_w": [0], "is_live": [True], "strength": [1.0]}
    )
    row = make_candidates(pairs, np.array([0, 0, 1]), shared_at_least=3, limit=5).iloc[0]
    due = 2 * 24 / 22
    assert row["plain_days"] == 2
    assert row["expected_days"] == pytest.approx(due * 24 / (due + 20), abs=1e-6)
    assert row["alike_pairs"] == 0


def test_nobody_has_candidates() -> None:
    empty = random_pairs(0, 4).iloc[:0]
    assert make_candidates(empty, np.zeros(4, dtype="int64"), shared_at_least=3, limit=5).empty


def test_threads_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = random_pairs(7, people=200, share=0.2)
    persons = pd.DataFrame(
        {
            "person_id": [f"p{number}" for number in range(200)],
            "manager_id": [f"p{number // 10 * 10}" if number % 10 else None for number in range(200)],
            "there_days": np.arange(200.0),
        }
    )
    for module, name in ((shared, "_STEPS_AT_ONCE"), (expectation, "_ROWS_AT_ONCE")):
        monkeypatch.setattr(module, name, 2000)
    frames = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(blocks, "thread_count", lambda threads=threads: threads)
        frames.append(make_candidates(pairs, np.arange(200) // 20, shared_at_least=3, limit=20, persons=persons))
    assert len(frames[0]) > 2000
    for frame in frames[1:]:
        for name in frame:
            assert frame[name].to_numpy().tobytes() == frames[0][name].to_numpy().tobytes()
