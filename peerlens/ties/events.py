"""Records to events: people become numbers, messages and meetings get their size.

Two tables with one row per message and recipient, and per meeting and attendee who did not decline. Later stages and
lenses read these; nothing after this stage sees a file again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from peerlens.errors import NotEnoughData

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.records import Records

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return days since 1970-01-01, the unit of every ``*_day`` column in the engine.

    Examples
    --------
    >>> day_number(date(1970, 1, 11))
    10
    """
    return (date(day.year, day.month, day.day) - EPOCH).days


def as_dates(days: pd.Series) -> pd.Series:
    """Turn day numbers into dates; missing stays missing."""
    import pandas as pd

    return pd.to_datetime(days.astype("float64"), unit="D", errors="coerce").astype("datetime64[s]")


@dataclass(frozen=True)
class Events:
    """Integer-coded messages and meetings.

    Parameters
    ----------
    ids
        One row per person ever seen or listed: ``person_no`` (int32, from 0 in the order of ids) and ``person_id``.
    messages
        ``message_no, at_s, day_no, sender_no, recipient_no, size`` (recipients of the message), ``channel``, ``source``,
        ``line``; None when no messages were read. Instants are seconds since 1970 in UTC.
    meetings
        ``meeting_no, start_s, end_s, day_no, attendee_no, organizer_no, size`` (people who did not decline),
        ``series_id, is_all_day, was_there, source, line``; None when no meetings were read.
    """

    ids: pd.DataFrame
    messages: ir.Table | None
    meetings: ir.Table | None


def make_events(records: Records) -> Events:
    """Number the people and size the events.

    Raises
    ------
    NotEnoughData
        Neither messages nor meetings were read.
    """
    if records.message_rows is None and records.meetings is None:
        raise NotEnoughData(
            "Ties need contact, and no messages or meetings were read: add messages.csv "
            "(sent_at, sender_id, recipient_id) or meetings.csv (meeting_id, started_at, ended_at, attendee_id)."
        )
    engine = records.engine
    messages = meetings = None
    if records.message_rows is not None:
        # A choice of columns of a table that is there already: nothing to compute, nothing to keep twice.
        messages = _message_events(records.message_rows)
    if records.meetings is not None:
        codes = engine.from_frame(records.ids, name="codes")
        meetings = engine.materialise(_meeting_events(records.meetings, codes), name="meeting_events")
        engine.drop(codes)
    return Events(records.ids, messages, meetings)


def _day_no(day: ir.DateValue) -> ir.IntegerValue:
    import ibis

    return day.delta(ibis.date(EPOCH.isoformat()), unit="day").cast("int32")


def _message_events(messages: ir.Table) -> ir.Table:
    import ibis

    return messages.select(
        "message_no",
        at_s=messages.sent_at.epoch_seconds().cast("int64"),
        day_no=_day_no(messages.day),
        sender_no="sender_no",
        recipient_no="recipient_no",
        size="recipients",
        channel=ibis.coalesce(messages.channel, "mail"),
        source="source",
        line="line",
    )


def _meeting_events(meetings: ir.Table, codes: ir.Table) -> ir.Table:
    import ibis

    there = meetings.filter(ibis.coalesce(meetings.response, "none") != "declined")
    sizes = there.group_by("meeting_no").agg(size=lambda t: t.attendee_id.nunique().cast("int32"))
    attendees = codes.select(attendee_no="person_no", attendee_id="person_id")
    organizers = codes.select(organizer_no="person_no", organizer_id="person_id")
    joined = there.join(sizes, "meeting_no").join(attendees, "attendee_id").left_join(organizers, "organizer_id")
    return joined.select(
        "meeting_no",
        start_s=joined.started_at.epoch_seconds().cast("int64"),
        end_s=joined.ended_at.epoch_seconds().cast("int64"),
        day_no=_day_no(joined.day),
        attendee_no="attendee_no",
        organizer_no="organizer_no",
        size="size",
        series_id="series_id",
        is_all_day="is_all_day",
        # An unanswered invitation does not show that the person was at work; no response column at all gives the benefit.
        was_there=(
            joined.response.isnull()
            | joined.response.isin(["accepted", "tentative"])
            | (joined.organizer_no == joined.attendee_no).fill_null(False)
        ),
        source="source",
        line="line",
    )
