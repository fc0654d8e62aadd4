"""Calendars as iCalendar files (.ics) from Google, Outlook and Apple: recurrences laid out, exceptions and time zones applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from peerlens.errors import InputError, Problem
from peerlens.records.formats import dates, delimited
from peerlens.records.formats.sink import Sink
from peerlens.records.instants import is_zone
from peerlens.records.names import tidy

NEEDS = 'pip install "peerlens[calendar]"'
FIRST_DAY = datetime(1990, 1, 1, tzinfo=UTC)
MOST_OCCURRENCES = 20_000
"""of one series; a daily one of fifty years stays under it"""
OWNER_SIGNS = 1_000_000
"""a calendar named by an address is that person's, whoever else is in every meeting"""
_EVENT_BYTES = 4_000_000
_TOO_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
_STAMP = re.compile(r"(?im)^(?:DTSTAMP|CREATED|LAST-MODIFIED)[^:\n]*:(\d{8})(?:T(\d{6}))?")
_START = re.compile(r"(?im)^(?:DTSTART|RECURRENCE-ID)[^:\n]*:(\d{8})")
_UID = re.compile(r"(?im)^UID[^:\n]*:(.*)$")
_ZONE = re.compile(r'(?i)TZID="?([^":;\n]+)')
_RESPONSES = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "DELEGATED": "declined",
    "TENTATIVE": "tentative",
    "NEEDS-ACTION": "none",
}
_ROOMS = ("RESOURCE", "ROOM")
_BUSY_WORDS = ("PRIVATE", "CONFIDENTIAL", "2", "3")


@dataclass(frozen=True)
class ICalendar:
    """A calendar in iCalendar form; one row per meeting that took place, a recurring one laid out."""

    name: str = "calendar (ICS)"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file begins as a calendar does."""
        encoding = delimited.encoding_of(head[:4096] if len(head) > 4096 else head)
        text = head[:400].decode(encoding, errors="replace").lstrip("\ufeff \r\n")
        return text[:15].upper() == "BEGIN:VCALENDAR"

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write one row per meeting and attendee.

        Raises
        ------
        InputError
            The packages that read calendars are not installed.
        """
        _check_installed(path)
        parts = _Parts()
        for block in _blocks(path, sink):
            parts.add(block)
        if not is_zone(parts.zone or zone):
            parts.zone = None
        local = parts.zone or zone
        sink.note(f"times without a zone read as {local}")
        until = parts.last_instant()
        if until is not None:
            sink.note(f"meetings up to {until:%Y-%m-%d}, the newest stamp in the file")
        if "@" in parts.title:
            sink.owner(parts.title, signs=OWNER_SIGNS)
        reading = _Reading(sink, local, until)
        for blocks in parts.events.values():
            reading.series(parts, blocks)


def _check_installed(path: Path) -> None:
    try:
        import icalendar  # noqa: F401
        import recurring_ical_events  # noqa: F401
    except ImportError as error:
        found = f"a calendar, and no package that reads it ({error.name})"
        raise InputError([Problem(path.name, None, None, found, "the extra [calendar]", f"Run: {NEEDS}")]) from error


def _blocks(path: Path, sink: Sink) -> Iterator[str]:
    """Yield each event and each zone as unfolded text, and every other line of the calendar alone."""
    with path.open("rb") as file:
        encoding = delimited.encoding_of(file.read(delimited.HEAD_BYTES))
    depth: list[str] = []
    held: list[str] = []
    size = 0
    for line in _unfolded(path, encoding, sink):
        word = line.strip().upper()
        if word.startswith("BEGIN:") and (depth or word != "BEGIN:VCALENDAR"):
            depth.append(word[6:])
        if not depth:
            yield line
            continue
        # What people write in descriptions is never kept, and files in the calendar are not either.
        name = re.split("[;:]", word, maxsplit=1)[0]
        if (
            name not in ("DESCRIPTION", "SUMMARY", "LOCATION", "ATTACH", "X-ALT-DESC", "COMMENT")
            and size < _EVENT_BYTES
        ):
            held.append(line)
            size += len(line)
        if word.startswith("END:"):
            depth.pop()
            if not depth:
                yield "\n".join(held)
                held, size = [], 0
    if held:
        # Cut off in the middle: what is there of the last event cannot be trusted.
        yield "BEGIN:CUT"


def _unfolded(path: Path, encoding: str, sink: Sink) -> Iterator[str]:
    """Yield the lines of a calendar with their continuations joined."""
    held: list[str] = []
    length = 0
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while line := file.readline(_EVENT_BYTES):
            sink.advance(len(line))
            text = line.rstrip("\n").replace("\0", "").lstrip("\ufeff")
            if text[:1] in (" ", "\t") and held:
                if length < _EVENT_BYTES:
                    held.append(text[1:])
                    length += len(text)
                continue
            if held:
                yield "".join(held)
            held, length = [text], len(text)
    if held:
        yield "".join(held)


@dataclass
class _Parts:
    """A calendar taken apart: its zones, and its events by their id."""

    zone: str | None = None
    title: str = ""
    zones: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[str]] = field(default_factory=dict)
    newest: str = ""
    latest_start: str = ""

    def add(self, block: str) -> None:
        """Take a block or a line into account."""
        if block.startswith("BEGIN:CUT"):
            self.events["\0cut"] = [block]
        elif block[:15].upper().startswith("BEGIN:VEVENT"):
            found = _UID.search(block)
            uid = found[1].strip() if found else f"\0{len(self.events)}"
            self.events.setdefault(uid, []).append(block)
            for day, clock in _STAMP.findall(block):
                self.newest = max(self.newest, day + (clock or "000000"))
            for day in _START.findall(block):
                self.latest_start = max(self.latest_start, day)
        elif block[:15].upper().startswith("BEGIN:VTIMEZONE"):
            name = re.search(r"(?im)^TZID[^:\n]*:(.*)$", block)
            if name:
                self.zones[name[1].strip()] = block
        else:
            name, _, value = block.partition(":")
            if name.upper() == "X-WR-TIMEZONE":
                self.zone = value.strip()
            elif name.upper().startswith("X-WR-CALNAME"):
                self.title = value.strip()

    def last_instant(self) -> datetime | None:
        """Return until when meetings can have taken place: the newest stamp, else the last start written down."""
        text = self.newest or (f"{self.latest_start}235959" if self.latest_start else "")
        try:
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None

    def calendar(self, blocks: Iterable[str]) -> Any:
        """Return the events and the zones they name as a calendar of the parser."""
        import icalendar

        text = "\n".join(blocks)
        zones = [self.zones[name] for name in dict.fromkeys(_ZONE.findall(text)) if name in self.zones]
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:peerlens", *zones, text, "END:VCALENDAR", ""]
        return icalendar.Calendar.from_ical("\n".join(lines).replace("\n", "\r\n"))


class _Reading:
    """Writes the events of one calendar, and counts those that are no meetings."""

    def __init__(self, sink: Sink, zone: str, until: datetime | None) -> None:
        self._sink = sink
        self._zone = zone
        self._until = until
        self._met: dict[tuple[str, str, str], list[frozenset[str]]] = {}

    def series(self, parts: _Parts, blocks: list[str]) -> None:
        """Write all meetings of one id: the event, its recurrences, and the exceptions to them."""
        if blocks[0].startswith("BEGIN:CUT"):
            self._sink.read_rows()
            self._sink.drop("event that is cut off")
            return
        if any(_TOO_OFTEN.search(block) for block in blocks):
            self._sink.read_rows(len(blocks))
            self._sink.drop("recurs by the hour or faster", len(blocks))
            return
        is_recurring = any(re.search(r"(?im)^(RRULE|RDATE)[;:]", block) for block in blocks)
        try:
            calendar = parts.calendar(blocks)
            events = list(self._laid_out(calendar)) if is_recurring else self._newest(calendar)
        # The parser raises many kinds of errors on damaged events; whatever it is, the event is counted as unreadable.
        except Exception:  # noqa: BLE001
            self._sink.read_rows(len(blocks))
            self._sink.drop("event that cannot be read", len(blocks))
            return
        for event in events:
            self._sink.read_rows()
            try:
                reason = self._write(event, is_recurring=is_recurring)
            except Exception:  # noqa: BLE001
                reason = "event that cannot be read"
            if reason is not None:
                self._sink.drop(reason)

    def _laid_out(self, calendar: Any) -> Iterator[Any]:
        """Return the occurrences of a recurring event up to the day of the export; endless ones end there."""
        import recurring_ical_events

        until = self._until or FIRST_DAY
        for at in islice(recurring_ical_events.of(calendar).after(FIRST_DAY), MOST_OCCURRENCES):
            start = at.start
            if _instant(start, self._zone) > until:
                return
            yield at

    def _newest(self, calendar: Any) -> list[Any]:
        """Return single events, of several copies the one changed last."""
        newest: dict[str, Any] = {}
        for event in calendar.walk("VEVENT"):
            key = str(event.get("RECURRENCE-ID").dt) if event.get("RECURRENCE-ID") is not None else ""
            other = newest.get(key)
            if other is not None:
                self._sink.read_rows()
                self._sink.merged("older copy of a meeting")
            if other is None or int(event.get("SEQUENCE", 0)) >= int(other.get("SEQUENCE", 0)):
                newest[key] = event
        return list(newest.values())

    def _write(self, event: Any, *, is_recurring: bool) -> str | None:
        """Write one meeting; return why it does not count."""
        if _is_private(event):
            return "private"
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            return "cancelled"
        start, end = event.start, event.end
        if self._until is not None and _instant(start, self._zone) > self._until:
            return "after the day of the export"
        if not isinstance(start, datetime):
            started_at, ended_at = start.isoformat(), (end if isinstance(end, date) else start).isoformat()
        else:
            started_at, ended_at = (dates.utc(at, self._zone) for at in (start, end))
        if ended_at < started_at:
            return "ends before it starts"
        invited = self._invited(event)
        organizer = self._person(event.get("ORGANIZER"))
        everyone = {**({organizer: "accepted"} if organizer else {}), **invited}
        if len(everyone) < 2:
            return "nobody else invited"
        if self._is_copy(started_at, ended_at, organizer, frozenset(everyone)):
            self._sink.merged("forwarded or second copy of a meeting")
            return None
        uid = str(event.get("UID", "")) or f"{organizer}-{started_at}"
        for person, response in everyone.items():
            self._sink.owner(person)
            row = {"meeting_id": uid, "started_at": started_at, "ended_at": ended_at, "attendee_id": person}
            row |= {"organizer_id": organizer, "response": response, "series_id": uid if is_recurring else ""}
            self._sink.row("meetings", row)
        return None

    def _invited(self, event: Any) -> dict[str, str]:
        """Return who was invited, and what each answered; rooms and lists are nobody."""
        invited: dict[str, str] = {}
        lists = 0
        for attendee in event.attendees:
            kind = str(attendee.params.get("CUTYPE", "")).upper()
            role = str(attendee.params.get("ROLE", "")).upper()
            lists += kind == "GROUP"
            person = self._person(attendee) if kind not in (*_ROOMS, "GROUP") and role != "NON-PARTICIPANT" else ""
            if person:
                answer = str(attendee.params.get("PARTSTAT", "NEEDS-ACTION")).upper()
                invited[person] = _RESPONSES.get(answer, "none")
        if lists:
            self._sink.note("lists were invited; who came through them is not in the file")
        return invited

    def _person(self, party: Any) -> str:
        """Return the address of an attendee or organizer, else the name; nothing for a room."""
        if party is None:
            return ""
        if isinstance(party, list):
            party = party[0]
        params = getattr(party, "params", {})
        name = tidy(str(params.get("CN", "")).strip("'\""))
        value = str(params.get("EMAIL", "")) or re.sub(r"(?i)^\s*mailto:", "", str(party))
        address = value.strip().strip("<>").lower()
        if "@" not in address or address.startswith(("http:", "https:", "urn:")) or "invalid:" in address:
            return "" if "@" in name else name
        if address.endswith("@resource.calendar.google.com"):
            return ""
        self._sink.name(address, name)
        return address

    def _is_copy(self, started_at: str, ended_at: str, organizer: str, people: frozenset[str]) -> bool:
        """Return whether a meeting at that time, called by the same person, with these people was written already."""
        others = self._met.setdefault((started_at, ended_at, organizer), [])
        if any(people <= other for other in others):
            return True
        others.append(people)
        return False


def _is_private(event: Any) -> bool:
    words = [str(event.get("CLASS", ""))]
    words += [
        str(value) for name, value in event.items() if name.upper().startswith("X-MS") and "SENSITIV" in name.upper()
    ]
    words += [str(event.get("X-MICROSOFT-SENSITIVITY", ""))]
    return any(word.strip().upper() in _BUSY_WORDS for word in words)


def _instant(at: date | datetime, zone: str) -> datetime:
    """Return an instant to compare by; a day begins at its midnight."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(0))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
    return moment.astimezone(UTC)
