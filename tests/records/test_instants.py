"""Instants and days: text, zones and changes of the clock, against Python's own zoneinfo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.engine import Engine
from peerlens.records import instants, read

from .conftest import rows

ZONES = ("Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")
WALLS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(threads=1)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=3, deadline=None)
@given(walls=st.lists(WALLS, min_size=200, max_size=300))
def test_wall_clocks_agree_with_zoneinfo(engine: Engine, zone: str, walls: list[datetime]) -> None:
    # The hours around every change of the clock, where mistakes live.
    for at, _ in instants._offsets(zone, 2020, 2025)[1]:
        walls += [at + timedelta(minutes=15 * step) for step in range(-60, 60, 3)]
    walls = [wall.replace(microsecond=0, fold=0) for wall in walls]
    table = engine.from_frame(
        pd.DataFrame({"no": range(len(walls)), "wall": pd.Series(walls, dtype="datetime64[us]")}), name="w"
    )
    years = (1990, 2037)
    found = engine.frame(
        table.select(
            "no", utc=instants.to_utc(table.wall, zone, years), day=instants.local_day(table.wall, zone, years)
        ).order_by("no")
    )
    rules = ZoneInfo(zone)
    expected_utc = [wall.replace(tzinfo=rules).astimezone(UTC).replace(tzinfo=None) for wall in walls]
    expected_day = [wall.replace(tzinfo=UTC).astimezone(rules).date().isoformat() for wall in walls]
    assert list(found["utc"]) == [pd.Timestamp(item) for item in expected_utc]
    assert [str(item)[:10] for item in found["day"]] == expected_day
    engine.drop(table)


@pytest.mark.parametrize(
    ("text", "wall", "offset", "is_day"),
    [
        ("2024-03-05T14:00:00Z", "2024-03-05 14:00:00", 0, False),
        (" 2024-03-05T14:00:00z ", "2024-03-05 14:00:00", 0, False),
        ("2024-03-05 14:00:00 UTC", "2024-03-05 14:00:00", 0, False),
        ("2024-03-05T14:00:00+01:00", "2024-03-05 14:00:00", 60, False),
        ("2024-03-05T14:00:00.125-0330", "2024-03-05 14:00:00.125", -210, False),
        ("2024-03-05 14:00:00+05", "2024-03-05 14:00:00", 300, False),
        ("2024-03-05 14:00", "2024-03-05 14:00:00", None, False),
        ("2024-03-05T14:00:00,123456789", "2024-03-05 14:00:00.123456", None, False),
        ("2024-03-05", "2024-03-05 00:00:00", None, True),
        ("2024-02-30", None, None, True),
        ("5.3.2024", None, None, False),
        ("2024-03-05T25:00:00Z", None, 0, False),
        ("2024-03-05T14:00:00Zoo", None, None, False),
        ("20240305", None, None, False),
    ],
)
def test_text_of_instants(engine: Engine, text: str, wall: str | None, offset: int | None, is_day: bool) -> None:
    table = engine.from_frame(pd.DataFrame({"text": [text]}), name="t")
    parts = instants.parse(table.text)
    row = engine.frame(table.select(wall=parts.wall, offset=parts.offset_minutes, is_day=parts.is_day)).iloc[0]
    if wall is None:
        assert pd.isna(row["wall"])
        return
    assert row["wall"] == pd.Timestamp(wall)
    assert (None if pd.isna(row["offset"]) else row["offset"]) == offset
    assert row["is_day"] == is_day


def test_naive_instants_are_in_the_zone_and_said(write: Callable[..., Path]) -> None:
    messages = (
        "sent_at,from,to\n"
        "2024-03-31 00:59:00,a,b\n"  # the last minute of winter time in Lisbon
        "2024-03-31 02:00:00,a,b\n"  # the first of summer time
        "2024-03-31 01:30:00,a,b\n"  # never comes
        "2024-10-27 01:30:00,a,b\n"  # comes twice: the first
        "2024-07-01T23:30:00Z,a,b\n"  # the next day in Lisbon
    )
    folder = write(messages=messages)
    found = rows(read(folder, timezone="Europe/Lisbon"), "messages").sort_values("line")
    assert [str(item)[:19] for item in found["sent_at"]] == [
        "2024-03-31 00:59:00", "2024-03-31 01:00:00", "2024-03-31 01:30:00", "2024-10-27 00:30:00",
        "2024-07-01 23:30:00",
    ]  # fmt: skip
    assert str(found["day"].iloc[-1])[:10] == "2024-07-02"
    in_utc = read(folder)
    assert str(rows(in_utc, "messages").sort_values("line")["day"].iloc[-1])[:10] == "2024-07-01"
    assert any("4 instants without a zone were read as UTC" in note for note in in_utc.account.assumptions)


def test_all_day_meetings(write: Callable[..., Path]) -> None:
    meetings = (
        "id,start,end,attendee\n"
        "a,2024-03-30,2024-03-31,ann\n"
        "b,2024-03-30T23:00:00Z,2024-03-31T22:00:00Z,ann\n"  # midnight to midnight in Berlin, a day of 23 hours
        "c,2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,ann\n"  # midnights in UTC only
        "d,2024-03-05 00:00,2024-03-05 00:00,ann\n"
        "e,2024-03-05,2024-03-05,ann\n"
        "f,2024-03-05 00:00,2024-03-07 00:00,ann\n"
    )
    found = rows(read(write(meetings=meetings), timezone="Europe/Berlin"), "meetings").set_index("meeting_id")
    assert found["is_all_day"].to_dict() == {"a": True, "b": True, "c": False, "d": False, "e": True, "f": True}
    assert str(found.loc["a", "day"])[:10] == "2024-03-30"


def test_zone_in_settings_and_argument(write: Callable[..., Path]) -> None:
    folder = write(messages="sent_at,from,to\n2024-07-01 00:30,a,b\n")
    (folder / "peerlens.toml").write_text("[read]\ntimezone = 'Europe/Lisbon'\n")
    assert str(rows(read(folder), "messages")["sent_at"][0])[:16] == "2024-06-30 23:30"
    other = read(folder, timezone="Asia/Kathmandu")
    assert str(rows(other, "messages")["sent_at"][0])[:16] == "2024-06-30 18:45"
    assert other.settings.read.timezone == "Asia/Kathmandu"


def test_frames_with_and_without_zone() -> None:
    at = pd.to_datetime(["2024-07-01 00:30", "2024-07-02 00:30"])
    frame = pd.DataFrame({"sent_at": at, "from": "a", "to": "b"})
    naive = read(messages=frame, timezone="Europe/Lisbon")
    aware = read(messages=frame.assign(sent_at=at.tz_localize("Europe/Lisbon")))
    assert list(rows(naive, "messages")["sent_at"]) == list(rows(aware, "messages")["sent_at"])
    assert any("2 instants without a zone" in note for note in naive.account.assumptions)
    assert not any("without a zone" in note for note in aware.account.assumptions)
