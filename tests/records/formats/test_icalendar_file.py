"""Calendars: recurrences with exceptions across a change of clocks, and what is no meeting."""

from __future__ import annotations

from pathlib import Path

from peerlens.records.formats.icalendar_file import ICalendar

from .conftest import SAMPLES, run


def calendar(folder: Path, *events: str, head: str = "") -> Path:
    """Write a calendar of events given as lines."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    file = folder / "some.ics"
    file.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{body}END:VCALENDAR\n")
    return file


PEOPLE = "ORGANIZER:mailto:ana@x.example\nATTENDEE:mailto:ben@x.example"


def test_every_meeting_is_kept_or_counted(tmp_path: Path) -> None:
    """A weekly meeting up to the day of the export (18 March, 8 April; 25 March struck out; 1 April moved to the 2nd)."""
    found = run(ICalendar(), SAMPLES / "calendar.ics", tmp_path / "out", zone="UTC")
    assert (found.tally.rows, found.tally.kept) == (9, 6)
    assert dict(found.tally.drops) == {"cancelled": 1, "private": 1, "nobody else invited": 1}
    starts = sorted({(r["started_at"], r["meeting_id"].split("@")[0]) for r in found.tables["meetings"]})
    assert starts == [
        ("2024-03-18T10:00:00Z", "weekly"),
        ("2024-03-20T09:00:00Z", "one"),
        ("2024-03-26", "offsite"),
        ("2024-03-27T11:00:00Z", "floating"),
        ("2024-04-02T10:00:00Z", "weekly"),
        ("2024-04-08T09:00:00Z", "weekly"),  # ten o'clock in Lisbon, in summer time
    ]
    assert found.sink.owners.most_common(1)[0][0] == "ana@x.example"


def test_who_was_there(tmp_path: Path) -> None:
    """Rooms are nobody; addresses are lower-cased; answers are kept."""
    rows = run(ICalendar(), SAMPLES / "calendar.ics", tmp_path / "out").tables["meetings"]
    moved = {r["attendee_ids"]: r["response"] for r in rows if r["started_at"] == "2024-04-02T10:00:00Z"}
    assert moved == {"ana@x.example": "accepted", "ben@x.example": "declined"}
    assert {r["attendee_ids"] for r in rows} == {"ana@x.example", "ben@x.example", "chen@x.example"}
    assert {r.get("series_id") for r in rows if r["meeting_id"].startswith("weekly")} == {"weekly@google.com"}


def test_an_endless_series_ends_with_the_newest_stamp(tmp_path: Path) -> None:
    event = (
        f"UID:1\nDTSTAMP:20240310T000000Z\nDTSTART:20240304T090000Z\nDTEND:20240304T093000Z\nRRULE:FREQ=DAILY\n{PEOPLE}"
    )
    found = run(ICalendar(), calendar(tmp_path, event), tmp_path / "out")
    assert len({row["started_at"] for row in found.tables["meetings"]}) == 6


def test_recurrence_by_the_second_is_refused(tmp_path: Path) -> None:
    event = f"UID:1\nDTSTART:20240304T090000Z\nRRULE:FREQ=SECONDLY\n{PEOPLE}"
    assert run(ICalendar(), calendar(tmp_path, event), tmp_path / "out").tally.drops == {
        "recurs by the hour or faster": 1
    }


def test_forwarded_copies_count_once(tmp_path: Path) -> None:
    when = "DTSTART:20240304T090000Z\nDTEND:20240304T100000Z"
    file = calendar(tmp_path, f"UID:1\n{when}\n{PEOPLE}\nATTENDEE:mailto:chen@x.example", f"UID:2\n{when}\n{PEOPLE}")
    tally = run(ICalendar(), file, tmp_path / "out").tally
    assert (tally.rows, tally.kept, dict(tally.merges)) == (2, 1, {"forwarded or second copy of a meeting": 1})


def test_outlook_zones_and_addresses_of_apple(tmp_path: Path) -> None:
    event = (
        "UID:1\nDTSTART;TZID=W. Europe Standard Time:20240704T090000\nDTEND;TZID=W. Europe Standard Time:20240704T100000\n"
        'ORGANIZER;CN=Ana;EMAIL=ana@x.example:/aMjA/principal/\nATTENDEE;CN="Okafor, Ben":invalid:nomail'
    )
    rows = run(ICalendar(), calendar(tmp_path, event), tmp_path / "out").tables["meetings"]
    assert {row["started_at"] for row in rows} == {"2024-07-04T07:00:00Z"}
    assert {row["attendee_ids"] for row in rows} == {"ana@x.example", "Ben Okafor"}


def test_damaged_events_are_counted(tmp_path: Path) -> None:
    file = calendar(tmp_path, f"UID:1\nDTSTART:2024\n{PEOPLE}", f"UID:2\nDTSTART:20240304T090000Z\n{PEOPLE}")
    text = file.read_text().replace("END:VCALENDAR\n", "BEGIN:VEVENT\nUID:3\nDTST")
    file.write_text(text)
    tally = run(ICalendar(), file, tmp_path / "out").tally
    assert (tally.rows, tally.kept) == (3, 1)
    assert dict(tally.drops) == {"event that cannot be read": 1, "event that is cut off": 1}
