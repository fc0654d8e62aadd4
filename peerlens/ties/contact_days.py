"""Events to contact days: one row per unordered pair and day.

Everything a tie is measured from stands here, in integers, so that another ``as_of``, window or half-life never touches
an event again. Credit is kept in units of 1e-9 so that sums do not depend on the order of addition. Which channel a
message took stays with the events: no rule asks for it, and a row per channel would have to be added up twice.

The engine pairs people up (a meeting that is a broadcast never becomes pairs) and hands the pairs on; they are added up as
arrays, sorted once: nearly every pair and day is its own group, which a query adds up at several times the cost.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from peerlens.ties.grouped import NONE, Arrays, Groups, Keys, as_table, in_order, integers, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings
    from peerlens.ties.events import Events

CREDIT_UNIT = 1_000_000_000
"""integer units of one message to one person"""

BY_A, BY_NOBODY, BY_B = 0, 1, 3
"""who started a close contact, in two bits; BY_A and BY_B add up to 3, so the largest code is 3 less the smallest of 3 - code"""
NO_END = -1
"""the end of a message, which is no meeting"""
FAR = 1 << 60
"""added to the instant of what is no close contact, so that it comes after all that is"""
NO_SIZE = (1 << 15) - 1
"""more people than any message or meeting has"""
MOST_CELLS = 1 << 26
"""people times days above which days are sorted instead of marked on a board"""


@dataclass(frozen=True)
class ContactDays:
    """Contact days of pairs, and the days on which each person was active.

    Parameters
    ----------
    days
        ``a_no < b_no, day_no`` (key, and the order of rows); ``credit_units``; ``sent_by_a, sent_by_b`` messages each way;
        ``small_by_a, small_by_b`` whether any of them went to at most ``small_message_size`` people; ``meetings``, ``minutes``
        in them; ``smallest_message, smallest_meeting`` (people); ``is_close``, and ``starter`` of the first close contact:
        ``BY_A``, ``BY_B``, or ``BY_NOBODY`` (a series, a third person, both in the same second, or no close contact).
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
    met = None
    if events.messages is not None:
        parts.append(_of_messages(events.messages, settings))
        active.append(events.messages.select(person_no="sender_no", day_no="day_no"))
    if events.meetings is not None:
        met = engine.materialise(_of_meetings(events.meetings, settings), name="met")
        parts.append(met)
        timed = events.meetings.filter(lambda t: t.was_there & ~t.is_all_day)
        active.append(timed.select(person_no="attendee_no", day_no="day_no"))
    activity = ibis.union(*active) if len(active) > 1 else active[0]
    contacts = ibis.union(*parts) if len(parts) > 1 else parts[0]
    days = engine.map_groups(contacts, AddUp(settings), name="contact_days")
    if met is not None:
        engine.drop(met)
    return ContactDays(days, engine.map_groups(activity, EachDayOnce(), name="activity"))


def _of_messages(messages: ir.Table, settings: TieSettings) -> ir.Table:
    """Give every message the pair it connects, the smaller number first."""
    import ibis

    rows = messages.filter(messages.size <= settings.broadcast_size)
    return rows.select(
        a_no=ibis.least(rows.sender_no, rows.recipient_no),
        b_no=ibis.greatest(rows.sender_no, rows.recipient_no),
        day_no="day_no",
        start_s="at_s",
        end_s=ibis.literal(NO_END, "int64"),
        people=rows["size"],
        starter=(rows.sender_no < rows.recipient_no).ifelse(BY_A, BY_B).cast("int8"),
    )


def _of_meetings(meetings: ir.Table, settings: TieSettings) -> ir.Table:
    """Give every meeting the pairs who were in it."""
    import ibis

    rows = meetings.filter((meetings.size <= settings.broadcast_size) & (meetings.size >= 2) & ~meetings.is_all_day)
    left = rows.select(
        "meeting_no", "start_s", "end_s", "day_no", "size", "series_id", "organizer_no", a_no="attendee_no"
    )
    right = rows.select("meeting_no", b_no="attendee_no")
    pairs = left.join(right, ["meeting_no", left.a_no < right.b_no])
    starter = ibis.cases(
        (pairs.series_id.notnull(), BY_NOBODY),
        (pairs.organizer_no == pairs.a_no, BY_A),
        (pairs.organizer_no == pairs.b_no, BY_B),
        else_=BY_NOBODY,
    )
    return pairs.select("a_no", "b_no", "day_no", "start_s", "end_s", people="size", starter=starter.cast("int8"))


@dataclass(frozen=True)
class EachDayOnce:
    """A step from days on which people were seen to each of these days once: ``person_no, day_no``."""

    key = "person_no"

    @property
    def schema(self) -> pa.Schema:
        """Columns of the result."""
        import pyarrow as pa

        return pa.schema([("person_no", pa.int32()), ("day_no", pa.int32())])

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Mark the days on a board of people and days: quicker than sorting them."""
        import pyarrow as pa

        person, day = integers(rows, "person_no"), integers(rows, "day_no")
        first, since = (int(values.min()) if len(values) else 0 for values in (person, day))
        days = int(day.max()) - since + 1 if len(day) else 1
        at = (person.astype("int64") - first) * days + (day - since)
        if len(at) and int(at.max()) < MOST_CELLS:
            board = np.zeros(int(at.max()) + 1, dtype=bool)
            board[at] = True
            at = np.flatnonzero(board)
        else:
            at = np.unique(at)
        kind = pa.int32().to_pandas_dtype()
        return pa.table([(at // days + first).astype(kind), (at % days + since).astype(kind)], schema=self.schema)


@dataclass(frozen=True)
class AddUp:
    """A step from contacts of pairs to their contact days.

    Parameters
    ----------
    settings
        What is close, what is small, and what an hour counts.
    """

    settings: TieSettings
    key = "a_no"

    @property
    def schema(self) -> pa.Schema:
        """Columns of the result, as in :class:`ContactDays`."""
        import pyarrow as pa

        short, long, small, yes = pa.int32(), pa.int64(), pa.int16(), pa.bool_()
        return pa.schema(
            [
                ("a_no", short), ("b_no", short), ("day_no", short), ("credit_units", long),
                ("sent_by_a", short), ("sent_by_b", short), ("small_by_a", yes), ("small_by_b", yes),
                ("meetings", short), ("minutes", short), ("smallest_message", small), ("smallest_meeting", small),
                ("is_close", yes), ("starter", pa.int8()),
            ]
        )  # fmt: skip

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Add up meetings first; then messages, with the days of meetings among them."""
        import pyarrow as pa

        given = {name: integers(rows, name) for name in (*_KEYS, "start_s", "end_s", "people", "starter")}
        is_meeting = given["end_s"] != NO_END
        meetings, messages = np.flatnonzero(is_meeting), np.flatnonzero(~is_meeting)
        met = _meeting_days({name: values.take(meetings) for name, values in given.items()}, self.settings)
        sent = {name: values.take(messages) for name, values in given.items()} if len(meetings) else given
        days = _Days.of(sent, met, self.settings)
        return pa.concat_tables(
            [
                self.schema.empty_table(),
                *(as_table(days.add_up(part), self.schema, may_lack=_MAY_LACK) for part in days.slices()),
            ]
        )


_KEYS = ("a_no", "b_no", "day_no")
_MAY_LACK = ("smallest_message", "smallest_meeting")
_CODE_BITS = 2
"""of who started"""
COUNT_BITS = 31
"""of the messages one way"""
_ROWS_AT_ONCE = 1 << 18
"""rows of a slice that stays near the processor"""


def _meeting_days(rows: Arrays, settings: TieSettings) -> Arrays:
    """Add up meetings; those that overlap, in chains, are one stretch of time in which the one with most credit counts."""
    keys, order = _packed(rows)
    packed = keys.packed[order]
    days = Groups.of(packed)
    length = (rows["end_s"] - rows["start_s"])[order]
    within = in_order(days.number, rows["start_s"][order], length)
    order = order if within is None else order[within]
    start, end, people, starter = (rows[name][order] for name in ("start_s", "end_s", "people", "starter"))
    # The latest end so far, each day of a pair lifted above those before it; a stretch begins where all earlier ones have ended.
    lifted = end + days.number * (int(np.ptp(end)) + 1 if len(end) else 1)
    reach = np.maximum.accumulate(lifted) - lifted + end
    begins = np.ones(len(start), dtype=bool)
    begins[1:] = start[1:] >= reach[:-1]
    begins[days.starts] = True
    stretches = Groups(np.flatnonzero(begins), len(start))
    hours = np.minimum((end - start) / 3600, settings.max_meeting_hours)
    credit = stretches.largest(whole(CREDIT_UNIT * settings.meeting_hour_credit * hours / (people - 1)))
    of_days = Groups(np.searchsorted(stretches.starts, days.starts), len(stretches))
    far = np.where(people <= settings.close_meeting_size, 0, FAR)
    code = starter.astype("int64")
    return {
        **dict(zip(_KEYS, keys.unpacked(packed[days.starts]), strict=True)),
        "credit_units": of_days.sums(credit),
        "meetings": days.ends - days.starts,
        "minutes": of_days.sums(stretches.largest(end) - start[stretches.starts]) // 60,
        "smallest_meeting": np.minimum(days.smallest(people), NO_SIZE - 1),
        "first_low": days.smallest((start << _CODE_BITS) + code + far),
        "first_high": days.smallest((start << _CODE_BITS) + 3 - code + far),
    }


@dataclass(frozen=True)
class _Days:
    """Messages in order of pair and day, and what was added up of meetings sorted in among them, as messages to nobody.

    Parameters
    ----------
    keys
        How pairs and days are packed.
    packed
        Pair and day of each row.
    order
        Where each row stood: a message, or beyond all of them the day of a meeting.
    code
        Recipients of each row, and who sent it, in one small number; 0 for meetings.
    start
        Instant of each row, times four; 0 for meetings.
    met
        Sums of meetings.
    sent
        Number of messages.
    settings
        In force.
    """

    keys: Keys
    packed: np.ndarray
    order: np.ndarray
    code: np.ndarray
    start: np.ndarray
    met: Arrays
    sent: int
    settings: TieSettings

    @classmethod
    def of(cls, messages: Arrays, met: Arrays, settings: TieSettings) -> _Days:
        """Sort messages and days of meetings."""
        both = {name: np.concatenate([messages[name], met[name]]) for name in _KEYS}
        keys, order = _packed(both)
        sent = len(messages["a_no"])
        code = np.zeros(len(order), dtype=np.min_scalar_type(settings.broadcast_size + 1 << _CODE_BITS))
        code[:sent] = (messages["people"] << _CODE_BITS) + messages["starter"]
        start = np.zeros(len(order), dtype="int64")
        start[:sent] = messages["start_s"]
        start <<= _CODE_BITS
        return cls(keys, keys.packed[order], order, code, start, met, sent, settings)

    def slices(self) -> list[slice]:
        """Cut the rows into slices of whole days that stay near the processor."""
        ends = np.arange(_ROWS_AT_ONCE, len(self.packed), _ROWS_AT_ONCE)
        ends = np.unique(np.searchsorted(self.packed, self.packed[ends]))
        edges = [0, *ends[ends > 0].tolist(), len(self.packed)]
        return [slice(first, last) for first, last in itertools.pairwise(edges)]

    @cached_property
    def tables(self) -> Arrays:
        """What a message adds, by its code: it depends on two small numbers only."""
        settings = self.settings
        size, starter = np.divmod(np.arange(settings.broadcast_size + 1 << _CODE_BITS), 1 << _CODE_BITS)
        is_one, is_small = size > 0, (size > 0) & (size <= settings.small_message_size)
        far = np.where(is_one & (size <= settings.close_message_size), 0, FAR)
        by_whom = np.where(starter == BY_A, 1, 1 << COUNT_BITS)
        return {
            "credit_units": whole(CREDIT_UNIT / np.maximum(size, 1)) * is_one,
            "sent": by_whom * is_one,
            "small": np.where(starter == BY_A, 1, 2).astype("uint8") * is_small,
            "smallest_message": np.where(is_one, np.minimum(size, NO_SIZE - 1), NO_SIZE).astype("int16"),
            "first_low": starter + far,
            "first_high": 3 - starter + far,
        }

    def add_up(self, part: slice) -> Arrays:
        """Add up the rows of a slice."""
        packed, order = self.packed[part], self.order[part]
        days, code, start = Groups.of(packed), self.code[order], self.start[order]
        adds = {name: table[code] for name, table in self.tables.items()}
        sent, small = days.sums(adds["sent"]), days.any_of(adds["small"])
        least = days.smallest(adds["smallest_message"])
        low, high = (days.smallest(start + adds[name]) for name in ("first_low", "first_high"))
        credit = days.sums(adds["credit_units"])
        # Where the day of each meeting came to stand; no two stand in one place.
        at = np.flatnonzero(order >= self.sent)
        here, which = np.searchsorted(days.starts, at, side="right") - 1, order[at] - self.sent
        credit[here] += self.met["credit_units"][which]
        low[here] = np.minimum(low[here], self.met["first_low"][which])
        high[here] = np.minimum(high[here], self.met["first_high"][which])
        of_meetings = {
            "meetings": np.zeros(len(days), dtype="int32"),
            "minutes": np.zeros(len(days), dtype="int32"),
            "smallest_meeting": np.full(len(days), NONE, dtype="int16"),
        }
        for name, values in of_meetings.items():
            values[here] = self.met[name][which]
        # Two starters in the first second show up as different codes.
        first, last = low & 3, 3 - (high & 3)
        is_close = low < FAR
        return {
            **dict(zip(_KEYS, self.keys.unpacked(packed[days.starts]), strict=True)),
            "credit_units": credit,
            "sent_by_a": sent & (1 << COUNT_BITS) - 1,
            "sent_by_b": sent >> COUNT_BITS,
            "small_by_a": small & 1 > 0,
            "small_by_b": small > 1,
            "smallest_message": np.where(least == NO_SIZE, NONE, least),
            **of_meetings,
            "is_close": is_close,
            "starter": np.where(is_close & (first == last), first, BY_NOBODY),
        }


def _packed(rows: Arrays) -> tuple[Keys, np.ndarray]:
    """Pack pair and day of rows, and return the positions that put them in order."""
    keys = Keys.of(*(rows[name] for name in _KEYS))
    if keys is None:
        raise OverflowError("pairs and days take more than 63 bits: over ten million people")
    return keys, keys.order()
