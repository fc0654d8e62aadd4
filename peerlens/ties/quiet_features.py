"""What is known of a tie on a day that bears on whether it goes quiet: the same sums when learning and when asked.

Only days up to ``cut`` and after ``cut - 364`` are read. Integers are added up, so that the order of addition changes
nothing; logarithms are taken once at the end. The sums of today, and what of the past concerns everybody, ride along when pairs
are measured (:mod:`peerlens.ties.pair_sums`); the rest of the past is added up for the few pairs learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.blocks import over_blocks, parts
from peerlens.ties.contact_days import CREDIT_UNIT
from peerlens.ties.grouped import NONE, Arrays, Groups, as_table, in_order, integers, pair_key, whole
from peerlens.ties.means import add_means

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from peerlens.engine import Engine

YEAR_DAYS = 364
_ROWS_AT_ONCE = 50_000
UNIT = 1_000_000
"""integer units of one contact day on the day itself"""
FAINT = UNIT // 10
"""decayed contact days below which a tie no longer counts as a shared contact"""
FEATURES = {
    "weeks_90": -1,
    "weeks_30": -1,
    "days_90": -1,
    "any_90": -1,
    "credit_60": -1,
    "recency": 1,
    "shared": -1,
    "active_less": 0,
    "active_more": 0,
    "gone": 1,
}
"""the inputs, and which way each may move the chance of silence (0: either); the first is trusted most (see quiet_model)"""
SUMS = ("weeks_90", "weeks_30", "days_90", "any_90", "credit_60", "last_day", "last_seen")


@dataclass(frozen=True)
class Weights:
    """What days weigh in a question asked so many days after them; nothing outside the 364 days up to it.

    Parameters
    ----------
    is_known
        Whether a day lies in those 364.
    week
        Weeks back.
    unit_90, unit_30
        Of a contact day, in ``UNIT``; half-lives in the names.
    share_60
        Of its credit.
    """

    is_known: np.ndarray
    week: np.ndarray
    unit_90: np.ndarray
    unit_30: np.ndarray
    share_60: np.ndarray


@dataclass(frozen=True)
class CloseDays:
    """The close contact days among the days of pairs.

    Parameters
    ----------
    day
        Their day numbers, in order of pair and day.
    pairs
        The pairs that have any, as groups of ``day``.
    later
        Positions in ``day`` with another close day of the same pair just before.
    rows
        Which of the days of pairs these are.
    """

    day: np.ndarray
    pairs: Groups
    later: np.ndarray
    rows: np.ndarray | slice

    @classmethod
    def of(cls, pairs: Groups, day: np.ndarray, is_close: np.ndarray) -> CloseDays:
        """Pick the close ones among the days of pairs."""
        rows, own = pairs.where(is_close)
        is_first = np.zeros(own.rows, dtype=bool)
        is_first[own.starts] = True
        return cls(day[rows], own, np.flatnonzero(~is_first), rows)


def weights(age: np.ndarray) -> Weights:
    """Work out what days weigh that lie so many days back."""
    is_known = (age >= 0) & (age < YEAR_DAYS)
    return Weights(
        is_known,
        age // 7,
        whole(decay(age, 90.0) * UNIT) * is_known,
        whole(decay(age, 30.0) * UNIT) * is_known,
        decay(age, 60.0) * is_known,
    )


def recent_sums(pairs: Groups, close: CloseDays, days: Arrays, of_day: Weights, *, first_day: int) -> Arrays:
    """Add up the days of pairs for a question: ``SUMS``.

    Parameters
    ----------
    pairs
        Groups of ``days``.
    close
        The close ones of them.
    days
        ``day_no, credit_units``, up to the day of the question.
    of_day
        What each day since ``first_day`` weighs in the question.
    first_day
        Day number of the first weight.

    Returns
    -------
    dict of str to numpy.ndarray
        ``weeks_90, weeks_30``: per week the youngest close day; ``days_90, any_90, credit_60``: all close days, all days, and
        their credit; each decayed by the half-life in its name, in ``UNIT``. ``last_day, last_seen``: last close day, last day,
        ``NONE`` where none is known.
    """
    at, at_close = days["day_no"] - first_day, close.day - first_day
    week, later = of_day.week.take(at_close), close.later
    # Only the last close day of a week counts in it.
    outdone = later[week.take(later) == week.take(later - 1)] - 1
    brought_90, brought_30 = of_day.unit_90.take(at_close), of_day.unit_30.take(at_close)
    own = {"days_90": close.pairs.sums(brought_90)}
    for name, brought in (("weeks_90", brought_90), ("weeks_30", brought_30)):
        brought[outdone] = 0
        own[name] = close.pairs.sums(brought)
    last, last_close = days["day_no"].take(pairs.ends - 1), close.day.take(close.pairs.ends - 1)
    credit = days["credit_units"].astype(float) * UNIT / CREDIT_UNIT
    return {
        **{name: close.pairs.spread(sums, 0) for name, sums in own.items()},
        "any_90": pairs.sums(of_day.unit_90.take(at)),
        "credit_60": pairs.sums(whole(of_day.share_60.take(at) * credit)),
        "last_day": close.pairs.spread(np.where(of_day.is_known.take(last_close - first_day), last_close, NONE), NONE),
        "last_seen": np.where(of_day.is_known.take(last - first_day), last, NONE),
    }


def past_sums(pairs: Groups, close: CloseDays, days: Arrays, cuts: Sequence[int]) -> Arrays:
    """Add up what of past days concerns everybody: decayed close days and the last day seen, ``days_<n>, seen_<n>`` per cut.

    Parameters
    ----------
    pairs, close, days
        As for :func:`recent_sums`.
    cuts
        The past days, as day numbers.
    """
    found: Arrays = {}
    day = days["day_no"]
    first = int(day.min()) if len(day) else 0
    for position, cut in enumerate(cuts):
        of_day = weights(cut - np.arange(first, (int(day.max()) if len(day) else first) + 1))
        # Of ascending days the known ones lie together: the last of them is where they have all been counted.
        known, later = pairs.counts(of_day.is_known.take(day - first), day > cut)
        last = day.take(np.maximum(pairs.ends - 1 - later, 0)) if len(day) else day
        found[f"days_{position}"] = close.pairs.spread(close.pairs.sums(of_day.unit_90.take(close.day - first)), 0)
        found[f"seen_{position}"] = np.where(known > 0, last, NONE)
    return found


def decay(age: np.ndarray, half_life: float) -> np.ndarray:
    """Return what is left of one after so many days: ``2^(-age / half_life)``."""
    return np.exp2(-age / half_life)


@dataclass(frozen=True)
class Then:
    """A past day, and who had contact in the 364 days up to it.

    Parameters
    ----------
    cut
        The day.
    a_no, b_no
        Pairs.
    days_90, last_seen
        As in ``SUMS``.
    """

    cut: int
    a_no: np.ndarray
    b_no: np.ndarray
    days_90: np.ndarray
    last_seen: np.ndarray

    @classmethod
    def of(cls, cut: int, sums: Mapping[str, np.ndarray], position: int) -> Then:
        """Take what :func:`past_sums` found for one of several days."""
        there = np.flatnonzero(sums[f"seen_{position}"] != NONE)
        named = ("a_no", "b_no", f"days_{position}", f"seen_{position}")
        return cls(cut, *(sums[name].take(there) for name in named))

    def picked(self, most: int) -> pd.DataFrame:
        """Return the ties of the day, ``a_no, b_no``; of more than so many an even share, picked by their numbers."""
        # Every close day leaves some units, so ties are those with any.
        ties = np.flatnonzero(self.days_90 > 0)
        a_no, b_no = self.a_no.take(ties), self.b_no.take(ties)
        if len(a_no) > most:
            # A product with an odd constant spreads neighbouring numbers over all remainders.
            spread = (a_no.astype("int64") * 2654435761 + b_no.astype("int64") * 40503) % len(a_no)
            a_no, b_no = a_no[spread < most], b_no[spread < most]
        return pd.DataFrame({"a_no": a_no, "b_no": b_no})


def days_of_past(pair_days: ir.Table, past: Sequence[Then], engine: Engine, *, most: int, horizon: int) -> pd.DataFrame:
    """Look up what was known of the ties of past days, and what came after: a row per past day and tie, see :class:`PastTies`.

    Parameters
    ----------
    pair_days
        One row per pair and day.
    past
        The past days.
    engine
        Where ``pair_days`` lives.
    most
        Of more ties than this on one day, an even share is taken.
    horizon
        Days after the past day.
    """
    picked = tuple((then.cut, then.picked(most)) for then in past)
    asked = pd.concat([ties for _, ties in picked]).drop_duplicates()
    sample = engine.from_frame(asked, name="past_ties")
    rows = pair_days.select("a_no", "b_no", "day_no", "is_close", "credit_units").semi_join(sample, ["a_no", "b_no"])
    found = engine.frame_of_groups(rows, PastTies(picked, horizon))
    engine.drop(sample)
    return found.sort_values(["cut", "a_no", "b_no"], ignore_index=True)


def past_inputs(past: Sequence[Then], found: pd.DataFrame) -> list[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Return for each past day its ties (``a_no, b_no``), their inputs, and which had no contact day in the horizon after.

    Parameters
    ----------
    past
        The past days.
    found
        What :func:`days_of_past` found.
    """
    windows = []
    for then in past:
        ties = found[found["cut"] == then.cut].reset_index(drop=True)
        windows.append((ties[["a_no", "b_no"]], inputs_of(then, ties), ties["met"].to_numpy() == 0))
    return windows


@dataclass(frozen=True)
class PastTies:
    """A step from the days of pairs to what was known of them on past days, and how often they met after.

    Parameters
    ----------
    picked
        Past days, and ``a_no, b_no`` of the ties asked about on each.
    horizon
        Days after a past day.
    """

    picked: tuple[tuple[int, pd.DataFrame], ...]
    horizon: int
    key = "a_no"

    @cached_property
    def schema(self) -> pa.Schema:
        """Past day and pair, ``SUMS``, and the number of contact days ``met`` in the horizon after."""
        import pyarrow as pa

        return pa.schema([(name, pa.int64()) for name in ("cut", "a_no", "b_no", *SUMS, "met")])

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Add up the year before each past day, and count the days after."""
        import pyarrow as pa

        days = {name: integers(rows, name) for name in ("a_no", "b_no", "day_no", "is_close", "credit_units")}
        order = in_order(days["a_no"], days["b_no"], days["day_no"])
        days = days if order is None else {name: values[order] for name, values in days.items()}
        pair = pair_key(days["a_no"], days["b_no"])
        parts = [self._on(cut, np.isin(pair, pair_key(ties["a_no"], ties["b_no"])), days) for cut, ties in self.picked]
        return pa.concat_tables([self.schema.empty_table(), *(as_table(part, self.schema) for part in parts)])

    def _on(self, cut: int, is_asked: np.ndarray, days: Arrays) -> Arrays:
        day = days["day_no"]
        before = is_asked & (day > cut - YEAR_DAYS) & (day <= cut)
        known = {name: values[before] for name, values in days.items()}
        pairs = Groups.of(known["a_no"], known["b_no"])
        close = CloseDays.of(pairs, known["day_no"], known["is_close"])
        of_day = weights(cut - np.arange(cut - YEAR_DAYS, cut + 1))
        a_no, b_no = known["a_no"][pairs.starts], known["b_no"][pairs.starts]
        after = is_asked & days["is_close"] & (day > cut) & (day <= cut + self.horizon)
        later, met = np.unique(pair_key(days["a_no"][after], days["b_no"][after]), return_counts=True)
        at = np.searchsorted(later, pair_key(a_no, b_no)).clip(max=max(len(later) - 1, 0))
        is_met = later[at] == pair_key(a_no, b_no) if len(later) else np.zeros(len(at), dtype=bool)
        return {
            "cut": np.full(len(pairs), cut),
            "a_no": a_no,
            "b_no": b_no,
            **recent_sums(pairs, close, known, of_day, first_day=cut - YEAR_DAYS),
            "met": np.where(is_met, met[at], 0) if len(later) else np.zeros(len(at), dtype="int64"),
        }


def inputs_of(then: Then, rows: Mapping[str, np.ndarray] | pd.DataFrame) -> np.ndarray:
    """Return the inputs of ties with a contact day in the 52 weeks up to a day: a column per name in ``FEATURES``.

    Parameters
    ----------
    then
        The day of the question, and all pairs with any contact in those weeks.
    rows
        ``a_no, b_no`` and ``SUMS`` of the ties asked about.

    Notes
    -----
    Each input is ``log(1 + x)``. Every contact day counts ``2^(-age / half-life)``, the half-life in days in the name; x is

    - ``weeks_90, weeks_30``: weeks with a contact day (bursts count once: Urena-Carrion, Saramaki and Kivela 2020);
    - ``days_90``: contact days; ``any_90``: days with any contact, rooms of up to 20 included; ``credit_60``: credit;
    - ``recency``: days since the last contact day;
    - ``shared``: the sum over shared contacts k of ``sqrt(d_ak d_bk)``, d their decayed contact days (embeddedness: Burt 2000);
    - ``active_less, active_more``: decayed contact days of the two people with anybody, the smaller and the larger;
    - ``gone``: days since contact with anybody of the one of the two who was not seen for longer.
    """
    people = max((int(end.max(initial=-1)) for end in (then.a_no, then.b_no)), default=-1) + 1
    active, seen = np.zeros(people), np.full(people, np.iinfo("int64").min)
    for end in (then.a_no, then.b_no):
        # Sums of whole numbers far below 2^53: exact in any order.
        active += np.bincount(end, then.days_90, minlength=people)
        np.maximum.at(seen, end, then.last_seen.astype("int64"))
    a, b = np.asarray(rows["a_no"]), np.asarray(rows["b_no"])
    sums = {name: np.asarray(rows[name], dtype="int64") for name in SUMS[:-1]}
    shared = _shared(then, a, b)
    inputs = np.empty((len(a), len(FEATURES)))

    def lay_out(part: slice) -> None:
        x = {name: sums[name][part] / UNIT for name in SUMS[:5]} | {
            "shared": shared[part] / UNIT,
            "recency": then.cut - sums["last_day"][part],
            "active_less": np.minimum(active.take(a[part]), active.take(b[part])) / UNIT,
            "active_more": np.maximum(active.take(a[part]), active.take(b[part])) / UNIT,
            "gone": then.cut - np.minimum(seen.take(a[part]), seen.take(b[part])),
        }
        for at, name in enumerate(FEATURES):
            inputs[part, at] = np.log1p(x[name].astype(float, copy=False))

    for _ in over_blocks(lay_out, parts(len(a), _ROWS_AT_ONCE)):
        pass
    return inputs


def _shared(then: Then, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Add up, over the contacts the two people of each row share, the geometric mean of the two ties, in ``UNIT``."""
    # Faint ties stand for nothing in a sum, and may be asked about all the same.
    days = np.where(then.days_90 >= FAINT, then.days_90, 0)
    return np.round(add_means(then.a_no, then.b_no, days / UNIT, asked=(a, b)) * UNIT)
