"""Contact days to pairs: everything that is added up of a pair's days, and where the two stand, in one pass over arrays.

A :class:`SumUp` is a step that an engine hands whole pairs to (see :mod:`peerlens.engine.groups`), so DuckDB and Spark give the
same integers. Slices of some hundred thousand rows stay near the processor, and are shared out among its cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from peerlens.ties import quiet_features
from peerlens.ties.chart import in_words
from peerlens.ties.contact_days import BY_A, BY_B
from peerlens.ties.grouped import NONE, Arrays, Groups, as_table, in_order, integers, sliced, whole
from peerlens.ties.quiet_features import YEAR_DAYS

if TYPE_CHECKING:
    import pyarrow as pa

    from peerlens.settings import TieSettings
    from peerlens.ties.chart import Chart
    from peerlens.ties.clock import Ticks

QUARTER_DAYS = 91
QUARTERS = 4
_OF_PAIR = ("a_no", "b_no")
_ROWS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class SumUp:
    """A step from the days of pairs to their sums, one row per pair.

    Parameters
    ----------
    ticks
        Working days of everybody; its last day is ``as_of``.
    chart
        Where everybody stands.
    settings
        Windows and thresholds.
    first_day
        No day of a pair is earlier.
    cuts
        Past days of which the quiet chance wants to know.
    """

    ticks: Ticks
    chart: Chart
    settings: TieSettings
    first_day: int
    cuts: tuple[int, ...]
    key = "a_no"

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns of the result: ``of_ties`` and ``for_chances``."""
        import pyarrow as pa

        long = {"strength_units", "longest_pause", "gap_squares", *quiet_features.SUMS[:5]}
        long |= {f"credit_q{q + 1}" for q in range(QUARTERS)} | {f"days_{n}" for n in range(len(self.cuts))}
        names = (*_OF_PAIR, *_SUMS, *self.for_chances[len(_OF_PAIR) :])
        sums = [(name, pa.int64() if name in long else pa.int32()) for name in names]
        return pa.schema([*sums, *((name, getattr(pa, kind)()) for name, kind in _PLACES.items())])

    @property
    def of_ties(self) -> list[str]:
        """Columns that say what a tie is; those of :data:`MAY_LACK` may be missing."""
        return [*_OF_PAIR, *_SUMS, *_PLACES]

    @property
    def for_chances(self) -> list[str]:
        """Columns that only quiet chances ask for; ``NONE`` where nothing is known."""
        past = [f"{name}_{n}" for n in range(len(self.cuts)) for name in ("days", "seen")]
        return [*_OF_PAIR, *quiet_features.SUMS, *past]

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Add up the days of each pair."""
        import pyarrow as pa

        given = {name: integers(rows, name, missing=NONE) for name in _READ}
        order = in_order(*(given[name] for name in (*_OF_PAIR, "day_no")))
        if order is not None:
            given = {name: values[order] for name, values in given.items()}
        pairs = Groups.of(*(given[name] for name in _OF_PAIR))
        parts = [
            as_table(self.of_slice(part), self.schema, may_lack=MAY_LACK)
            for part in sliced(given, pairs, _ROWS_AT_ONCE)
        ]
        return pa.concat_tables([self.schema.empty_table(), *parts])

    @cached_property
    def weights(self) -> quiet_features.Weights:
        """What each day since ``first_day`` weighs at ``as_of``."""
        return quiet_features.weights(self.ticks.last_day - np.arange(self.first_day, self.ticks.last_day + 1))

    @cached_property
    def decay(self) -> np.ndarray:
        """What is left of the credit of each day since ``first_day``."""
        age = self.ticks.last_day - np.arange(self.first_day, self.ticks.last_day + 1)
        return quiet_features.decay(age, self.settings.half_life_days)

    def of_slice(self, days: Arrays) -> dict[str, np.ndarray | pa.Array]:
        """Add up the days of some pairs, given in order, and say where the two stand."""
        pairs = Groups.of(*(days[name] for name in _OF_PAIR))
        a_no, b_no = (days[name][pairs.starts] for name in _OF_PAIR)
        shared = self.ticks.shared(a_no, b_no)
        of_close = quiet_features.CloseDays.of(pairs, days["day_no"], days["is_close"])
        places = self.chart.places(a_no, b_no)
        return {
            "a_no": a_no,
            "b_no": b_no,
            **places,
            "direction_a": in_words(places["direction_a"]),
            "direction_b": in_words(places["direction_b"]),
            **self._all(pairs, days),
            **self._in_window(pairs, days, a_no, b_no),
            **self._close(of_close, days["starter"][of_close.rows], shared),
            **quiet_features.recent_sums(pairs, of_close, days, self.weights, first_day=self.first_day),
            **quiet_features.past_sums(pairs, of_close, days, self.cuts),
        }

    def _all(self, pairs: Groups, days: Arrays) -> Arrays:
        """Add up what does not depend on close contact, nor on the window."""
        day, credit = days["day_no"], days["credit_units"]
        quarter = np.minimum((self.ticks.last_day - day) // QUARTER_DAYS, QUARTERS)
        by_quarter = np.bincount(
            # Whole numbers below 2^53, so exact in any order.
            pairs.number * (QUARTERS + 1) + quarter, credit, minlength=len(pairs) * (QUARTERS + 1)
        ).reshape(len(pairs), QUARTERS + 1)  # fmt: skip
        return {
            "strength_units": pairs.sums(whole(credit * self.decay.take(day - self.first_day))),
            "first_day": day[pairs.starts],
            "last_any_day": day[pairs.ends - 1],
            **{f"credit_q{q + 1}": by_quarter[:, q] for q in range(QUARTERS)},
        }

    def _in_window(self, pairs: Groups, days: Arrays, a_no: np.ndarray, b_no: np.ndarray) -> Arrays:
        """Add up what counts in the window only."""
        since = self.ticks.last_day - 7 * self.settings.window_weeks + 1
        inside, recent = pairs.where(days["day_no"] >= since)
        day, meetings, by_a, by_b = (days[name][inside] for name in ("day_no", "meetings", "sent_by_a", "sent_by_b"))
        is_met = meetings > 0
        # Few days have a meeting: what is added up of meetings is added up of those.
        at, met = recent.where(is_met)
        found = {
            "meetings_w": met.sums(meetings[at]),
            "meeting_days_w": met.ends - met.starts,
            "minutes_w": met.sums(days["minutes"][inside][at]),
            "smallest_meeting_w": met.smallest(days["smallest_meeting"][inside][at]),
        }
        found = {name: met.spread(sums, NONE if name.startswith("smallest") else 0) for name, sums in found.items()}
        people = days["smallest_message"][inside]
        # Days without a message count as of a great many people.
        least = recent.smallest(people + (people == NONE) * _MANY)
        small_by_a, small_by_b = (days[name][inside] for name in ("small_by_a", "small_by_b"))
        taken = recent.counts(
            *self._knocks(recent, day, small_by_a, (by_b > 0) | is_met, b_no[recent.among]),
            *self._knocks(recent, day, small_by_b, (by_a > 0) | is_met, a_no[recent.among]),
        )
        found |= {
            "smallest_message_w": np.where(least >= _MANY + NONE, NONE, least),
            "sent_by_a_w": recent.sums(by_a),
            "sent_by_b_w": recent.sums(by_b),
            "decided_by_a": taken[0],
            "unanswered_by_a": taken[1],
            "decided_by_b": taken[2],
            "unanswered_by_b": taken[3],
        }
        return {name: recent.spread(sums, NONE if name.startswith("smallest") else 0) for name, sums in found.items()}

    def _knocks(
        self, recent: Groups, day: np.ndarray, sent: np.ndarray, is_back: np.ndarray, recipient: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Say of days with small messages one way whether it is known how they were taken, and which were let pass.

        Days, not messages: three mails in a row are one knock on the door. Contact back on the same day counts as an answer:
        days are what is known, and doubt speaks for the recipient. Unanswered is known once more of the recipient's working
        days than the limit have passed, whether contact came back late or not at all.
        """
        rows, asked = len(day), np.flatnonzero(sent)
        group, on = recent.number.take(asked), day.take(asked)
        # For each row the first, on or after it, with contact back; it may belong to another pair.
        after = np.full(rows + 1, rows)
        back = np.flatnonzero(is_back)
        after[back] = back
        after = np.minimum.accumulate(after[::-1])[::-1].take(asked)
        came_back = after < recent.ends.take(group)
        until = np.where(came_back, np.append(day, self.ticks.last_day).take(after), self.ticks.last_day)
        # Working days are no more than days, and are counted only where those are too many.
        late = np.flatnonzero(until - on > self.settings.reply_days)
        who = recipient.take(group.take(late))
        waited = self.ticks.upto(who, until.take(late)) - self.ticks.upto(who, on.take(late))
        is_late = np.zeros(len(asked), dtype=bool)
        is_late[late] = waited > self.settings.reply_days
        decided, unanswered = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
        decided[asked], unanswered[asked] = is_late | came_back, is_late
        return decided, unanswered

    def _close(self, close: quiet_features.CloseDays, starter: np.ndarray, shared: Ticks) -> Arrays:
        """Count close contact days, the weeks they fall into, pauses between them, and who began after a pause."""
        day, pairs, last_day = close.day, close.pairs, self.ticks.last_day
        who = pairs.among.take(pairs.number)
        ticked = shared.upto(who, day)
        # Working days strictly between this close contact day and the one before.
        pause, later = np.full(len(day), NONE), close.later
        pause[later] = ticked.take(later) - shared.at(who.take(later), day.take(later)) - ticked.take(later - 1)
        age = last_day - day
        in_year = age < YEAR_DAYS
        in_window = age < 7 * self.settings.window_weeks
        # ISO weeks run from Monday; 1970-01-01 was a Thursday. A week counts on its first close day within the year.
        week = (day + 3) // 7
        is_first = np.ones(len(day), dtype=bool)
        is_first[later] = (week.take(later) != week.take(later - 1)) | ~in_year.take(later - 1)
        starts = in_window & (pause >= self.settings.initiation_pause_days)
        in_52w, weeks, in_w, by_a, by_b = pairs.counts(
            in_year, in_year & is_first, in_window, starts & (starter == BY_A), starts & (starter == BY_B)
        )
        first, last = day[pairs.starts], day[pairs.ends - 1]
        # Days within the year are the last of each pair.
        first_52w = (
            np.where(in_52w > 0, day[np.minimum(pairs.ends - in_52w, len(day) - 1)], NONE) if len(day) else first
        )
        at_first, at_last = (shared.upto(pairs.among, end) for end in (first_52w, last))
        # A gap is a step from one contact day to the next: the working days between, and the day itself.
        squares = pairs.sums(np.where(in_year & (pause != NONE), (pause + 1) ** 2, 0))
        found = {
            "first_close_day": first,
            "last_close_day": last,
            "contact_days_52w": in_52w,
            "contact_weeks_52w": weeks,
            "contact_days_w": in_w,
            "longest_pause": pairs.largest(pause),
            "gap_squares": np.where(squares > 0, squares, NONE),
            "started_by_a": by_a,
            "started_by_b": by_b,
            "silence": shared.upto(pairs.among, np.full(len(pairs), last_day)) - at_last,
            "span": np.where(in_52w > 0, at_last - at_first, NONE),
        }
        counts = {"contact_days_52w", "contact_weeks_52w", "contact_days_w", "started_by_a", "started_by_b"}
        return {name: pairs.spread(sums, 0 if name in counts else NONE) for name, sums in found.items()}


_SUMS = (
    "strength_units", "first_day", "last_any_day", "meetings_w", "meeting_days_w", "minutes_w", "smallest_meeting_w",
    "smallest_message_w", "sent_by_a_w", "sent_by_b_w", *(f"credit_q{q + 1}" for q in range(QUARTERS)), "first_close_day",
    "last_close_day", "contact_days_52w", "contact_weeks_52w", "contact_days_w", "longest_pause",
    "gap_squares", "started_by_a", "started_by_b", "decided_by_a", "unanswered_by_a", "decided_by_b", "unanswered_by_b",
    "silence", "span",
)  # fmt: skip
_PLACES = {
    "direction_a": "string", "direction_b": "string", "is_peer_a": "bool_", "is_peer_b": "bool_", "is_open_a": "bool_",
    "is_open_b": "bool_", "in_people_a": "bool_", "in_people_b": "bool_", "department_a": "int32", "department_b": "int32",
    "is_cross_department": "bool_", "same_team": "bool_",
}  # fmt: skip
_READ = (
    *_OF_PAIR, "day_no", "credit_units", "sent_by_a", "sent_by_b", "small_by_a", "small_by_b", "meetings", "minutes",
    "smallest_message", "smallest_meeting", "is_close", "starter",
)  # fmt: skip
_MANY = 1 << 30
MAY_LACK = {
    "smallest_meeting_w", "smallest_message_w", "first_close_day", "last_close_day", "longest_pause",
    "gap_squares", "silence", "span", "department_a", "department_b",
}  # fmt: skip
"""what a pair may not have: without a close day, without a second one, without a day in the year or the window"""
