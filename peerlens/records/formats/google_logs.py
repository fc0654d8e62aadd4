"""Logs of a Google Workspace administrator: the e-mail log search, and who was in which Meet call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from peerlens.records.formats.attendance import Join, write_meeting
from peerlens.records.formats.automatic import LIST, address, not_a_person
from peerlens.records.formats.layout import Layout, decided, rows
from peerlens.records.formats.seen import Seen
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import canonical, instant

MAIL = Layout(
    {
        "message_id": ("Message ID",),
        "sent": ("Start date",),
        "sender": ("Sender",),
        "recipients": ("Recipient address", "Recipient"),
        "target": ("Event target",),
    },
    {"status": ("Event status",)},
)
MEET = Layout(
    {"left": ("Date",), "code": ("Meeting code",), "seconds": ("Duration (seconds)", "Duration")},
    {
        "event": ("Event name", "Event"),
        "who": ("Participant identifier", "Participant email"),
        "actor": ("Actor", "Actor email"),
        "name": ("Participant name", "Actor name"),
        "organizer": ("Organizer email",),
        "conference": ("Conference ID",),
    },
)
_SEPARATORS = re.compile(r"[\s,;]+")
_LISTS = ("list_server", "archive_list_server")
_FAILED = re.compile(
    r"bounc|reject|drop|defer|fail|spam|quarantin|suppress|transient|pending|(?<!no )error|\bnot\b", re.IGNORECASE
)
_LEAVING = re.compile(r"endpoint left|call[_ ]ended|left|ended", re.IGNORECASE)
_OTHER = re.compile(
    r"knock|present|record|stream|broadcast|invit|abuse|question|poll|hand|transcri|board|started", re.I
)


@dataclass(frozen=True)
class GoogleMailLog:
    """Admin console, Reporting, Email log search, Download: every step of every message is a row."""

    name: str = "Google Workspace e-mail log search"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the header is there."""
        return MAIL.fits(head)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write a message per recipient who got it.

        Raises
        ------
        InputError
            The file cannot be read, or its dates may be read in two ways.
        """
        lists: set[str] = set()
        dates: list[str] = []
        for _, row in rows(path, MAIL, None):
            dates.append(row["sent"])
            if row["target"].lower() in _LISTS:
                lists.update(_addresses(row["recipients"]))
        order = decided(dates, sink, name=path.name, column="Start date")
        sink.note(f"times without a zone read as {zone}")
        seen = Seen()
        for _, row in rows(path, MAIL, sink, count=False):
            at = instant(row["sent"], order, zone)
            for receiver in _addresses(row["recipients"]) or [""]:
                sink.read_rows()
                reason = _step(row) or _why_not(row, receiver, at, lists)
                if reason == "delivery step":
                    sink.merged(reason)
                elif reason or at is None:
                    sink.drop(reason or "")
                else:
                    _write(row, receiver, at, seen, sink)


def _addresses(cell: str) -> list[str]:
    return [found for part in _SEPARATORS.split(cell) if (found := address(part.strip("()")))]


def _step(row: dict[str, str]) -> str | None:
    """Return what a row is if it is not the arrival of a message at a person."""
    target = row["target"].strip().lower()
    if target in _LISTS:
        return LIST
    if "spam" in target:
        return "spam"
    if _FAILED.search(row.get("status", "")):
        return "not delivered"
    return None if target.startswith("gmail") or target in ("smtp_out", "") else "delivery step"


def _why_not(row: dict[str, str], receiver: str, at: datetime | None, lists: set[str]) -> str | None:
    sender = next(iter(_addresses(row["sender"])), "")
    if receiver in lists:
        return LIST
    if at is None:
        return "a time that cannot be read"
    if sender and sender == receiver:
        return "mail to oneself"
    return not_a_person(sender) or not_a_person(receiver)


def _write(row: dict[str, str], receiver: str, at: datetime, seen: Seen, sink: Sink) -> None:
    sender = _addresses(row["sender"])[0]
    key = row["message_id"]
    if not key or key.upper().startswith(("SMTPIN_ADDED", "N/A")):
        key = f"{sender} {canonical(at)}"
    if not seen.add(key, sender, receiver):
        sink.merged("repeated delivery")
        return
    sink.row(
        "messages",
        {
            "sent_at": canonical(at),
            "sender_id": sender,
            "recipient_id": receiver,
            "message_id": key,
            "channel": "mail",
        },
    )


@dataclass(frozen=True)
class GoogleMeetLog:
    """Admin console, Reporting, Audit and investigation, Meet log events: a row per device at the moment it left."""

    name: str = "Google Meet log"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the header is there."""
        return MEET.fits(head)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write each call and who was in it.

        The console gives at most 100,000 rows, so that they fit into memory.

        Raises
        ------
        InputError
            The file cannot be read, or its dates may be read in two ways.
        """
        found = [row for _, row in rows(path, MEET, sink)]
        order = decided((row["left"] for row in found), sink, name=path.name, column="Date")
        sink.note(f"times without a zone read as {zone}")
        calls: dict[tuple[str, str], list[tuple[Join, str]]] = {}
        for row in found:
            seconds = _seconds(row["seconds"])
            left = instant(row["left"], order, zone)
            event = row.get("event", "")
            if (event and not _LEAVING.search(event)) and (_OTHER.search(event) or seconds is None):
                sink.drop("not somebody leaving a call")
            elif left is None or seconds is None:
                sink.drop("a time that cannot be read")
            elif not (row["code"] or row.get("conference")):
                sink.drop("no meeting named")
            else:
                join = _join(row, left, seconds)
                calls.setdefault((row["code"], row.get("conference", "")), []).append((join, row.get("organizer", "")))
        meetings = [
            (code, conference, group)
            for (code, conference), joins in sorted(calls.items())
            for group in ([joins] if conference else _overlapping(joins))
        ]
        codes = [code for code, _, _ in meetings]
        for code, conference, group in meetings:
            write_meeting(
                sink,
                [join for join, _ in group],
                prefix="meet",
                organizer=next((address(organizer) for _, organizer in group if organizer), ""),
                key=conference or code,
                series=f"meet-{code}" if code and codes.count(code) > 1 else "",
            )


def _join(row: dict[str, str], left: datetime, seconds: int) -> Join:
    who = row["who"] if "who" in row else row.get("actor", "")
    bare = address(who)
    # Without an address (a telephone, an outsider) the name alone proves nothing.
    return Join(row.get("name", "") or who, bare, left - timedelta(seconds=seconds), left, is_guest=not bare)


def _seconds(cell: str) -> int | None:
    """Return a duration, written as seconds or as a clock.

    Examples
    --------
    >>> _seconds("1,234"), _seconds("0:20:34"), _seconds("")
    (1234, 1234, None)
    """
    clock = re.fullmatch(r"(\d+):(\d\d):(\d\d)", cell)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    digits = re.fullmatch(r"([\d,]{1,9})(?:\.\d+)?", cell)
    return int(digits[1].replace(",", "") or 0) if digits else None


def _overlapping(joins: list[tuple[Join, str]]) -> list[list[tuple[Join, str]]]:
    """Split the joins of one code into calls: a call ends when everybody has left."""
    groups: list[list[tuple[Join, str]]] = []
    until: datetime | None = None
    for item in sorted(joins, key=lambda pair: (pair[0].joined or datetime.max, pair[0].address)):
        joined, left = item[0].joined, item[0].left
        assert joined is not None
        assert left is not None
        if until is None or joined > until:
            groups.append([])
            until = left
        groups[-1].append(item)
        until = max(until, left)
    return groups
