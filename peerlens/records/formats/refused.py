"""Exports that are recognised only to say why they cannot be read, and what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from peerlens.errors import InputError, Problem
from peerlens.records.formats.delimited import encoding_of, head_rows
from peerlens.records.formats.sink import Sink
from peerlens.records.headers import fold


@dataclass(frozen=True)
class Refused:
    """A kind of export that cannot be used.

    Parameters
    ----------
    name
        What the kind of export is called.
    test
        Tells whether a file is of this kind, by its path and first bytes.
    expected
        What would have been needed.
    fix
        What to do instead.
    """

    name: str
    test: Callable[[Path, bytes], bool]
    expected: str
    fix: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file is of this kind."""
        return self.test(path, head)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Refuse the file.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError([Problem(path.name, None, None, self.name, self.expected, self.fix)])


def _has(head: bytes, *groups: tuple[str, ...], absent: tuple[str, ...] = ()) -> bool:
    """Return whether a header has one column of each group, and none that is absent."""
    for cells in head_rows(head):
        folded = {fold(cell) for cell in cells}
        is_other = any(fold(name) in folded for name in absent)
        if not is_other and all(any(fold(name) in folded for name in group) for group in groups):
            return True
    return False


def _is_zoom_unique(path: Path, head: bytes) -> bool:
    names = ("Name (Original Name)", "Participant Name (Original Name)")
    return _has(head, names, ("Total Duration (Minutes)",), absent=("Join Time",)) and not _has(
        head, ("Meeting ID", "ID"), ("Start Time",)
    )


def _text(head: bytes) -> str:
    if b"\0" in head and not encoding_of(head).startswith("utf-16"):
        return ""
    return head.decode(encoding_of(head), errors="replace").lstrip("\ufeff").lstrip()


def _is_slack_text(path: Path, head: bytes) -> bool:
    """Return whether a text file lists posts as ``[2024-03-04 09:00] name: text`` or ``name  9:00 AM``."""
    if path.suffix.lower() != ".txt":
        return False
    lines = [line.strip() for line in _text(head).splitlines()[:60] if line.strip()]
    stamped = re.compile(
        r"\[\d{4}-\d\d-\d\d[T ,]+\d{1,2}:\d\d\S*\]\s+[^:]{1,60}(?::|$)|[^\t,;:]{1,60}\s\[?\d{1,2}:\d\d(?: ?[AP]M)?\]?$"
    )
    said = sum(stamped.match(line) is not None for line in lines)
    return bool(lines) and (said >= max(2, len(lines) / 4) or ("slack" in _text(head)[:2000].lower() and said > 0))


def _is_teams_chat(path: Path, head: bytes) -> bool:
    """Return whether it is chat of Teams: an account's own data export, Graph's JSON, or eDiscovery's list."""
    text = _text(head)
    if text.startswith(("{", "[")):
        own = '"conversations"' in text and '"MessageList"' in text
        return own or ('"chatId"' in text and '"messageType"' in text) or "microsoft.graph.chatMessage" in text
    if "IPM.SkypeTeams.Message" in text or "Skype.SpaceThread" in text:
        return True
    return _has(
        head,
        ("Conversation ID", "Thread ID", "ConversationId", "ThreadId"),
        ("Item class", "ItemClass", "Message kind", "Thread participants", "Team name", "Channel name"),
        ("Sender", "Sender/Author", "Author", "Recipients", "Participants"),
    )


_VIVA_PAIRS = "two people in each row"
_VIVA_FIX = (
    "In Viva Insights choose Create analysis, Cross-collaboration query, Collaboration between individuals "
    "(person-to-person), and read that file."
)
REFUSED = (
    Refused(
        "a Viva Insights meeting query, which counts attendees and does not name them",
        lambda path, head: _has(
            head,
            ("MeetingId",),
            ("Number_of_attendees", "Intended_participant_count", "Attendee_meeting_hours"),
            absent=("attendee_id", "attendee_ids"),
        ),
        "meetings with the people in them",
        f"Export the calendar as ICS, or use Teams attendance reports. {_VIVA_FIX}",
    ),
    Refused(
        "a Viva Insights group query, which names no people",
        lambda path, head: _has(
            head,
            ("MetricDate", "Date"),
            ("PrimaryCollaborator_GroupSize", "SecondaryCollaborator_GroupSize", "PrimaryCollaborator_PersonId",
             "TimeInvestor_GroupSize", "Group_collaboration_time_invested", "Group_meeting_count"),
            absent=("SecondaryCollaborator_PersonId",),
        ),
        _VIVA_PAIRS,
        _VIVA_FIX,
    ),
    Refused(
        "a Viva Insights person query, which counts what each person did and not with whom",
        lambda path, head: _has(
            head,
            ("PersonId",),
            ("MetricDate",),
            absent=("PrimaryCollaborator_PersonId", "TieOrigin_PersonId", "ManagerId"),
        ),
        _VIVA_PAIRS,
        _VIVA_FIX,
    ),
    Refused(
        "a Zoom report of unique users, which has no times",
        _is_zoom_unique,
        "a row per join, with Join Time and Leave Time",
        "In Zoom, Reports, Usage, Participants: clear 'Show unique users', tick 'Export with meeting data', and export again.",
    ),
    Refused(
        "Slack chat of one user as text",
        _is_slack_text,
        "the JSON export of a workspace (users.json and folders of days)",
        "Ask an owner for Settings, Import/export data, Export, and give that zip as it is.",
    ),
    Refused(
        "Teams chat",
        _is_teams_chat,
        "a table of who wrote to whom when",
        "Teams lets no user export chat as a table. Where an administrator gives you one as CSV with time, sender, recipients, "
        'name its columns once: --map sent_at="…" --map sender_id="…" --map recipient_ids="…".',
    ),
)  # fmt: skip
"""what cannot be used, and what to do instead"""
