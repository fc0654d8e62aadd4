"""Messages and their answers: one row per asker, recipient and day, with the first contact back by any channel.

A day is one knock on the door: three mails in a row ask once. Waiting is counted in working days of the recipient, so that
nobody's days away count, and what is not answered yet is known to be open, not late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from peerlens.ties.grouped import integers

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from peerlens.ties.clock import Ticks
    from peerlens.ties.ties import Ties

YEAR_DAYS = 364


def knocks(ties: Ties) -> ir.Table:
    """Return the small messages of 52 weeks by day, each with its first answer; made once for the same ties.

    Small: to at most ``small_message_size`` people; an ask, to at most ``close_message_size``. An answer is a message back at or
    after the same instant, or a meeting of at most ``close_meeting_size`` of both on a later day.

    Returns
    -------
    ibis Table
        ``sender_no, recipient_no, day_no`` (key); ``is_ask`` (any message of that day); ``is_reply`` (the
        last contact before it came from the recipient); ``channel``; ``back_day`` (null: none up
        to ``as_of``); ``waited`` (working days of the recipient up to the answer, or ``as_of``); ``next_day, next_channel`` (the
        sender's next such day with that recipient).
    """
    if "knocks" not in ties.worked_out:
        ties.worked_out["knocks"] = _make(ties)
    return ties.worked_out["knocks"]


def close_meetings(ties: Ties) -> ir.Table:
    """Return days on which two people were in a meeting of at most ``close_meeting_size``, a row each way."""
    days = ties.pair_days
    met = days.filter((days.smallest_meeting <= ties.settings.ties.close_meeting_size).fill_null(False))
    return ibis.union(
        met.select(sender_no="a_no", recipient_no="b_no", day_no="day_no"),
        met.select(sender_no="b_no", recipient_no="a_no", day_no="day_no"),
    )


def close_messages(ties: Ties) -> ir.Table | None:
    """Return messages up to ``as_of`` to at most ``close_message_size`` people, a row per recipient."""
    sent = ties.events.messages
    if sent is None:
        return None
    return sent.filter((sent.day_no <= ties.as_of_day) & (sent["size"] <= ties.settings.ties.close_message_size))


def _make(ties: Ties) -> ir.Table:
    settings, engine = ties.settings.ties, ties.engine
    sent = close_messages(ties)
    assert sent is not None
    recent = sent.filter(sent.day_no > ties.as_of_day - YEAR_DAYS)
    is_ask = recent.is_ask.fill_null(False)
    asking = recent.filter((recent["size"] <= settings.small_message_size) | is_ask)
    asking = asking.select(
        "sender_no",
        "recipient_no",
        "day_no",
        "at_s",
        "channel",
        is_ask=asking.is_ask.fill_null(False),
        back=ibis.null("int32"),
        turn=ibis.literal(0, "int8"),
    )
    nothing = {"channel": ibis.null("string"), "is_ask": ibis.literal(False), "turn": ibis.literal(1, "int8")}
    back = recent.select(
        sender_no="recipient_no", recipient_no="sender_no", day_no="day_no", at_s="at_s", back="day_no"
    ).mutate(**nothing)
    met = close_meetings(ties).filter(lambda t: t.day_no > ties.as_of_day - YEAR_DAYS)
    met = met.mutate(at_s=met.day_no.cast("int64") * 86_400, back=met.day_no, **nothing)
    columns = ("sender_no", "recipient_no", "day_no", "at_s", "channel", "is_ask", "back", "turn")
    rows = ibis.union(asking.select(*columns), back.select(*columns), met.select(*columns))
    # A contact back at the very instant counts as an answer: doubt speaks for the recipient.
    onwards = ibis.window(
        group_by=["sender_no", "recipient_no"], order_by=["at_s", "turn"], preceding=0, following=None
    )
    so_far = ibis.window(group_by=["sender_no", "recipient_no"], order_by=["at_s", "turn"])
    rows = rows.mutate(
        back_day=rows.back.min().over(onwards), is_reply=(rows.turn.lag().over(so_far) == 1).fill_null(False)
    ).filter(lambda t: t.turn == 0)
    # Of several on one day an ask stands for the day, else the first; both at one instant differ in nothing but the channel.
    first = ibis.window(
        group_by=["sender_no", "recipient_no", "day_no"],
        order_by=[ibis.desc("is_ask"), "at_s", "channel", "back_day", "is_reply"],
    )
    rows = rows.mutate(place=ibis.row_number().over(first)).filter(lambda t: t.place == 0)
    in_order = ibis.window(group_by=["sender_no", "recipient_no"], order_by="day_no")
    rows = rows.mutate(next_day=rows.day_no.lead().over(in_order), next_channel=rows.channel.lead().over(in_order))
    rows = rows.select(
        "sender_no", "recipient_no", "day_no", "is_ask", "is_reply", "channel", "back_day", "next_day", "next_channel"
    )
    return engine.map_groups(rows, Wait(ties.clock.ticks, rows.schema().to_pyarrow()), name="knocks")


@dataclass(frozen=True)
class Wait:
    """A step that adds to knocks how long they waited.

    Parameters
    ----------
    ticks
        Working days of everybody.
    given
        Columns of the rows that come in.
    """

    ticks: Ticks
    given: pa.Schema
    key = "recipient_no"

    @property
    def schema(self) -> pa.Schema:
        """The columns given, and ``waited``."""
        import pyarrow as pa

        return self.given.append(pa.field("waited", pa.int32()))

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Count the recipient's working days after the knock, up to the answer or the day of the question."""
        recipient, day = integers(rows, "recipient_no"), integers(rows, "day_no")
        until = integers(rows, "back_day", missing=self.ticks.last_day)
        waited = self.ticks.upto(recipient, until) - self.ticks.upto(recipient, day)
        return rows.append_column("waited", [waited.astype("int32")]).cast(self.schema)
