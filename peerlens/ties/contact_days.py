"""Events to contact days: one row per unordered pair and day.

Everything a tie is measured from stands here, in integers, so that another ``as_of``, window or half-life never touches
an event again. Credit is kept in units of 1e-9 so that sums do not depend on the order of addition. Which channel a
message took stays with the events: no rule asks for it, and a row per channel would have to be added up twice.

The engine pairs people up (a meeting that is a broadcast never becomes pairs) and hands the pairs on; they are added up as
arrays, sorted once: nearly every pair and day is its own group, which a query adds up at several times the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from peerlens.ties.grouped import NONE, Arrays, Groups, as_one, as_table, in_order, integers, whole

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
NEVER = np.iinfo("int64").max
"""an instant after all others: no close contact"""
NO_SIZE = np.iinfo("int32").max
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
        ``small_by_a, small_by_b`` those to at most ``small_message_size`` people; ``meetings``, ``seconds`` in them;
        ``smallest_message, smallest_meeting`` (people); ``first_low, first_high``: instant of the first close contact times
        four plus who started it, and plus three minus who, so that two starters in the same second show up as different.
        Sums and smallest values only: the contact days of two parts of a log add up to those of the whole.
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
        return pa.table(
            [(at // days + first).astype(kind), (at % days + since).astype(kind)], schema=self.schema
        )


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

        short, long = pa.int32(), pa.int64()
        return pa.schema(
            [
                ("a_no", short), ("b_no", short), ("day_no", short), ("credit_units", long),
                ("sent_by_a", short), ("sent_by_b", short), ("small_by_a", short), ("small_by_b", short),
                ("meetings", short), ("seconds", long), ("smallest_message", short), ("smallest_meeting", short),
                ("first_low", long), ("first_high", long),
            ]
        )  # fmt: skip

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Add up messages and meetings apart, then lay the one beside the other."""
        given = {name: integers(rows, name) for name in (*_KEYS, "start_s", "end_s", "people", "starter")}
        is_meeting = given["end_s"] != NO_END
        met = {name: values[is_meeting] for name, values in given.items()}
        sent = {name: values[~is_meeting] for name, values in given.items()} if len(met["a_no"]) else given
        sums = _laid_out(_add_messages(sent, self.settings), _add_meetings(met, self.settings))
        for name, nothing in _NOTHING.items():
            np.putmask(sums[name], sums[name] == nothing, NONE)
        return as_table([sums], self.schema, may_lack=_NOTHING)


_KEYS = ("a_no", "b_no", "day_no")
_NOTHING = {"smallest_message": NO_SIZE, "smallest_meeting": NO_SIZE, "first_low": NEVER, "first_high": NEVER}
"""what stands in a column where there is nothing, if it is not 0"""


def _add_messages(rows: Arrays, settings: TieSettings) -> Arrays:
    order, days, keys = _by_day(rows)
    start, people, starter = (rows[name][order] for name in ("start_s", "people", "starter"))
    by_a, small = starter == BY_A, people <= settings.small_message_size
    sent_by_a, sent_by_b, small_by_a, small_by_b = days.counts(by_a, ~by_a, by_a & small, ~by_a & small)
    return {
        **keys,
        "credit_units": days.sums(whole(CREDIT_UNIT / people)),
        "sent_by_a": sent_by_a,
        "sent_by_b": sent_by_b,
        "small_by_a": small_by_a,
        "small_by_b": small_by_b,
        "smallest_message": days.smallest(people),
        **_first_close(days, start, starter, people <= settings.close_message_size),
    }


def _add_meetings(rows: Arrays, settings: TieSettings) -> Arrays:
    """Add up meetings; those that overlap, in chains, are one stretch of time in which the one with most credit counts."""
    order, days, keys = _by_day(rows)
    length = (rows["end_s"] - rows["start_s"])[order]
    within = in_order(days.number, rows["start_s"][order], length)
    order = order if within is None else order[within]
    start, end, people, starter = (rows[name][order] for name in ("start_s", "end_s", "people", "starter"))
    # The latest end so far, each day of a pair lifted above those before it; a stretch begins where all earlier ones have ended.
    lifted = end + days.number.astype("int64") * (int(np.ptp(end)) + 1 if len(end) else 1)
    reach = np.maximum.accumulate(lifted) - lifted + end
    begins = np.ones(len(start), dtype=bool)
    begins[1:] = start[1:] >= reach[:-1]
    begins[days.starts] = True
    stretches = Groups(np.flatnonzero(begins), len(start))
    hours = np.minimum((end - start) / 3600, settings.max_meeting_hours)
    credit = stretches.largest(whole(CREDIT_UNIT * settings.meeting_hour_credit * hours / (people - 1)))
    of_days = Groups(np.searchsorted(stretches.starts, days.starts), len(stretches))
    return {
        **keys,
        "credit_units": of_days.sums(credit),
        "meetings": days.ends - days.starts,
        "seconds": of_days.sums(stretches.largest(end) - start[stretches.starts]),
        "smallest_meeting": days.smallest(people),
        **_first_close(days, start, starter, people <= settings.close_meeting_size),
    }


def _by_day(rows: Arrays) -> tuple[np.ndarray, Groups, Arrays]:
    """Return the positions of rows in order of pair and day, the groups they then form, and each group's pair and day."""
    order = in_order(*(rows[name] for name in _KEYS))
    if order is None:
        order = np.arange(len(rows["a_no"]))
    keys = {name: rows[name][order] for name in _KEYS}
    days = Groups.of(*keys.values())
    return order, days, {name: values[days.starts] for name, values in keys.items()}


def _first_close(days: Groups, start: np.ndarray, starter: np.ndarray, is_close: np.ndarray) -> Arrays:
    at, code = start * 4, starter.astype("int64")
    return {
        "first_low": days.smallest(np.where(is_close, at + code, NEVER)),
        "first_high": days.smallest(np.where(is_close, at + 3 - code, NEVER)),
    }


def _laid_out(messages: Arrays, meetings: Arrays) -> Arrays:
    """Join sums of messages and of meetings, both in order of pair and day; a day may be in both."""
    if not len(meetings["a_no"]):
        meetings = {name: values[:0] for name, values in meetings.items()}
    both = [np.concatenate([messages[name], meetings[name]]) for name in _KEYS]
    key, first = as_one(*both), len(messages["a_no"])
    if key is None:
        key = np.unique(np.column_stack(both), axis=0, return_inverse=True)[1].ravel()
    # Where each day of a meeting belongs among those of messages, and whether it is there already.
    at = np.searchsorted(key[:first], key[first:])
    is_there = np.zeros(len(at), dtype=bool)
    is_there[at < first] = key[:first][at[at < first]] == key[first:][at < first]
    before = np.bincount(at[~is_there], minlength=first + 1)
    place = np.arange(first) + np.cumsum(before)[:first]
    place_met = np.empty(len(at), dtype="int64")
    place_met[is_there] = place[at[is_there]]
    place_met[~is_there] = at[~is_there] + np.arange(np.count_nonzero(~is_there))
    days = first + np.count_nonzero(~is_there)
    found: Arrays = {}
    for sums, here in ((messages, place), (meetings, place_met)):
        for name, values in sums.items():
            if name not in found:
                found[name] = np.full(days, _NOTHING.get(name, 0), dtype=values.dtype)
                found[name][here] = values
            elif name in _KEYS:
                found[name][here] = values
            else:
                join = np.minimum if name in _NOTHING else np.add
                found[name][here] = join(found[name][here], values)
    return found
