"""Meetings as arrays: one row per meeting and attendee, sorted out, numbered, and handed to the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from peerlens.records import events
from peerlens.records.arrays import clock, rows
from peerlens.records.arrays.cells import Cells, picked
from peerlens.records.arrays.handing import as_flags, handed_over
from peerlens.records.arrays.unusual import Unusual
from peerlens.records.identities import LEFT_OUT, Who
from peerlens.records.meetings import COLUMNS, FLAGS, RESPONSES
from peerlens.records.sources import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from peerlens.engine import Engine

KINDS = dict.fromkeys(("meeting_id", "organizer_id", "response", "series_id"), "string") | {"has_agenda": "boolean"}
"""columns that may be empty throughout"""
NOBODY = "no attendee named"
LAST = (1 << 31) - 1
"""after every person's number, and every place of a text"""
PERSONS = 1 << 28
"""more people than any log has: meeting and attendee in one number"""
RANKS = ("accepted", "tentative", "declined")
"""answers that count before all others, the first first"""


def load(source: Source, *, number: int, zone: str) -> rows.Loaded:
    """Read one file of the calendar.

    Raises
    ------
    Unusual
        It has to be read the general way.
    """
    import numpy as np
    import pyarrow as pa

    loaded = rows.load(source, number=number, zone=zone, keys=("started_at", "meeting_id"))
    cells = dict(loaded.cells)
    for column in ("meeting_id", "series_id", "response"):
        if column in cells:
            cells[column] = cells[column].stripped()
    start, end = loaded.instants["started_at"], loaded.instants["ended_at"]
    is_filled = start != clock.MISSING
    if (cells["meeting_id"].codes[is_filled] < 0).any():
        raise Unusual("a line without a meeting_id")
    if (end < start)[is_filled].any():
        raise Unusual("a meeting that ends before it starts")
    notes: tuple[str, ...] = ()
    if "response" in cells:
        answers = cells["response"].lowered()
        meaning = {word: name for name, words in RESPONSES.items() for word in words}
        known = [meaning.get(word) for word in answers.values.to_pylist()]
        odd = int(picked(np.array([name is None for name in known], dtype=bool), answers.codes, empty=False).sum())
        notes = (f"{odd:,} responses were not understood and read as none",) if odd else ()
        names = pa.array([name or "none" for name in known], pa.large_string())
        cells["response"] = answers.changed(names).filled("none")
    for column in cells.keys() & set(FLAGS):
        cells[column].flags()
    part = replace(loaded.parts[0], notes=notes)
    return replace(loaded, cells=cells, parts=(part,))


def written(loaded: rows.Loaded, engine: Engine) -> set[str]:
    """Return every id in the calendar, as written."""
    return {
        *loaded.column("organizer_id").values.to_pylist(),
        *rows.Rows.of(loaded.people).values.to_pylist(),
    }


@dataclass(frozen=True)
class Groups:
    """Meetings: rows of one ``meeting_id`` and start.

    Parameters
    ----------
    start, end, day
        When; the latest end counts.
    meeting
        Place of the id among its distinct ones.
    is_all_day, organizer, series, agenda
        What belongs to the meeting: yes if any row says so, else the smallest of what rows say; -1 for nothing.
    is_out
        Whether somebody or something in it is never looked at.
    first_line
        The first line of it.
    """

    start: np.ndarray
    end: np.ndarray
    day: np.ndarray
    meeting: np.ndarray
    is_all_day: np.ndarray
    organizer: np.ndarray
    series: np.ndarray
    agenda: np.ndarray
    is_out: np.ndarray
    first_line: np.ndarray


@dataclass(frozen=True)
class Sorted:
    """Rows kept so far, and what became of the others.

    Parameters
    ----------
    loaded
        The calendar.
    groups
        Its meetings.
    is_inside
        Those that count.
    line_at, group, attendee
        Of each row kept: its line, its meeting, and the number of the attendee.
    per_day
        ``day, events``.
    tallies, span, is_touched
        See :class:`peerlens.records.events.Sorted`.
    """

    loaded: rows.Loaded
    groups: Groups
    is_inside: np.ndarray
    line_at: np.ndarray
    group: np.ndarray
    attendee: np.ndarray
    per_day: pd.DataFrame
    tallies: dict[int, events.Tally]
    span: tuple[int, int] | None
    is_touched: bool = False

    def days(self, engine: Engine) -> pd.DataFrame:
        """Return ``day, events``."""
        return self.per_day

    def drop(self, engine: Engine) -> None:
        """Forget nothing: there is nothing in the engine yet."""


def sort_out(loaded: rows.Loaded, engine: Engine, who: Who, *, zone: str) -> Sorted:
    """Split lists, say who everyone is, and drop what is not a contact, counting it."""
    import numpy as np

    own = rows.Rows.of(loaded.people)
    by = loaded.column("organizer_id")
    organizers, attendees = rows.Judged(by.values, who), rows.Judged(own.values, who)
    attendee, reason = attendees.number[own.person], attendees.reason[own.person]
    names = tuple(f"attendee is {name}" if name not in ("", LEFT_OUT) else name for name in who.reasons)
    names = (*names, events.EMPTY_LINE, NOBODY)
    left_out = names.index(LEFT_OUT) if LEFT_OUT in names else -1
    is_out = organizers.reason[by.codes] == left_out
    if "is_private" in loaded.cells:
        is_out |= loaded.cells["is_private"].flags() == 1
    with_confidential = np.flatnonzero(attendees.is_confidential[own.person])
    is_out[with_confidential if own.line_at is None else own.line_at[with_confidential]] = True
    # A room or a list calls no meeting: such a meeting has no organizer.
    callers = np.where(organizers.reason == 0, organizers.number, -1)[by.codes]
    group_of_line, groups = _grouped(loaded, callers, is_out, zone=zone)
    group = own.spread(group_of_line)
    reason[(reason == 0) & (attendee < 0)] = names.index(NOBODY)
    if left_out >= 0 or groups.is_out.any():
        names = names if left_out >= 0 else (*names, LEFT_OUT)
        reason[picked(groups.is_out, group, empty=False)] = names.index(LEFT_OUT)
    reason[group < 0] = names.index(events.EMPTY_LINE)
    numbers, _ = loaded.places(own.line_at)
    tallies = rows.tallied(loaded, numbers, reason, names)
    kept = np.flatnonzero(reason == 0)
    group, attendee = group[kept], attendee[kept]
    # Meetings of nobody but rooms and lists are none.
    is_peopled = np.zeros(len(groups.start), dtype=bool)
    is_peopled[group] = True
    is_inside = ~groups.is_out & ((groups.organizer >= 0) | is_peopled)
    return Sorted(
        loaded,
        groups,
        is_inside,
        kept if own.line_at is None else own.line_at[kept],
        group,
        attendee,
        rows.days(groups.day[is_inside], less=groups.day[:0]),
        tallies,
        rows.span(loaded.instants["started_at"]),
    )


def _grouped(loaded: rows.Loaded, callers: np.ndarray, is_out: np.ndarray, *, zone: str) -> tuple[np.ndarray, Groups]:
    """Return the meeting of each line, -1 for empty ones, and the meetings.

    Where lines of one meeting differ in what belongs to it, the latest end counts, and one private line makes all of it private.
    """
    import numpy as np

    start, end = loaded.instants["started_at"], loaded.instants["ended_at"]
    meeting = loaded.cells["meeting_id"].codes
    sound = np.flatnonzero(start != clock.MISSING)
    order = sound[np.lexsort((start[sound], meeting[sound]))]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(start[order]) != 0) | (np.diff(meeting[order]) != 0)
    (firsts,) = np.nonzero(is_first)
    group = np.full(loaded.lines, -1, dtype="int64")
    group[order] = np.cumsum(is_first) - 1

    def whole(by_line: np.ndarray, way: np.ufunc) -> np.ndarray:
        return way.reduceat(by_line[order], firsts) if len(firsts) else by_line[:0]

    def least(codes: np.ndarray) -> np.ndarray:
        found = whole(np.where(codes < 0, LAST, codes), np.minimum)
        return np.where(found == LAST, -1, found)

    local_start, local_end = (clock.to_local(at[sound], zone) for at in (start, end))
    is_all_day = loaded.is_day.copy()
    is_all_day[sound] |= (local_start % clock.DAY == 0) & (local_end % clock.DAY == 0) & (local_end > local_start)
    series = loaded.column("series_id")
    # By text, not by place: "the smallest" must not depend on the order of lines.
    ranks = series.ranks()
    series_of_rank = np.append(np.argsort(ranks), -1)
    agenda = loaded.column("has_agenda").flags()
    own_start = start[order[firsts]]
    return group, Groups(
        start=own_start,
        end=whole(end, np.maximum),
        day=clock.local_day(own_start, zone),
        meeting=meeting[order[firsts]],
        is_all_day=whole(is_all_day, np.logical_or),
        organizer=least(callers),
        series=series_of_rank[least(picked(ranks, series.codes, empty=-1))],
        agenda=whole(agenda, np.maximum),
        is_out=whole(is_out, np.logical_or),
        first_line=whole(np.arange(loaded.lines), np.minimum),
    )


def number(found: Sorted, engine: Engine, who: Who, *, last_day: date | None) -> events.Numbered:
    """Number the meetings, leave out implausible days and duplicates, add organizers who were not listed."""
    import numpy as np
    import pyarrow as pa

    loaded, groups, is_inside = found.loaded, found.groups, found.is_inside
    if last_day is not None:
        is_inside = is_inside & (groups.day <= np.datetime64(last_day, "D").astype("int64"))
    (inside,) = np.nonzero(is_inside)
    rank = loaded.cells["meeting_id"].ranks()[groups.meeting[inside]]
    meeting_no = np.zeros(len(groups.start), dtype="int64")
    meeting_no[inside[np.lexsort((rank, groups.start[inside]))]] = np.arange(1, len(inside) + 1)

    stays = np.flatnonzero(is_inside[found.group])
    numbers, _ = loaded.places(found.line_at[stays])
    tallies = events.with_drops(found.tallies, rows.by_source(numbers), events.IMPLAUSIBLE)
    response = loaded.column("response")
    answer = response.codes[found.line_at[stays]]
    place = {name: at for at, name in enumerate(RANKS)}
    ranks = np.array([place.get(name, len(RANKS)) for name in response.values.to_pylist()], dtype="int64")
    pair = found.group[stays] * PERSONS + found.attendee[stays]
    # Lines rise with the place, file by file.
    order = np.argsort(pair * (len(RANKS) + 1) + picked(ranks, answer, empty=len(RANKS)), kind="stable")
    is_first = np.diff(pair[order], prepend=-1) != 0
    stays = np.sort(stays[order[is_first]])
    numbers, _ = loaded.places(found.line_at[stays])
    tallies = events.with_drops(tallies, rows.by_source(numbers), events.DUPLICATE)

    group, attendee, line_at = found.group[stays], found.attendee[stays], found.line_at[stays]
    is_listed = np.zeros(len(groups.start), dtype=bool)
    is_listed[group[groups.organizer[group] == attendee]] = True
    added = np.flatnonzero(is_inside & (groups.organizer >= 0) & ~is_listed)
    group, attendee = np.append(group, added), np.append(attendee, groups.organizer[added])
    answer = response.codes[line_at]
    of_added = np.full(len(added), len(response.values) if (answer >= 0).any() else -1)
    answers = Cells(
        np.append(answer, of_added), pa.concat_arrays([response.values, pa.array([RANKS[0]], response.values.type)])
    )
    numbers, lines = loaded.places(np.append(line_at, groups.first_line[added]))
    counts = rows.by_source(numbers[len(line_at) :])
    tallies = {at: replace(item, rows_added=counts.get(at, 0)) for at, item in tallies.items()}

    persons = Cells(groups.organizer, pa.array(who.ids["person_id"], pa.large_string()))
    texts = {
        "meeting_id": replace(loaded.cells["meeting_id"], codes=groups.meeting),
        "organizer_id": persons,
        "series_id": replace(loaded.column("series_id"), codes=groups.series),
    }
    texts = {name: cells for name, cells in texts.items() if cells.is_filled}
    flags = {"has_agenda": groups.agenda} if (groups.agenda >= 0).any() else {}

    def piece(at: np.ndarray) -> dict[str, Any]:
        own = group[at]
        return {
            "meeting_no": meeting_no[own],
            "started_at": groups.start[own].view("datetime64[us]"),
            "ended_at": groups.end[own].view("datetime64[us]"),
            "day": groups.day[own].astype("datetime64[D]"),
            "is_all_day": groups.is_all_day[own],
            "attendee_id": persons.values.take(attendee[at]),
            "source": numbers[at],
            "line": lines[at],
            **{name: cells.text(own) for name, cells in texts.items()},
            **({"response": answers.text(at)} if answers.is_filled else {}),
            **{name: as_flags(values[own]) for name, values in flags.items()},
        }

    table = handed_over(engine, piece, np.ones(len(group), dtype=bool), columns=COLUMNS, kinds=KINDS, name="meetings")
    seen = set(persons.values.take(np.unique(attendee)).to_pylist())
    return events.Numbered(table, tallies, rows.ends(groups.day[inside].tolist()), seen)
