"""Teams attendance reports, new and old, in several languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.errors import InputError
from peerlens.records import read

from .reading import SAMPLES, assert_exact, converted, people_met, written

HEADER = "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole"


def _report(folder: Path, *rows: str, titles: tuple[str, str] = ("1. Summary", "2. Participants")) -> Path:
    return written(folder, "report.csv", [titles[0], "", titles[1], HEADER, *rows], encoding="utf-16")


def test_three_sections() -> None:
    rows, tally = converted(SAMPLES / "teams_attendance.csv", zone="Europe/Lisbon")
    assert people_met(rows) == {
        "2025-11-26T16:16:54Z": {"ana.ruiz@firm.example", "ben@firm.example", "cy@else.example"}
    }
    assert {(row["ended_at"], row["organizer_id"], row["response"]) for row in rows["meetings"]} == {
        ("2025-11-26T17:18:08Z", "ana.ruiz@firm.example", "accepted")
    }
    assert_exact(tally, rows=5, kept=3, drops={"guest without an address": 1}, merges={"duplicate join": 1})
    assert "times read as Europe/Lisbon" in tally.notes


def test_the_report_of_2021_merges_joins() -> None:
    rows, tally = converted(SAMPLES / "teams_attendance_2021.csv")
    assert people_met(rows) == {"2022-10-21T12:00:00Z": {"ana@firm.example", "ben@firm.example"}}
    assert_exact(tally, rows=3, kept=2, merges={"duplicate join": 1})


def test_the_list_of_2020_has_names_and_a_row_per_coming_and_going(tmp_path: Path) -> None:
    lines = [
        "Full Name\tUser Action\tTimestamp",
        "Ana Ruiz\tJoined\t11/26/2020, 4:00:00 PM",
        "Li, Bo\tJoined\t11/26/2020, 4:01:00 PM",
        "Li, Bo\tLeft\t11/26/2020, 4:30:00 PM",
    ]
    rows, tally = converted(written(tmp_path, "meetingAttendanceList.csv", lines, encoding="utf-16"))
    assert people_met(rows) == {"2020-11-26T16:00:00Z": {"Ana Ruiz", "Bo Li"}}
    assert_exact(tally, rows=3, kept=2, merges={"duplicate join": 1})


def test_german_titles_say_that_the_day_comes_first() -> None:
    rows, tally = converted(SAMPLES / "teams_attendance_de.csv", zone="Europe/Berlin")
    assert people_met(rows) == {"2026-10-06T16:00:00Z": {"ana@firm.example", "gast@else.example"}}
    assert {row["organizer_id"] for row in rows["meetings"]} == {"ana@firm.example"}
    assert_exact(tally, rows=2, kept=2)


def test_a_language_we_do_not_know_is_read_by_the_order_of_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "report.csv",
        [
            "1. Podsumowanie",
            "Tytuł\tPlan",
            "2. Uczestnicy",
            "Imię i nazwisko\tPierwsze dołączenie\tOstatnie wyjście\tCzas\tAdres\tIdentyfikator\tRola",
            "Ana Ruiz\t5.03.2026, 16:00:00\t5.03.2026, 17:00:00\t1 godz.\tana@x.example\t\tX",
            "Bo Li\t5.03.2026, 16:05:00\t5.03.2026, 17:00:00\t55 min\t\tbo@x.example\tX",
        ],
        encoding="utf-16",
    )
    rows, tally = converted(path)
    assert people_met(rows) == {"2026-03-05T16:00:00Z": {"ana@x.example", "bo@x.example"}}
    assert_exact(tally, rows=2, kept=2)


@pytest.mark.parametrize(
    ("first", "role", "expected"),
    [
        ("5/04/2026, 4:21:32 PM", "Attendee", "2026-04-05T16:21:32Z"),  # nobody writes a month before 04
        ("5/4/2026, 4:21:32 pm", "Organiser", "2026-04-05T16:21:32Z"),  # British spelling
        ("05/04/2026 16:21:32", "Attendee", "2026-04-05T16:21:32Z"),  # a clock of 24 hours
    ],
)
def test_spelling_clock_and_padding_decide_open_dates(tmp_path: Path, first: str, role: str, expected: str) -> None:
    path = _report(
        tmp_path,
        f"Ana\t{first}\t{first}\t1m\tana@x.example\t\t{role}",
        f"Bo\t{first}\t{first}\t1m\tbo@x.example\t\tAttendee",
    )
    assert set(people_met(converted(path)[0])) == {expected}


def test_narrow_spaces_and_engagement_columns_change_nothing(tmp_path: Path) -> None:
    row = "\t11/26/25, 4:16:54\u202fPM\t11/26/25, 5:16:54\u202fPM\t1h"
    path = written(
        tmp_path,
        "report.csv",
        [
            "1. Summary",
            "Meeting title\tQ3; 2. Participants, draft",
            "2. Participants",
            f"{HEADER}\tEngagement: Camera On",
            f"Ana Ruiz{row}\tANA@x.example\tana@x.example\tCo-organizer\t3",
            f"Bo Li{row}\t\tBo@x.example\tOrganizer\t3",
            f"+1 555-123-4567{row}\t\t\tAttendee\t0",
            f"Brian Smith{row}\t\t\tAttendee\t0",
            f"Li, Bo (Unverified){row}\t\t\tAttendee\t0",
        ],
        encoding="utf-16",
    )
    rows, tally = converted(path)
    assert people_met(rows) == {"2025-11-26T16:16:54Z": {"ana@x.example", "bo@x.example", "Brian Smith"}}
    assert {row["organizer_id"] for row in rows["meetings"]} == {"bo@x.example"}
    assert_exact(tally, rows=5, kept=3, drops={"telephone number": 1}, merges={"duplicate join": 1})


def test_open_american_dates_are_asked_for(tmp_path: Path) -> None:
    row = "\t2/7/26, 10:00:00 AM\t2/7/26, 11:00:00 AM\t1h"
    path = _report(tmp_path, f"Ana{row}\tana@x.example\t\tOrganizer", f"Bo{row}\tbo@x.example\t\tAttendee")
    with pytest.raises(InputError, match="--date-order"):
        converted(path)
    assert set(people_met(converted(path, date_order="mdy")[0])) == {"2026-02-07T10:00:00Z"}


def test_open_dates_are_read_as_those_of_the_other_reports(tmp_path: Path) -> None:
    for number, day in enumerate(("2/7/26", "2/17/26", "3/4/26")):
        row = f"\t{day}, 10:00:00 AM\t{day}, 11:00:00 AM\t1h"
        people = [f"Ana{row}\tana@x.example\t\tOrganizer", f"Bo{row}\tbo@x.example\t\tAttendee"]
        (tmp_path / str(number)).mkdir()
        _report(tmp_path / str(number), *people)
    records = read(tmp_path)
    assert records.meetings is not None
    days = sorted(records.engine.frame(records.meetings)["day"].astype(str).unique())
    assert days == ["2026-02-07", "2026-02-17", "2026-03-04"]
    said = str(records.account)
    assert "3 files; 6 rows, 6 kept" in said
    assert "read as mdy, like the other files of this kind" in said


def test_a_room_full_of_unknown_guests_is_no_small_meeting(tmp_path: Path) -> None:
    row = "\t2/17/26, 10:00:00 AM\t2/17/26, 11:00:00 AM\t1h"
    guests = [f"Guest {number} (Guest){row}\t\t\tAttendee" for number in range(25)]
    path = _report(tmp_path, f"Ana{row}\tana@x.example\t\tOrganizer", f"Bo{row}\tbo@x.example\t\tAttendee", *guests)
    rows, tally = converted(path)
    assert not rows
    assert_exact(
        tally,
        rows=27,
        kept=0,
        drops={"guest without an address": 25, "in a meeting of more than 20, most of them not known": 2},
    )


def test_cut_short_inside_an_address(tmp_path: Path) -> None:
    row = "\t2/17/26, 10:00:00 AM\t2/17/26, 11:00:00 AM\t1h"
    path = _report(
        tmp_path,
        f"Ana{row}\tana@x.example\t\tOrganizer",
        f"Bo{row}\tbo@x.example\t\tAttendee",
        f"Cy{row}\tcy@x.ex",
    )
    rows, tally = converted(path)
    assert people_met(rows) == {"2026-02-17T10:00:00Z": {"ana@x.example", "bo@x.example"}}
    assert_exact(tally, rows=3, kept=2, drops={"row cut short at the end of the file": 1})
