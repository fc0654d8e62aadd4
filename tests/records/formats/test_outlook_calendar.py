"""Outlook's calendar: localised headers, dates whose order is worked out, names that hold commas."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.errors import InputError
from peerlens.records.formats import export_of
from peerlens.records.formats.outlook_calendar import OutlookCalendar

from .conftest import SAMPLES, run

ENGLISH = (
    "Subject,Start Date,Start Time,End Date,End Time,All day event,Reminder on/off,Reminder Date,Reminder Time,"
    "Meeting Organizer,Required Attendees,Optional Attendees,Meeting Resources,Billing Information,Categories,"
    "Description,Location,Mileage,Priority,Private,Sensitivity,Show time as"
)


def english(*days: str) -> str:
    """Write a calendar with one meeting of two on each day."""
    rows = [
        f'x,{day},10:00:00 AM,{day},11:00:00 AM,False,False,,,Ana Ruiz,"Ana Ruiz;Okafor, Ben",,,,,,,,Normal,False,Normal,2'
        for day in days
    ]
    return "\r\n".join([ENGLISH, *rows, ""])


def test_german_in_windows_1252(tmp_path: Path) -> None:
    """Nine rows with line breaks in cells; 4.3.2024 is 4 March: dots put the day first."""
    assert isinstance(export_of(SAMPLES / "outlook_de.csv"), OutlookCalendar)
    found = run(OutlookCalendar(), SAMPLES / "outlook_de.csv", tmp_path / "out", zone="Europe/Berlin")
    assert (found.tally.rows, found.tally.kept) == (9, 4)
    assert dict(found.tally.drops) == {
        "private": 1, "cancelled": 1, "no date that can be read": 1, "nobody else invited": 1,
    }  # fmt: skip
    assert dict(found.tally.merges) == {"second copy of a meeting": 1}
    rows = {(r["started_at"], r["attendee_ids"]) for r in found.tables["meetings"]}
    first = {who for at, who in rows if at == "2024-03-04T09:00:00Z"}
    assert first == {"Ana Ruíz", "Chen Li", "Ben Okafor", "Dana Park"}
    assert {who for at, who in rows if at == "2024-07-02T07:30:00Z"} == {"Ana Ruíz", "Chen Li"}
    assert {at for at, _ in rows if len(at) == 10} == {"2024-07-05"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_month_first_when_a_day_over_twelve_says_so(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "calendar.csv"
    file.write_bytes(english("3/4/2024", "3/14/2024").encode(encoding))
    assert isinstance(export_of(file), OutlookCalendar)
    rows = run(OutlookCalendar(), file, tmp_path / "out").tables["meetings"]
    assert [row["started_at"] for row in rows[::2]] == ["2024-03-04T10:00:00Z", "2024-03-14T10:00:00Z"]


def test_an_open_order_is_asked_for_with_both_readings(tmp_path: Path) -> None:
    file = tmp_path / "calendar.csv"
    file.write_text(english("3/4/2024", "5/6/2024"))
    with pytest.raises(InputError) as caught:
        run(OutlookCalendar(), file, tmp_path / "out")
    assert "2024-04-03 (--date-order dmy) or 2024-03-04 (--date-order mdy)" in str(caught.value)
    rows = run(OutlookCalendar(), file, tmp_path / "out", date_order="dmy").tables["meetings"]
    assert rows[0]["started_at"] == "2024-04-03T10:00:00Z"


def test_a_language_we_do_not_know_is_read_by_position(tmp_path: Path) -> None:
    """Invented words throughout; the last columns in another order, the private one told by the words of all-day."""
    header = ",".join(f"col{number}" for number in range(22))
    row = "x,{day},10:00,{day},11:00,nul,nul,,,Ana Ruiz,Ana Ruiz;Ben Okafor,,,,,,{private},,Normal,,Normal,2"
    days = [row.format(day=f"{day}.3.2024", private="nul") for day in range(4, 8)]
    file = tmp_path / "calendar.csv"
    file.write_text("\n".join([header, *days, row.format(day="8.3.2024", private="ay"), ""]))
    found = run(OutlookCalendar(), file, tmp_path / "out")
    assert (found.tally.kept, dict(found.tally.drops)) == (4, {"private": 1})


def test_columns_in_any_order(tmp_path: Path) -> None:
    cells = [
        line.split(",")
        for line in english("3/14/2024").replace('"Ana Ruiz;Okafor, Ben"', "Ana Ruiz;Ben Okafor").split("\r\n")[:2]
    ]
    file = tmp_path / "calendar.csv"
    file.write_text("\n".join(",".join(reversed(row)) for row in cells))
    assert isinstance(export_of(file), OutlookCalendar)
    assert run(OutlookCalendar(), file, tmp_path / "out").tally.kept == 1


def test_mail_without_dates_is_refused_with_a_way_out(tmp_path: Path) -> None:
    file = tmp_path / "mail.csv"
    parties = ",".join(
        f'"{who}: ({what})"' for who in ("From", "To", "CC", "BCC") for what in ("Name", "Address", "Type")
    )
    file.write_text(f'"Subject","Body",{parties},"Billing Information","Categories"\n')
    kind = export_of(file)
    assert kind is not None
    with pytest.raises(InputError, match="message trace"):
        run(kind, file, tmp_path / "out")
