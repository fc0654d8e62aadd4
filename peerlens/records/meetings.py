"""Meetings: from lines of a calendar to one row per meeting and attendee."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from peerlens.records import events, instants
from peerlens.records.checks import Problems
from peerlens.records.flags import FlagWords, from_subject, hit_rates, with_subject
from peerlens.records.identities import LEFT_OUT, Who
from peerlens.records.sources import Source, large

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine

FLAGS = ("has_agenda", "is_private")
FILE_LINES = 1 << 40
"""more lines than any file has: file and line in one number, so that the first of both can be found in one go"""
PARTIES = ("attendee_id",)
"""columns that name people"""
COLUMNS = (
    "meeting_no",
    "meeting_id",
    "started_at",
    "ended_at",
    "day",
    "is_all_day",
    "organizer_id",
    "attendee_id",
    "response",
    "series_id",
    "has_agenda",
    "source",
    "line",
)
RESPONSES = {
    "accepted": ("accepted", "accept", "yes", "organizer", "organiser", "attending"),
    "tentative": ("tentative", "tentativelyaccepted", "tentatively accepted", "maybe"),
    "declined": ("declined", "decline", "no", "rejected"),
    "none": (
        "none",
        "needs-action",
        "needsaction",
        "needs action",
        "no response",
        "noresponse",
        "notresponded",
        "not responded",
        "pending",
        "unknown",
    ),
}


def load(
    source: Source,
    engine: Engine,
    problems: Problems,
    *,
    zone: str,
    number: int = 0,
    words: FlagWords | None = None,
) -> events.Loaded:
    """Read a file of the calendar into typed columns, a row per line; note what cannot be read and what ends before it starts."""
    import ibis

    raw, source = large(with_subject(source) if words is not None else source, engine)
    start, end = instants.parse(raw.started_at), instants.parse(raw.ended_at)
    people, has_lists = events.people_cell(engine, raw, "attendee_id", "attendee_ids")
    meeting_id = events.cell(raw, "meeting_id")
    answer = events.cell(raw, "response").lower()
    response = ibis.cases(
        *((answer.isin(words), name) for name, words in RESPONSES.items()), else_=ibis.literal("none", "string")
    )
    parsed = engine.materialise(
        raw.select(
            line=raw.line,
            start=start.wall,
            start_offset=start.offset_minutes,
            is_day=start.is_day,
            end=end.wall,
            end_offset=end.offset_minutes,
            is_blank=events.as_written(raw, "started_at").isnull() & meeting_id.isnull() & people.isnull(),
            meeting_id=meeting_id,
            people=people,
            organizer=events.as_written(raw, "organizer_id"),
            response=response if "response" in raw.columns else ibis.null("string"),
            is_odd=(answer.notnull() & ~answer.isin([word for words in RESPONSES.values() for word in words])),
            series_id=events.cell(raw, "series_id"),
            has_agenda=events.flag(raw, "has_agenda").coalesce(from_subject(raw, "has_agenda", words)),
            is_private=events.flag(raw, "is_private"),
            source=ibis.literal(number, "int32"),
        ),
        name="meetings_parsed",
    )
    walls = {"start": "started_at", "end": "ended_at"}
    found = events.check_instants(engine, raw, parsed, walls, problems, name=source.name)
    events.check_flags(engine, raw, FLAGS, problems, name=source.name)
    events.check_filled(engine, raw, parsed, "meeting_id", "the key of the meeting", problems, name=source.name)
    started_at, ended_at = _instants(parsed, zone, found["years"])
    backwards = parsed.filter(ended_at < started_at).line
    expected = ("an end after the start", "Correct or exchange started_at and ended_at.")
    events.report(engine, raw, raw.line.isin(backwards), "ended_at", expected, problems, name=source.name)
    day_only = engine.count(parsed.filter(parsed.is_day & parsed.start.notnull())) if found["naive"] else 0
    odd = engine.count(parsed.filter(parsed.is_odd))
    notes = (f"{odd:,} responses were not understood and read as none",) if odd else ()
    notes += hit_rates(raw, ("has_agenda",), words, engine)
    engine.drop(raw)
    part = events.Part(number, source, has_lists=has_lists, day_only=day_only, notes=notes, **found)
    return events.Loaded(parsed, (part,), (parsed,))


def _instants(table: ir.Table, zone: str, years: tuple[int, int]) -> tuple[ir.Value, ir.Value]:
    return (
        instants.to_instant(table.start, table.start_offset, zone, years),
        instants.to_instant(table.end, table.end_offset, zone, years),
    )


def written(loaded: events.Loaded, engine: Engine) -> set[str]:
    """Return every id in the calendar, as written."""
    table = loaded.table
    attendees = table.select(written=table.people).distinct()
    attendees = attendees.select(written=events.split(attendees.written, loaded.has_lists))
    organizers = table.select(written=table.organizer.fill_null("")).distinct()
    return set(engine.frame(organizers.union(attendees.distinct(), distinct=True))["written"])


def sort_out(loaded: events.Loaded, engine: Engine, who: Who, *, zone: str) -> events.Sorted:
    """Split lists, say who everyone is, and drop what is not a contact, counting it.

    Rows of one ``meeting_id`` and start are one meeting; where they differ in what belongs to the
    meeting, the latest end counts, and one private row makes the whole meeting private.
    """
    import ibis

    table = loaded.table
    rows = table.mutate(person=events.split(table.people, loaded.has_lists)).drop("people")
    organizers, attendees = who.table.view(), who.table.view()
    rows = rows.left_join(organizers, rows.organizer == organizers.written).select(
        rows, by=organizers.resolved, by_reason=organizers.reason
    )
    rows = rows.left_join(attendees, rows.person == attendees.written).select(
        rows,
        attendee_id=attendees.resolved,
        attendee_reason=attendees.reason,
        with_confidential=attendees.is_confidential.fill_null(False),
    )
    started_at, ended_at = _instants(rows, zone, loaded.years)
    rows = rows.mutate(started_at=started_at, ended_at=ended_at)
    start, end = (instants.to_local(rows[column], zone, loaded.years) for column in ("started_at", "ended_at"))
    is_whole_days = (start == start.truncate("D")) & (end == end.truncate("D")) & (end > start)
    rows = engine.materialise(
        rows.select(
            "source",
            "line",
            "meeting_id",
            "started_at",
            "ended_at",
            "attendee_id",
            "attendee_reason",
            "response",
            "series_id",
            "has_agenda",
            "is_blank",
            is_all_day=rows.is_day.fill_null(False) | is_whole_days,
            # A room or a list calls no meeting: such a meeting has no organizer.
            organizer_id=rows.by_reason.isnull().ifelse(rows.by, ibis.null("string")),
            is_out=(rows.by_reason == LEFT_OUT).fill_null(False)
            | rows.is_private.fill_null(False)
            | rows.with_confidential,
        ),
        name="meetings_rows",
    )
    span = events.span(engine, rows.started_at)
    sound = rows.filter(~rows.is_blank)
    place = sound.source.cast("int64") * FILE_LINES + sound.line
    groups = sound.group_by("meeting_id", "started_at").aggregate(
        ended_at=sound.ended_at.max(),
        is_all_day=sound.is_all_day.any(),
        organizer_id=sound.organizer_id.min(),
        series_id=sound.series_id.min(),
        has_agenda=sound.has_agenda.any(),
        is_out=sound.is_out.any(),
        first_place=place.min(),
    )
    groups = engine.materialise(
        groups.mutate(day=instants.local_day(groups.started_at, zone, loaded.years)), name="meetings_groups"
    )
    own = rows.select(
        "source", "line", "meeting_id", "started_at", "attendee_id", "attendee_reason", "response", "is_blank"
    )
    whole = own.left_join(groups, ["meeting_id", "started_at"]).select(own, is_out=groups.is_out)
    reason = ibis.cases(
        (whole.is_blank, events.EMPTY_LINE),
        (whole.is_out | (whole.attendee_reason == LEFT_OUT).fill_null(False), LEFT_OUT),
        (whole.attendee_id.isnull(), "no attendee named"),
        (whole.attendee_reason.notnull(), ibis.literal("attendee is ") + whole.attendee_reason),
        else_=ibis.null("string"),
    )
    judged = whole.select("source", "line", "meeting_id", "started_at", "attendee_id", "response", reason=reason)
    judged = engine.materialise(judged, name="meetings_judged")
    tallies = events.tally(engine, judged, loaded)
    kept = judged.filter(judged.reason.isnull()).drop("reason")
    engine.drop(*loaded.scratch, rows)
    # Meetings of nobody but rooms and lists are none.
    peopled = kept.select("meeting_id", "started_at").distinct().mutate(is_peopled=True)
    inside = groups.left_join(peopled, ["meeting_id", "started_at"]).select(groups, "is_peopled")
    inside = inside.filter(~inside.is_out & (inside.organizer_id.notnull() | inside.is_peopled.notnull()))
    inside = inside.drop("is_out", "is_peopled")
    return events.Sorted(
        kept, inside, inside.group_by("day").agg(events=inside.count()), tallies, (judged, groups), span
    )


def number(found: events.Sorted, engine: Engine, who: Who, *, last_day: date | None) -> events.Numbered:
    """Number the meetings, leave out implausible days and duplicates, add organizers who were not listed."""
    import ibis

    groups = found.groups
    if last_day is not None:
        groups = groups.filter(groups.day <= ibis.date(last_day.isoformat()))
    order = ibis.window(order_by=[groups.started_at, groups.meeting_id])
    numbers = engine.materialise(
        groups.mutate(meeting_no=(ibis.row_number().over(order) + 1).cast("int64")), name="meetings_numbers"
    )
    listed = found.kept.join(numbers, ["meeting_id", "started_at"])
    rows = engine.materialise(listed.select(*COLUMNS), name="meetings")
    rank = ibis.cases(
        (rows.response == "accepted", 0), (rows.response == "tentative", 1), (rows.response == "declined", 2), else_=3
    )
    rows, tallies = events.without_duplicates(
        rows, engine, ["meeting_no", "attendee_id"], [rank, rows.source, rows.line], tallies=found.tallies
    )
    calling = numbers.filter(numbers.organizer_id.notnull())
    missing = calling.anti_join(
        rows, (calling.meeting_no == rows.meeting_no) & (calling.organizer_id == rows.attendee_id)
    )
    has_responses = engine.count(rows.filter(rows.response.notnull()).limit(1)) > 0
    added = missing.mutate(
        attendee_id=missing.organizer_id,
        response=ibis.literal("accepted") if has_responses else ibis.null("string"),
        source=(missing.first_place // FILE_LINES).cast("int32"),
        line=missing.first_place % FILE_LINES,
    ).select(*COLUMNS)
    count = events.by_source(engine, added)
    table = engine.materialise(rows.union(added), name="meetings_all") if count else rows
    engine.drop(numbers)
    tallies = {number: replace(item, rows_added=count.get(number, 0)) for number, item in tallies.items()}
    return events.numbered(engine, table, tallies, PARTIES, who.ids)
