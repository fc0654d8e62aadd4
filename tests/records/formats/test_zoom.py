"""Zoom participant reports: joins with times, with and without the meeting's own data."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.errors import InputError

from .reading import SAMPLES, assert_exact, converted, people_met, written

ANA, BO = "ana@firm.example", "bo@firm.example"


def test_rejoins_devices_and_the_waiting_room() -> None:
    rows, tally = converted(SAMPLES / "zoom_participants.csv", zone="America/New_York")
    assert people_met(rows) == {"2026-10-25T21:50:00Z": {ANA, BO, "Brian Smith"}}
    assert {row["ended_at"] for row in rows["meetings"]} == {"2026-10-25T22:40:00Z"}
    assert_exact(
        tally,
        rows=7,
        kept=3,
        drops={"device without a name": 1, "telephone number": 1, "only in the waiting room": 1},
        merges={"duplicate join": 1},
    )


def test_meetings_beside_each_row_keep_host_and_participant_apart() -> None:
    rows, tally = converted(SAMPLES / "zoom_participants_rows.csv")
    assert people_met(rows) == {"2026-10-25T17:50:00Z": {ANA, BO}, "2026-10-28T17:50:00Z": {ANA, BO}}
    assert_exact(tally, rows=4, kept=4)


def test_without_meeting_data_the_joins_are_the_times(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "participants.csv",
        [
            "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent",
            "Ana Ruiz,ana@firm.example,25/10/2026 09:00:00,25/10/2026 09:30:00,30,No,Y",
            "Bo (Bo Li),,25/10/2026 09:10:00,25/10/2026 09:40:00,30,Yes,Y",
            "Ruiz Ana,,25/10/2026 09:35:00,25/10/2026 09:41:00,6,Yes,Y",
            "Ana's Fireflies.ai Notetaker,,25/10/2026 09:00:00,25/10/2026 09:41:00,41,Yes,Y",
        ],
        encoding="utf-8-sig",
    )
    rows, tally = converted(path)
    assert people_met(rows) == {"2026-10-25T09:00:00Z": {ANA, "Bo Li"}}
    assert {row["ended_at"] for row in rows["meetings"]} == {"2026-10-25T09:41:00Z"}
    assert_exact(tally, rows=4, kept=2, drops={"note-taking bot": 1}, merges={"duplicate join": 1})


def test_titles_of_2026_and_names_that_were_changed(tmp_path: Path) -> None:
    times = "10/25/2026 05:50:00 PM,10/25/2026 06:50:00 PM,60"
    path = written(
        tmp_path,
        "participants.csv",
        [
            "Topic,ID,Host,Duration (minutes),Start time,End time,Participants",
            "Plan,123 456,Ana Ruiz (ana@firm.example),60,10/25/2026 05:50:00 PM,10/25/2026 06:50:00 PM,3",
            "",
            "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room",
            f"Ana Ruiz (she/her),ana@firm.example,{times},No,No",
            f"Bri (Brian Smith),brian@firm.example,{times},No,No",
            f"Brian's iPhone (Brian Smith),,{times},Yes,No",
            f"Chen Li (Acme),,{times},Yes,No",
        ],
    )
    rows, tally = converted(path)
    assert people_met(rows) == {"2026-10-25T17:50:00Z": {ANA, "brian@firm.example", "Chen Li"}}
    assert_exact(tally, rows=4, kept=3, merges={"duplicate join": 1})


def test_unique_users_are_refused_unless_the_meeting_says_when(tmp_path: Path) -> None:
    header = "Name (Original Name),User Email,Total Duration (Minutes),Guest"
    people = ["Ana Ruiz,ana@firm.example,50,No", "Bo Li,bo@firm.example,40,No"]
    with pytest.raises(InputError, match="unique users"):
        converted(written(tmp_path, "a.csv", [header, *people]))
    meeting = [
        "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants",
        "123,Plan,10/25/2026 05:50:00 PM,10/25/2026 06:40:00 PM,ana@firm.example,50,2",
        "",
    ]
    rows, tally = converted(written(tmp_path, "b.csv", [*meeting, header, *people]))
    assert people_met(rows) == {"2026-10-25T17:50:00Z": {ANA, BO}}
    assert_exact(tally, rows=2, kept=2)
