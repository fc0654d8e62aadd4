"""The one comparison lenses make: the middle of a level, withheld below 10 and 20 people, the same on everybody's page."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from peerlens.lenses.band import Band, level_band


def ties_of(people: int, **columns: object) -> SimpleNamespace:
    """Everybody at rank 3 of one firm, and one head."""
    ids = [f"p{n:02}" for n in range(people)]
    persons = pd.DataFrame({"person_id": [*ids, "head"], "rank": [3.0] * people + [2.0]})
    persons = persons.assign(is_in_people=True, is_role_account=False, has_left=False)
    return SimpleNamespace(persons=persons.assign(**columns), worked_out={})


def measured(ties: SimpleNamespace, column: str = "days") -> pd.DataFrame:
    ids = ties.persons["person_id"]
    return pd.DataFrame({"person_id": ids, column: [float(n) for n in range(len(ids))]})


@pytest.mark.parametrize(("people", "median", "low"), [
    (9, None, None), (10, 4.0, None), (19, 9.0, None), (20, 10.0, 5.0), (25, 12.0, 6.0),
])  # fmt: skip
def test_what_is_said_from_how_many(people: int, median: float | None, low: float | None) -> None:
    """0 … n-1: median (n-1)/2, lower quartile (n-1)/4, rounded half to even as Python does: 4.5 to 4, 9.5 to 10, 4.75 to 5."""
    ties = ties_of(people)
    band = level_band(ties, measured(ties), "days", "p00")
    assert (band.median, band.low) == (median, low)
    assert band.people == people // 5 * 5


def test_a_missing_value_is_no_person() -> None:
    ties = ties_of(12)
    frame = measured(ties)
    frame.loc[:2, "days"] = float("nan")
    assert level_band(ties, frame, "days", "p00").median is None


def test_everybody_at_a_level_reads_the_same() -> None:
    """Two pages side by side give away nobody: the person asking is in the band too."""
    ties = ties_of(21)
    assert len({level_band(ties, measured(ties), "days", f"p{n:02}") for n in range(21)}) == 1


def test_shares_are_rounded_to_tenths_and_leavers_are_out() -> None:
    ties = ties_of(11, has_left=[True] * 3 + [False] * 9)
    frame = measured(ties, "share_up").assign(share_up=0.4321)
    assert level_band(ties, frame, "share_up", "p05").median is None
    assert level_band(ties_of(11), frame, "share_up", "p05") == Band(10, 0.4, None, None, True)
    assert level_band(ties_of(11), frame, "share_up", "nobody").median is None
