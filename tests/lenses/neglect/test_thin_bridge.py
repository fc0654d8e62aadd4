"""Your one link: one live tie into a department five colleagues know, weak or silent."""

from __future__ import annotations

import pytest

from peerlens.lenses.neglect.thin_bridge import ThinBridge
from tests.lenses.neglect.conftest import Find

WEAK = {
    "strength": 1.0, "lower_quarter_strength": 1.0, "silence": 5, "rhythm": 5.0, "silence_ratio": 1.0,
    "colleagues_with_tie_there": 5, "last_close_day": 20000,
}  # fmt: skip


def test_thresholds(find: Find) -> None:
    found = find(
        ThinBridge(), WEAK, weak={}, strong={"strength": 1.01}, silent={"strength": 9.0, "silence_ratio": 2.0},
        dead={"is_live": False}, inside={"is_cross_department": False}, second={"live_ties_there": 2},
        four={"colleagues_with_tie_there": 4}, louder={"strength": 9.0, "silence_ratio": 1.99},
    )  # fmt: skip
    assert set(found) == {"weak", "silent"}


def test_severity(find: Find) -> None:
    """max(1 - strength / quarter, (silence / rhythm - 2) / 6), a rhythm faster than weekly counting as weekly."""
    found = find(
        ThinBridge(), WEAK, edge={}, half={"strength": 0.5}, silent={"silence": 25, "silence_ratio": 5.0},
        daily={"silence": 25, "rhythm": 1.0, "silence_ratio": 25.0}, full={"silence": 40, "silence_ratio": 8.0},
    )  # fmt: skip
    expected = {"edge": 0.0, "half": 0.5, "silent": 0.5, "daily": 0.5, "full": 1.0}
    assert {name: row["severity"] for name, row in found.items()} == pytest.approx(expected)


def test_head_counts_are_rounded_down(find: Find) -> None:
    """A group of people is never shown exactly."""
    found = find(ThinBridge(), WEAK, nine={"colleagues_with_tie_there": 9})
    assert found["nine"]["colleagues_with_tie_there"] == 5
    said = ThinBridge().because(found["nine"] | {"other": "Bea"})
    assert "5" in said.replace("26", "")
    assert "9" not in said


def test_own_thresholds(find: Find) -> None:
    assert find(ThinBridge(min_colleagues=6), WEAK, five={}) == {}
    rows = {"two": {"silence_ratio": 2.0}, "three": {"silence_ratio": 3.0}}
    assert set(find(ThinBridge(silent_from=3.0), WEAK | {"strength": 9.0}, **rows)) == {"three"}
