"""Working days counted in bits, against counting them one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.settings import TieSettings
from peerlens.ties.absence import FindRuns
from peerlens.ties.clock import Clock

FIRST = 1000


def clock(at_work: np.ndarray) -> Clock:
    return Clock(FIRST, FIRST + at_work.shape[1] - 1, at_work, pd.DataFrame(), ())


@pytest.mark.parametrize("days", [1, 62, 63, 64, 65, 128, 186, 744])
def test_days_up_to_a_day(days: int) -> None:
    """For lengths at and around the ends of words; days before the clock count for nothing, days after it change nothing."""
    at_work = np.random.default_rng(days).random((5, days)) < 0.6
    ticks = clock(at_work).ticks
    asked = np.arange(-3, days + 3)
    for person in range(5):
        who = np.full(len(asked), person)
        assert ticks.upto(who, FIRST + asked).tolist() == [
            int(at_work[person, : max(day + 1, 0)].sum()) for day in asked
        ]
        inside = [bool(at_work[person, day]) if 0 <= day < days else False for day in asked]
        assert ticks.at(who, FIRST + asked).tolist() == inside


def test_days_both_were_at_work() -> None:
    at_work = np.random.default_rng(7).random((6, 200)) < 0.7
    ticks = clock(at_work).ticks
    a, b = np.array([0, 1, 4]), np.array([5, 2, 3])
    shared = ticks.shared(a, b)
    for day in (0, 63, 64, 130, 199):
        counted = shared.upto(np.arange(3), np.full(3, FIRST + day))
        assert counted.tolist() == (at_work[a] & at_work[b])[:, : day + 1].sum(axis=1).tolist()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 59)), max_size=80, unique=True),
    st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_runs_without_activity(active: list[tuple[int, int]], works: list[bool]) -> None:
    """Person by person, gap by gap; in any order of rows."""
    calendars = np.array([works, [day % 7 < 5 for day in range(60)]])
    calendar_no = np.array([0, 1, 1, 0], dtype="int32")
    settings = TieSettings()
    who, days = ([row[at] for row in active] for at in (0, 1))
    rows = pa.table(
        {"person_no": pa.array(who, pa.int32()), "day_no": pa.array([FIRST + day for day in days], pa.int32())}
    )
    found = FindRuns(calendar_no, calendars, FIRST, settings)(rows)

    expected = []
    for person in range(4):
        own = calendars[calendar_no[person]]
        days = sorted(day for who, day in active if who == person and day >= 0)
        if len(days) < 2:
            continue
        worked = [int(own[: day + 1].sum()) for day in days]
        allowed = max(settings.min_away_days, settings.away_per_gap * (worked[-1] - worked[0]) / (len(days) - 1))
        for one, two in itertools.pairwise(days):
            if own[one + 1 : two].sum() > allowed:
                expected.append((person, FIRST + one + 1, FIRST + two - 1))
        if own[days[-1] + 1 :].sum() > allowed:
            expected.append((person, FIRST + days[-1] + 1, FIRST + 59))
    assert sorted(zip(*found.to_pydict().values(), strict=True)) == expected
