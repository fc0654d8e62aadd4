"""Events to contact days: one row per unordered pair, day and channel.

Everything a tie is measured from stands here, in integers, so that another ``as_of``, window or half-life never touches
an event again. Credit is kept in units of 1e-9 so that sums do not depend on the order of addition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings
    from peerlens.ties.events import Events

CREDIT_UNIT = 1_000_000_000
"""integer units of one message to one person"""

BY_A, BY_NOBODY, BY_B = 0, 1, 3
"""who started a close contact, packed into two bits; BY_A + BY_B = 3 so that the largest is 3 minus the smallest of 3 - code"""


@dataclass(frozen=True)
class ContactDays:
    """Contact days of pairs, and the days on which each person was active.

    Parameters
    ----------
    days
        ``a_no < b_no, day_no, channel`` (key); ``sent_by_a, sent_by_b`` messages each way; ``small_by_a, small_by_b`` those to at
        most ``small_message_size`` people; ``meetings, minutes``; ``credit_units``; ``smallest_message, smallest_meeting``
        (people); ``first_low, first_high``: instant of the first close contact times four plus who started it, and plus
        three minus who, so that two starters in the same second show up as different.
    activity
        ``person_no, day_no``: days with a message sent or a meeting attended.
    """

    days: ir.Table
    activity: ir.Table


def make_contact_days(events: Events, settings: TieSettings, engine: Engine) -> ContactDays:
    """Add up messages and meetings by pair, day and channel.

    Credit of a pair on a day is ``sum(1/k)`` over messages of k recipients plus ``sum(2 min(h, 4)/(n - 1))`` over meetings of
    n people and h hours (Newman 2001 for the discount); of meetings that overlap, the one with most credit counts. The
    ceiling per day is applied when ties are made, over all channels together.
    """
    import ibis

    parts = []
    active = []
    if events.messages is not None:
        parts.append(_message_days(events.messages, settings))
        active.append(events.messages.select(person_no="sender_no", day_no="day_no"))
    if events.meetings is not None:
        parts.append(_meeting_days(events.meetings, settings))
        timed = events.meetings.filter(lambda t: t.was_there & ~t.is_all_day)
        active.append(timed.select(person_no="attendee_no", day_no="day_no"))
    days = ibis.union(*parts) if len(parts) > 1 else parts[0]
    activity = ibis.union(*active) if len(active) > 1 else active[0]
    return ContactDays(
        engine.materialise(days, name="contact_days"),
        engine.materialise(activity.distinct(), name="activity"),
    )


def _message_days(messages: ir.Table, settings: TieSettings) -> ir.Table:
    import ibis

    rows = messages.filter(messages.size <= settings.broadcast_size)
    by_a = rows.sender_no < rows.recipient_no
    small = rows.size <= settings.small_message_size
    who = by_a.ifelse(BY_A, BY_B)
    rows = rows.mutate(
        a_no=ibis.least(rows.sender_no, rows.recipient_no),
        b_no=ibis.greatest(rows.sender_no, rows.recipient_no),
        by_a=by_a.cast("int32"),
        by_b=(~by_a).cast("int32"),
        small_a=(by_a & small).cast("int32"),
        small_b=(~by_a & small).cast("int32"),
        units=(CREDIT_UNIT / rows.size).round().cast("int64"),
        low=(rows.size <= settings.close_message_size).ifelse(rows.at_s * 4 + who, None),
        high=(rows.size <= settings.close_message_size).ifelse(rows.at_s * 4 + 3 - who, None),
    )
    return rows.group_by(["a_no", "b_no", "day_no", "channel"]).agg(
        sent_by_a=rows.by_a.sum().cast("int32"),
        sent_by_b=rows.by_b.sum().cast("int32"),
        small_by_a=rows.small_a.sum().cast("int32"),
        small_by_b=rows.small_b.sum().cast("int32"),
        meetings=ibis.literal(0, "int32"),
        minutes=ibis.literal(0, "int32"),
        credit_units=rows.units.sum().cast("int64"),
        smallest_message=rows["size"].min().cast("int32"),
        smallest_meeting=ibis.null("int32"),
        first_low=rows.low.min().cast("int64"),
        first_high=rows.high.min().cast("int64"),
    )


def _meeting_days(meetings: ir.Table, settings: TieSettings) -> ir.Table:
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
    return (
        stretches.group_by(["a_no", "b_no", "day_no"])
        .agg(
            channel=ibis.literal("meeting"),
            sent_by_a=ibis.literal(0, "int32"),
            sent_by_b=ibis.literal(0, "int32"),
            small_by_a=ibis.literal(0, "int32"),
            small_by_b=ibis.literal(0, "int32"),
            meetings=stretches.meetings.sum().cast("int32"),
            minutes=(stretches.seconds.sum() // 60).cast("int32"),
            credit_units=stretches.units.sum().cast("int64"),
            smallest_message=ibis.null("int32"),
            smallest_meeting=stretches.smallest.min().cast("int32"),
            first_low=stretches.low.min().cast("int64"),
            first_high=stretches.high.min().cast("int64"),
        )
        .select(
            "a_no",
            "b_no",
            "day_no",
            "channel",
            "sent_by_a",
            "sent_by_b",
            "small_by_a",
            "small_by_b",
            "meetings",
            "minutes",
            "credit_units",
            "smallest_message",
            "smallest_meeting",
            "first_low",
            "first_high",
        )
    )
