"""Logs of Google Workspace: steps of messages, and devices leaving calls."""

from __future__ import annotations

from pathlib import Path

from .reading import SAMPLES, assert_exact, contacts, converted, people_met, written

HEADER = "Date,Event name,Meeting code,Participant identifier,Participant name,Organizer email,Duration (seconds)"


def test_steps_of_one_delivery_are_one_message() -> None:
    rows, tally = converted(SAMPLES / "google_mail_log.csv", zone="Asia/Tokyo")
    assert contacts(rows) == {
        ("2024-03-04T10:00:01Z", "ana@firm.example", "bo@firm.example"),
        ("2024-03-04T10:00:02Z", "ana@firm.example", "cy@firm.example"),
        ("2024-03-05T08:00:00Z", "dan@else.example", "ana@firm.example"),
    }
    assert_exact(
        tally,
        rows=8,
        kept=3,
        drops={"mailing list": 1, "not delivered": 1, "spam": 1},
        merges={"delivery step": 1, "repeated delivery": 1},
    )


def test_a_person_on_two_devices_is_in_the_call_once() -> None:
    rows, tally = converted(SAMPLES / "google_meet_log.csv")
    both = {"ana@firm.example", "bo@firm.example"}
    assert people_met(rows) == {"2024-03-04T10:00:00Z": both, "2024-03-11T10:00:00Z": both}
    assert {row["series_id"] for row in rows["meetings"]} == {"meet-ABCDEFGHIJ"}
    assert_exact(
        tally,
        rows=7,
        kept=4,
        drops={"masked address": 1, "not somebody leaving a call": 1},
        merges={"duplicate join": 1},
    )


def test_one_code_without_conference_is_as_many_calls_as_there_are_breaks(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "meet.csv",
        [
            HEADER,
            "2024-03-04 10:00:00,Endpoint left,AAA,a@x.example,Ana,a@x.example,3600",
            "2024-03-04 09:50:00,Endpoint left,AAA,b@x.example,Bo,a@x.example,600",
            "2024-03-04 15:00:00,Endpoint left,AAA,c@x.example,Cy,a@x.example,1800",
            "2024-03-04 15:00:00,Endpoint left,AAA,d@x.example,Di,a@x.example,1800",
            "2024-03-04 18:00:00,Endpoint left,AAA,e@x.example,Ed,a@x.example,60",
            "2024-03-04 15:00:00,Endpoint left,BBB,,+351 9** *** **1,a@x.example,1800",
        ],
    )
    rows, tally = converted(path, zone="Europe/Paris")
    assert people_met(rows) == {
        "2024-03-04T08:00:00Z": {"a@x.example", "b@x.example"},
        "2024-03-04T13:30:00Z": {"c@x.example", "d@x.example"},
    }
    # Who called the meeting and was not in it met nobody there.
    assert {row.get("organizer_id") for row in rows["meetings"] if row["started_at"] > "2024-03-04T12"} == {None}
    assert_exact(tally, rows=6, kept=4, drops={"nobody else known in the meeting": 1, "telephone number": 1})
