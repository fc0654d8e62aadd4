"""Records to events: people become numbers, messages and meetings get their size.

Two tables with one row per message and recipient, and per meeting and attendee who did not decline. Later stages and
lenses read these; nothing after this stage sees a file again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from peerlens.errors import NotEnoughData

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.records import Records

OPTIONAL = {
    "messages": ("thread_id", "reply_to_id", "recipient_role", "is_ask", "is_thanks"),
    "meetings": ("organizer_id", "response", "series_id", "has_agenda"),
}
"""columns a log may lack, or hold and leave empty"""
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
        ``message_no, at_s, day_no, sender_no, recipient_no, size`` (recipients of the message), ``channel, recipient_role,
        is_ask, is_thanks`` (null where not known), ``source``, ``line``; None when no messages were read. Instants are
        seconds since 1970 in UTC. What a message answers stands in :attr:`threads`.
    make_meetings
        Makes :attr:`meetings`; None when no meetings were read.
    records
        What the two were made from.
    """

    ids: pd.DataFrame
    messages: ir.Table | None
    make_meetings: Callable[[], ir.Table] | None
    records: Records

    @cached_property
    def meetings(self) -> ir.Table | None:
        """Meetings, one row per attendee who did not decline; None when none were read.

        ``meeting_no, start_s, end_s, day_no, attendee_no, organizer_no, size`` (people who did not decline), ``series_id,
        has_agenda, is_all_day, was_there, source, line``. Made when first asked for: where contact days are kept, ties need none.
        """
        return None if self.make_meetings is None else self.make_meetings()

    def __getstate__(self) -> dict[str, Any]:
        # Whoever packs events up takes the table along, not the way to it, which holds meetings as they were read.
        return {"meetings": self.meetings, **vars(self), "make_meetings": None}

    @property
    def engine(self) -> Engine:
        """Where the tables live."""
        return self.records.engine

    @cached_property
    def threads(self) -> ir.Table | None:
        """Threads and answers, one row per message that has either; worked out when first asked for.

        ``message_no``; ``thread_no``, the number of the thread's first message (null without a thread); ``reply_to_no``, the
        number of the message it answers (null where that message was not read). None when no messages were read.
        """
        if self.records.message_rows is None:
            return None
        return self.engine.materialise(_threads(self.records.message_rows), name="threads")

    @cached_property
    def known(self) -> frozenset[str]:
        """Optional columns that hold anything, as ``messages.is_ask``."""
        tables = {"messages": self.records.message_rows, "meetings": self.records.meetings}
        found: set[str] = set()
        for name, table in tables.items():
            if table is not None:
                filled = self.engine.frame(table.agg(**{column: table[column].count() for column in OPTIONAL[name]}))
                found |= {f"{name}.{column}" for column in OPTIONAL[name] if filled[column].iloc[0]}
        return frozenset(found)


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
    messages = make_meetings = None
    if records.message_rows is not None:
        # A choice of columns of a table that is there already: nothing to compute, nothing to keep twice.
        messages = engine.view(_message_events(records.message_rows), name="message_events")
    if records.meetings is not None:
        make_meetings = partial(_made_meetings, records.meetings, records.ids, engine)
    return Events(records.ids, messages, make_meetings, records)


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
        recipient_role="recipient_role",
        is_ask="is_ask",
        is_thanks="is_thanks",
        source="source",
        line="line",
    )


def _threads(messages: ir.Table) -> ir.Table:
    import ibis

    # A message is a row per recipient; what it says of its thread is the same in each, and if not, the smallest counts.
    own = messages.group_by("message_no").agg(
        message_id=messages.message_id.min(), thread_id=messages.thread_id.min(), reply_to_id=messages.reply_to_id.min()
    )
    own = own.filter(own.message_id.notnull() | own.thread_id.notnull())
    first = own.filter(own.thread_id.notnull()).group_by("thread_id").agg(thread_no=lambda t: t.message_no.min())
    # An id that several senders used names no message.
    named = own.filter(own.message_id.notnull()).group_by(answered_id="message_id")
    named = named.having(lambda t: t.count() == 1).agg(reply_to_no=lambda t: t.message_no.min())
    joined = own.left_join(first, "thread_id").left_join(named, ibis._.reply_to_id == named.answered_id)
    rows = joined.select("message_no", "thread_no", "reply_to_no")
    return rows.filter(rows.thread_no.notnull() | rows.reply_to_no.notnull())


def _made_meetings(meetings: ir.Table, ids: pd.DataFrame, engine: Engine) -> ir.Table:
    codes = engine.from_frame(ids, name="codes")
    events = engine.materialise(_meeting_events(meetings, codes), name="meeting_events")
    engine.drop(codes)
    return events


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
        has_agenda="has_agenda",
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
