"""One file per kind of export. Adding one: a module with a format, and a line in ``FORMATS``.

A format says whether it recognises a file by its first bytes, and writes what it finds, as rows of the canonical tables, to a
:class:`~peerlens.records.formats.sink.Sink`. ``CANONICAL`` comes before all of them: a file named for a table is that table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from peerlens.records.formats.canonical import Canonical
from peerlens.records.formats.delimited import HEAD_BYTES
from peerlens.records.formats.directories import DIRECTORIES
from peerlens.records.formats.google_logs import GoogleMailLog, GoogleMeetLog
from peerlens.records.formats.icalendar_file import ICalendar
from peerlens.records.formats.mapped import MappedTable
from peerlens.records.formats.mbox import Mbox
from peerlens.records.formats.message_trace import MessageTrace
from peerlens.records.formats.outlook_calendar import OutlookCalendar
from peerlens.records.formats.refusals import MSG, OLM, OUTLOOK_MAIL, PST
from peerlens.records.formats.refused import REFUSED
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.slack import SlackExport
from peerlens.records.formats.teams import TeamsAttendance
from peerlens.records.formats.viva import VivaPersonToPerson
from peerlens.records.formats.zoom import ZoomParticipants

__all__ = ["CANONICAL", "FORMATS", "Format", "export_of", "recognised"]


class Format(Protocol):
    """What every kind of export can do."""

    @property
    def name(self) -> str:
        """What the kind of export is called, as in ``Teams attendance report``."""
        ...

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a file (or an unpacked folder or a zip as a whole, then without ``head``) is of this kind."""
        ...

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write what is in the file to the sink; naive times are of ``zone``.

        Raises
        ------
        InputError
            The file cannot be read.
        """
        ...


CANONICAL = Canonical()
FORMATS: list[Format] = [
    OUTLOOK_MAIL,
    PST,
    MSG,
    OLM,
    Mbox(),
    ICalendar(),
    OutlookCalendar(),
    *REFUSED,
    MessageTrace(),
    GoogleMailLog(),
    GoogleMeetLog(),
    SlackExport(),
    TeamsAttendance(),
    ZoomParticipants(),
    VivaPersonToPerson(),
    *DIRECTORIES,
    MappedTable(),
]


def recognised(path: Path) -> Canonical | None:
    """Return the canonical format if a file is named for a table."""
    with path.open("rb") as file:
        head = file.read(4096)
    return CANONICAL if CANONICAL.recognises(path, head) else None


def export_of(path: Path) -> Format | None:
    """Return the first kind of export that recognises a file, or a folder or zip as a whole."""
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    return next((item for item in FORMATS if item.recognises(path, head)), None)
