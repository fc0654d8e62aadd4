"""Gone quieter than usual: 3 rhythms, 15 days, 130 days, and any pause it has come back from."""

from __future__ import annotations

import pytest

from peerlens.lenses.neglect.fading import Fading
from tests.lenses.neglect.conftest import Find

QUIET = {
    "contact_days_52w": 6, "contact_weeks_52w": 4, "silence": 20, "rhythm": 5.0, "silence_ratio": 4.0, "patience": 15.0,
    "longest_pause": 19, "span": 25, "last_close_day": 20000, "silence_chance": 0.01, "silence_chance_limit": 0.01,
    "quiet_limit": float("nan"),
}  # fmt: skip


def test_thresholds(find: Find) -> None:
    """Each row misses one condition by one; the first meets all of them exactly."""
    found = find(
        Fading(), QUIET, just={}, days={"contact_days_52w": 5}, weeks={"contact_weeks_52w": 3}, impatient={"silence": 14},
        pause={"longest_pause": 20}, dormant={"silence": 131, "longest_pause": 19},
        limit={"silence": 130, "silence_ratio": 26.0}, common={"silence_chance": 0.011},
    )  # fmt: skip
    assert set(found) == {"just", "limit"}


def test_either_limit_is_enough_and_a_missing_one_is_not(find: Find) -> None:
    """A chance of 0.5 passes a limit of 0.5 and not one of 0.51; a silence of 0.01 passes one of 0.01 without any chance."""
    learned = {"silence_chance_limit": 0.009, "quiet_chance": 0.5}
    found = find(
        Fading(), QUIET, likely=learned | {"quiet_limit": 0.5}, unlikely=learned | {"quiet_limit": 0.51},
        neither=learned, by_rhythm={"quiet_chance": float("nan")},
    )  # fmt: skip
    assert set(found) == {"likely", "by_rhythm"}


def test_without_a_rhythm_nothing_is_said(find: Find) -> None:
    found = find(Fading(), QUIET, known={}, unknown={"rhythm": float("nan"), "silence_ratio": float("nan")})
    assert set(found) == {"known"}


@pytest.mark.parametrize("column", ["is_peer", "is_open", "person_is_open"])
def test_nobody_kept_out_is_flagged(find: Find, column: str) -> None:
    assert set(find(Fading(), QUIET, kept={}, out={column: False})) == {"kept"}


def test_severity(find: Find) -> None:
    """(min(silence / rhythm, 8) - 3) / 5."""
    ratios = {"three": 3.0, "half": 5.5, "eight": 8.0, "twenty": 20.0}
    found = find(Fading(), QUIET, **{name: {"silence_ratio": ratio} for name, ratio in ratios.items()})
    assert {name: row["severity"] for name, row in found.items()} == {
        "three": 0.0,
        "half": 0.5,
        "eight": 1.0,
        "twenty": 1.0,
    }


def test_own_thresholds(find: Find) -> None:
    assert find(Fading(min_contact_days=7), QUIET, just={}) == {}
    assert set(find(Fading(max_silence_days=19), QUIET, just={}, short={"silence": 19, "longest_pause": 3})) == {
        "short"
    }
