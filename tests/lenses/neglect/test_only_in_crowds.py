"""Only in large meetings: six of them on six days, never three people, never a word of their own."""

from __future__ import annotations

from peerlens.lenses.neglect.only_in_crowds import OnlyInCrowds
from tests.lenses.neglect.conftest import Find

CROWD = {"meetings_w": 6, "meeting_days_w": 6, "smallest_meeting_w": 4, "smallest_message_w": float("nan")}


def test_thresholds(find: Find) -> None:
    found = find(
        OnlyInCrowds(), CROWD, just={}, five={"meetings_w": 5}, days={"meeting_days_w": 5}, three={"smallest_meeting_w": 3},
        word={"smallest_message_w": 5}, letter={"smallest_message_w": 6}, stranger={"is_peer": False},
    )  # fmt: skip
    assert set(found) == {"just", "letter"}


def test_severity(find: Find) -> None:
    """(meeting days - 6) / 20: weekly for half a year is 1."""
    found = find(OnlyInCrowds(), CROWD, six={}, sixteen={"meeting_days_w": 16}, daily={"meeting_days_w": 100})
    assert {name: row["severity"] for name, row in found.items()} == {"six": 0.0, "sixteen": 0.5, "daily": 1.0}


def test_own_thresholds(find: Find) -> None:
    assert set(find(OnlyInCrowds(crowd_from=5), CROWD, four={}, five={"smallest_meeting_w": 5})) == {"five"}
    rows = {"two": {"smallest_message_w": 2}, "three": {"smallest_message_w": 3}}
    assert set(find(OnlyInCrowds(small_message=2), CROWD, **rows)) == {"three"}
