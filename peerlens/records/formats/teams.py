"""Teams attendance reports: three sections in UTF-16, or the older single list; titles in any language."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from peerlens.records.formats.attendance import Join, has_tag, write_meeting
from peerlens.records.formats.automatic import address
from peerlens.records.formats.dates import Order
from peerlens.records.formats.delimited import head_rows, records
from peerlens.records.formats.layout import CUT_SHORT, Layout, decided, no_header, no_rows
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import instant
from peerlens.records.headers import fold

_SECTION = re.compile(r"^([1-9])\.\s+\S")
PEOPLE = Layout(
    {
        "name": ("Name", "Full Name", "Nome", "Nom", "Nombre", "Naam", "Vollständiger Name", "Nom complet"),
        "joined": ("First Join", "Join Time", "Erster Beitritt", "Beitrittszeit"),
        "left": ("Last Leave", "Leave Time", "Letztes Verlassen", "Verlassenszeit"),
    },
    {
        "email": ("Email", "E-Mail", "E-Mail-Adresse", "Correo electrónico", "Adresse e-mail", "Courriel"),
        "upn": ("Participant ID (UPN)", "Teilnehmer-ID (UPN)", "Participant ID"),
        "role": ("Role", "Rolle"),
    },
)
_ORDER = ("name", "joined", "left", "duration", "email", "upn", "role")
"""columns of the second section, which stand so in every language"""
_ORDER_OLD = ("name", "joined", "left", "duration", "email", "role", "upn")
_STARTS = (
    "starttime",
    "meetingstarttime",
    "startzeit",
    "beginn",
    "horadeinicio",
    "heurededebut",
    "oradiinizio",
    "begintijd",
)
_ENDS = (
    "endtime",
    "meetingendtime",
    "endzeit",
    "ende",
    "horadetermino",
    "horadefin",
    "heuredefin",
    "oradifine",
    "eindtijd",
)
_ORGANIZERS = re.compile(r"^(?:organi[sz]|veranstalt|arrang|主催|開催|组织|召集|組織|이끌이|주최|орган)", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass
class Report:
    """What stands in one file.

    Parameters
    ----------
    summary
        Second cells of the lines before the list, by their folded first.
    people
        Rows of the list, by column.
    sections
        Number of sections; 0 in the older report.
    is_english
        Whether its titles are.
    """

    summary: dict[str, str]
    people: list[dict[str, str]]
    sections: int
    is_english: bool


@dataclass(frozen=True)
class TeamsAttendance:
    """The CSV an organizer downloads from a meeting's attendance tab; times are those of the organizer's machine."""

    name: str = "Teams attendance report"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the sections, or the older list of participants, are there."""
        cells = [row for row in head_rows(head) if any(row)]
        titles = [(at, found[1]) for at, row in enumerate(cells) if (found := _title(row))]
        if titles[:1] == [(0, "1")]:
            second = next((at for at, number in titles if number == "2"), len(cells))
            return second + 1 < len(cells) and len(cells[second + 1]) >= 6
        return any(_is_old(row) for row in cells)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write the meeting and who was in it.

        Raises
        ------
        InputError
            There is no list of participants, or its dates may be read in two ways.
        """
        report = _report(path, sink)
        sink.read_rows(len(report.people))
        if not report.people:
            raise no_rows(path, "participants")
        order = self._order(path, report, sink)
        if report.sections:
            sink.note(f"{report.sections} sections, of which the list of participants is read")
        sink.note(f"times read as {zone}")
        joins = [
            Join(
                row["name"],
                address(row.get("email", "")) or address(row.get("upn", "")),
                instant(row["joined"], order, zone),
                instant(row["left"], order, zone),
                is_guest=has_tag(row["name"]),
                organizes=_ORGANIZERS.match(row.get("role", "")) is not None,
            )
            for row in report.people
        ]
        timeless = [join for join in joins if join.joined is None and join.left is None]
        sink.drop("a time that cannot be read", len(timeless))
        joins = [join for join in joins if join not in timeless]
        write_meeting(
            sink,
            joins,
            prefix="teams",
            started=next((instant(report.summary[key], order, zone) for key in _STARTS if key in report.summary), None),
            ended=next((instant(report.summary[key], order, zone) for key in _ENDS if key in report.summary), None),
        )

    def _order(self, path: Path, report: Report, sink: Sink) -> Order:
        cells = [row[column] for row in report.people for column in ("joined", "left")]
        cells += [report.summary[key] for key in (*_STARTS, *_ENDS) if key in report.summary]
        return decided(cells, sink, name=path.name, column="First Join", hint=_hint(report, cells))


def _title(cells: list[str]) -> re.Match[str] | None:
    return _SECTION.match(cells[0]) if not any(cells[1:]) else None


def _is_old(row: list[str]) -> bool:
    folded = {fold(cell) for cell in row}
    return (
        {"fullname", "jointime", "leavetime"} <= folded
        or {"fullname", "useraction", "timestamp"} <= folded
        or ({"name", "firstjoin", "lastleave"} <= folded and len(row) >= 4)
    )


def _report(path: Path, sink: Sink) -> Report:
    report = Report({}, [], 0, is_english=True)
    section, places = "", None
    is_listed = False
    width = last_width = 0
    for _, cells in records(path, sink=sink):
        title = _title(cells)
        if title is not None:
            section, places = title[1], None
            report.sections += 1
            if section == "2":
                report.is_english = "participants" in cells[0].lower() or "attendees" in cells[0].lower()
            continue
        if section not in ("", "1", "2"):
            continue
        if places is not None:
            last_width = len(cells)
            report.people.append({column: cells[at] if at < len(cells) else "" for column, at in places.items()})
        elif section == "2" or _is_old(cells):
            places = _places(cells, is_old=section != "2")
            width = len(cells)
            is_listed = {"name", "joined", "left"} <= set(places)
        elif len(cells) > 1:
            report.summary.setdefault(_bare(cells[0]), cells[1])
    if not is_listed:
        raise no_header(path, PEOPLE)
    if report.people and places is not None and last_width < width:
        # The file ends inside this row: what stands in it may be half an address.
        report.people.pop()
        sink.read_rows()
        sink.drop(CUT_SHORT)
    return report


def _bare(text: str) -> str:
    return fold("".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)))


def _places(cells: list[str], *, is_old: bool) -> dict[str, int]:
    """Return where the columns are: by name, else in the order they have in every language."""
    named = PEOPLE.places(cells)
    if named is not None and ("email" in named or "upn" in named):
        return named
    folded = [fold(cell) for cell in cells]
    if is_old and "timestamp" in folded:
        # The list of 2020 has a row per coming and going, and no addresses.
        at = folded.index("timestamp")
        return {"name": folded.index("fullname"), "joined": at, "left": at}
    order = _ORDER_OLD if is_old else _ORDER
    places = {column: at for at, column in enumerate(order) if at < len(cells) and column != "duration"}
    return {**places, **(named or {})}


def _hint(report: Report, cells: list[str]) -> str | None:
    """Return the order of day and month that language, spelling, clock or padding tell; None where they do not."""
    written = [cell for cell in cells if cell]
    # Only American English writes the month first, and it writes neither a 24-hour clock nor 5/04.
    if not report.is_english or any("organis" in row.get("role", "").lower() for row in report.people):
        return "dmy"
    if written and not any(_LETTER.search(cell) for cell in written):
        return "dmy"
    if any(re.match(r"\d/0\d/", cell) for cell in written):
        return "dmy"
    return None
