"""Events to contact days: one row per unordered pair and day.

Everything a tie is measured from stands here, in integers, so that another ``as_of``, window or half-life never touches
an event again. Credit is kept in units of 1e-9 so that sums do not depend on the order of addition. Which channel a
message took stays with the events: no rule asks for it, and a row per channel would have to be added up twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from peerlens.ties.tally import count_if

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings
    from peerlens.ties.events import Events

CREDIT_UNIT = 1_000_000_000
"""integer units of one message to one person"""

BY_A, BY_NOBODY, BY_B = 0, 1, 3
"""who started a close contact, in two bits; BY_A and BY_B add up to 3, so the largest code is 3 less the smallest of 3 - code"""


@dataclass(frozen=True)
class ContactDays:
    """Contact days of pairs, and the days on which each person was active.

    Parameters
    ----------
    days
        ``a_no < b_no, day_no`` (key); ``credit_units``; ``sent_by_a, sent_by_b`` messages each way; ``small_by_a, small_by_b``
        those to at most ``small_message_size`` people; ``meetings``, ``seconds`` in them; ``smallest_message,
        smallest_meeting`` (people); ``first_low, first_high``: instant of the first close contact times four plus who
        started it, and plus three minus who, so that two starters in the same second show up as different. Sums and
        smallest values only: the contact days of two parts of a log add up to those of the whole.
    activity
        ``person_no, day_no``: days with a message sent or a meeting attended.
    """

    days: ir.Table
    activity: ir.Table


def make_contact_days(events: Events, settings: TieSettings, engine: Engine) -> ContactDays:
    """Add up messages and meetings by pair and day.

    Credit of a pair on a day is ``sum(1/k) + sum(2 min(h, 4)/(n - 1))`` over messages of k recipients and meetings of n people
    and h hours (Newman 2001 for the discount); of meetings that overlap, the one with most credit counts. The ceiling of a
    day applies when ties are made.
    """
    import ibis

    parts = []
    active = []
    if events.messages is not None:
        parts.append(_of_messages(events.messages, settings))
        active.append(events.messages.select(person_no="sender_no", day_no="day_no"))
    if events.meetings is not None:
        parts.append(_of_meetings(events.meetings, settings))
        timed = events.meetings.filter(lambda t: t.was_there & ~t.is_all_day)
        active.append(timed.select(person_no="attendee_no", day_no="day_no"))
    activity = ibis.union(*active) if len(active) > 1 else active[0]
    contacts = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return ContactDays(
        engine.materialise(_add_up(contacts), name="contact_days"),
        engine.materialise(activity.distinct(), name="activity"),
    )


def _add_up(contacts: ir.Table) -> ir.Table:
    return contacts.group_by(["a_no", "b_no", "day_no"]).agg(
        credit_units=contacts.units.sum().cast("int64"),
        sent_by_a=count_if(contacts.sent_by_a),
        sent_by_b=count_if(contacts.sent_by_b),
        small_by_a=count_if(contacts.small_by_a),
        small_by_b=count_if(contacts.small_by_b),
        meetings=contacts.meetings.sum().cast("int32"),
        seconds=contacts.seconds.sum().cast("int64"),
        smallest_message=contacts.smallest_message.min(),
        smallest_meeting=contacts.smallest_meeting.min(),
        first_low=contacts.low.min(),
        first_high=contacts.high.min(),
    )


def _of_messages(messages: ir.Table, settings: TieSettings) -> ir.Table:
    import ibis

    rows = messages.filter(messages.size <= settings.broadcast_size)
    by_a = rows.sender_no < rows.recipient_no
    small = rows.size <= settings.small_message_size
    is_close = rows.size <= settings.close_message_size
    who = by_a.ifelse(BY_A, BY_B)
    return rows.select(
        "day_no",
        a_no=ibis.least(rows.sender_no, rows.recipient_no),
        b_no=ibis.greatest(rows.sender_no, rows.recipient_no),
        units=(CREDIT_UNIT / rows.size).round().cast("int64"),
        sent_by_a=by_a,
        sent_by_b=~by_a,
        small_by_a=by_a & small,
        small_by_b=~by_a & small,
        meetings=ibis.literal(0, "int32"),
        seconds=ibis.literal(0, "int64"),
        smallest_message=rows["size"],
        smallest_meeting=ibis.null("int32"),
        low=is_close.ifelse(rows.at_s * 4 + who, None).cast("int64"),
        high=is_close.ifelse(rows.at_s * 4 + 3 - who, None).cast("int64"),
    )


def _of_meetings(meetings: ir.Table, settings: TieSettings) -> ir.Table:
    import ibis

    rows = meetings.filter((meetings.size <= settings.broadcast_size) & (meetings.size >= 2) & ~meetings.is_all_day)
    left = rows.select(
        "meeting_no", "start_s", "end_s", "day_no", "size", "series_id", "organizer_no", a_no="attendee_no"
    )
    right = rows.select("meeting_no", b_no="attendee_no")
    pairs = left.join(right, ["meeting_no", left.a_no < right.b_no])
    hours = ibis.least((pairs.end_s - pairs.start_s) / 3600, settings.max_meeting_hours)
    starter = ibis.cases(
        (pairs.series_id.notnull(), BY_NOBODY),
        (pairs.organizer_no == pairs.a_no, BY_A),
        (pairs.organizer_no == pairs.b_no, BY_B),
        else_=BY_NOBODY,
    )
    is_close = pairs.size <= settings.close_meeting_size
    pairs = pairs.mutate(
        units=(CREDIT_UNIT * settings.meeting_hour_credit * hours / (pairs.size - 1)).round().cast("int64"),
        low=is_close.ifelse(pairs.start_s * 4 + starter, None),
        high=is_close.ifelse(pairs.start_s * 4 + 3 - starter, None),
    )
    # Chains of overlapping meetings are one stretch of time: a new stretch begins where all earlier ones have ended.
    before = ibis.window(
        group_by=["a_no", "b_no", "day_no"],
        order_by=["start_s", "end_s", "meeting_no"],
        preceding=(None, 1),
    )
    up_to_now = ibis.window(
        group_by=["a_no", "b_no", "day_no"], order_by=["start_s", "end_s", "meeting_no"], preceding=None, following=0
    )
    pairs = pairs.mutate(earlier_end=pairs.end_s.max().over(before))
    pairs = pairs.mutate(begins=(pairs.earlier_end.isnull() | (pairs.start_s >= pairs.earlier_end)).cast("int32"))
    pairs = pairs.mutate(stretch=pairs.begins.sum().over(up_to_now))
    stretches = pairs.group_by(["a_no", "b_no", "day_no", "stretch"]).agg(
        meetings=pairs.count(),
        seconds=pairs.end_s.max() - pairs.start_s.min(),
        units=pairs.units.max(),
        smallest=pairs["size"].min(),
        low=pairs.low.min(),
        high=pairs.high.min(),
    )
    return stretches.select(
        "day_no",
        "a_no",
        "b_no",
        units=stretches.units.cast("int64"),
        sent_by_a=ibis.literal(False),
        sent_by_b=ibis.literal(False),
        small_by_a=ibis.literal(False),
        small_by_b=ibis.literal(False),
        meetings=stretches.meetings.cast("int32"),
        seconds=stretches.seconds.cast("int64"),
        smallest_message=ibis.null("int32"),
        smallest_meeting=stretches.smallest.cast("int32"),
        low=stretches.low.cast("int64"),
        high=stretches.high.cast("int64"),
    )
