"""Zoom participant reports: one row per join, with or without the meeting's own data before or beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from peerlens.records.formats.attendance import Join, key_of, shown_name, write_meeting
from peerlens.records.formats.automatic import address
from peerlens.records.formats.delimited import head_rows, records
from peerlens.records.formats.layout import CUT_SHORT, Layout, decided, no_header
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import instant
from peerlens.records.headers import fold

_NAME = ("Name (Original Name)", "Name (Original name)", "Participant Name (Original Name)", "Name")
_EMAIL = ("User Email", "Email", "Participant Email", "Email address")
PEOPLE = Layout(
    {"name": _NAME, "joined": ("Join Time",), "left": ("Leave Time",)},
    {"email": _EMAIL, "waiting": ("In Waiting Room",)},
    absent=("First Join", "Full Name"),
)
UNIQUE = Layout(
    {"name": _NAME[:3], "total": ("Total Duration (Minutes)",)},
    {"email": _EMAIL},
    absent=("Join Time",),
)
MEETING = Layout(
    {"meeting": ("Meeting ID", "ID"), "started": ("Start Time",), "ended": ("End Time",)},
    {"host": ("User Email", "Host Email", "Email")},
)
YES = ("yes", "true", "ja", "oui", "sí", "si", "sim", "1")


@dataclass
class _Meeting:
    """Cells of one meeting and of those in it."""

    cells: dict[str, str]
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class ZoomParticipants:
    """The CSV a host downloads under Reports, Usage; times are those of the host's account."""

    name: str = "Zoom participants report"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether there are joins with times, or people beside a meeting with times."""
        rows = head_rows(head)
        if any(_is_people(row) for row in rows):
            return True
        return any(UNIQUE.places(row) for row in rows) and any(MEETING.places(row) for row in rows)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write each meeting and who was in it.

        Raises
        ------
        InputError
            There are no joins, or their dates may be read in two ways.
        """
        meetings = _meetings(path, sink)
        cells = [
            cell for item in meetings for row in item.rows for cell in (row.get("joined", ""), row.get("left", ""))
        ]
        cells += [item.cells.get(key, "") for item in meetings for key in ("started", "ended")]
        order = decided(cells, sink, name=path.name, column="Join Time")
        sink.note(f"times read as {zone}")

        def at(text: str) -> datetime | None:
            return instant(text, order, zone)

        named = (row["name"] for item in meetings for row in item.rows if row.get("email"))
        known = {key_of(name) for name in named if "(" not in shown_name(name)}
        for item in meetings:
            has_times = bool(item.cells.get("started"))
            joins: list[Join] = []
            for row in item.rows:
                if row.get("waiting", "").lower() in YES:
                    sink.drop("only in the waiting room")
                    continue
                joined, left = at(row.get("joined", "")), at(row.get("left", ""))
                if joined is None and left is None and not ("total" in row and has_times):
                    sink.drop("a time that cannot be read")
                    continue
                joins.append(Join(_plain_name(row["name"], known), address(row.get("email", "")), joined, left))
            write_meeting(
                sink,
                joins,
                prefix="zoom",
                started=at(item.cells.get("started", "")),
                ended=at(item.cells.get("ended", "")),
                organizer=address(item.cells.get("host", "")),
                key=item.cells.get("meeting", ""),
            )


def _is_people(cells: Sequence[str]) -> bool:
    """Return whether a header lists joins as Zoom does: by the name column, or by the columns around the times."""
    places = PEOPLE.places(cells)
    folded = [fold(cell) for cell in cells]
    return places is not None and (
        folded[places["name"]] != "name" or ("email" in places and bool({"durationminutes", "guest"} & set(folded)))
    )


def _meetings(path: Path, sink: Sink) -> list[_Meeting]:
    """Return the meetings in a file; rows without a meeting beside them belong to the one before the list."""
    found: dict[tuple[str, str], _Meeting] = {}
    before = _Meeting({})
    above: dict[str, int] | None = None
    beside: dict[str, int] = {}
    places: dict[str, int] | None = None
    width = last_width = 0
    last: _Meeting | None = None
    for _, cells in records(path, sink=sink):
        listed = _split(cells)
        if listed is not None:
            places, beside, width = listed[0], listed[1], len(cells)
            continue
        if places is None:
            if above is not None and not before.cells:
                before.cells = _cells(cells, above)
            above = above or MEETING.places(cells)
            continue
        sink.read_rows()
        own = _cells(cells, beside)
        key = (own.get("meeting", ""), own.get("started", ""))
        last = found.setdefault(key, _Meeting({**before.cells, **own}))
        last.rows.append(_cells(cells, places))
        last_width = len(cells)
    if places is None:
        raise no_header(path, PEOPLE)
    if last is not None and last_width < width:
        last.rows.pop()
        sink.drop(CUT_SHORT)
    return list(found.values())


def _split(cells: Sequence[str]) -> tuple[dict[str, int], dict[str, int]] | None:
    """Return where the columns of the list and those of the meeting are; None if this is no header of a list.

    Where both stand in one row, the host's address has the same title as the participant's and stands before the name.
    """
    layout = PEOPLE if _is_people(cells) else UNIQUE
    places = layout.places(cells)
    if places is None:
        return None
    folded = [fold(cell) for cell in cells]
    meeting = MEETING.places(cells) or {}
    after = [at for at, name in enumerate(folded) if name in map(fold, _EMAIL) and at > places["name"]]
    if after:
        places["email"] = after[0]
    if meeting.get("host") == places.get("email"):
        meeting.pop("host", None)
    return places, meeting


def _cells(cells: Sequence[str], places: dict[str, int]) -> dict[str, str]:
    return {column: cells[at] if at < len(cells) else "" for column, at in places.items()}


def _plain_name(cell: str, known: set[str]) -> str:
    """Return the original name in a cell such as ``Bri (Brian Smith)``, unless what is in brackets is no name of two words."""
    shown = shown_name(cell)
    outer, bracket, inner = shown.rpartition(" (")
    if not bracket or not inner.endswith(")"):
        return shown
    inner = inner[:-1].strip()
    if key_of(outer) in known and key_of(inner) not in known:
        return outer.strip()
    return inner if len(inner.split()) > 1 or key_of(inner) in known else shown
