"""What was known of every tie on a day, what simple signals say of it, and what happened in the eight weeks after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from peerlens.lenses.neglect import RULES
from peerlens.lenses.neglect.flags import find_flags, short_list
from peerlens.records import Records
from peerlens.ties import ContactDays, Events, Ties, make_ties
from peerlens.ties.chart import Chart
from peerlens.ties.events import day_number
from peerlens.ties.prospects import expected_pairs

HORIZON_DAYS = 56
YEAR_DAYS = 364
MIN_HISTORY_DAYS = 91
SHORT = 5
"""ties in the list a user sees first"""
HIGH_MEANS_QUIET = {
    "days decayed 90": False,
    "credit decayed 60": False,
    "recency": True,
    "contact days 90": False,
}
"""the single signals, and whether a high value speaks for silence"""


@dataclass(frozen=True)
class Log:
    """A log read once, measured at many days."""

    records: Records
    events: Events
    contact_days: ContactDays


def walk(first: date, last: date, *, limit: int) -> list[date]:
    """Choose days a whole window apart, the last a window before the end of the log, spread over it where there are more.

    Examples
    --------
    >>> [day.isoformat() for day in walk(date(2010, 1, 2), date(2010, 9, 30), limit=8)]
    ['2010-04-15', '2010-06-10', '2010-08-05']
    """
    windows = ((last - first).days + 1 - MIN_HISTORY_DAYS) // HORIZON_DAYS
    grid = [last - timedelta(days=HORIZON_DAYS * (back + 1)) for back in range(max(windows, 0))][::-1]
    if len(grid) <= limit:
        return grid
    return [grid[at] for at in np.linspace(0, len(grid) - 1, limit).round().astype(int)]


def later_days(log: Log, as_of_day: int) -> pd.DataFrame:
    """Count contact days of every pair in the window after a day: ``a_no, b_no, later_days``."""
    days = log.contact_days.days
    later = days.filter(days.is_close & (days.day_no > as_of_day) & (days.day_no <= as_of_day + HORIZON_DAYS))
    counted = later.group_by(["a_no", "b_no"]).agg(later_days=later.count())
    return log.records.engine.frame(counted.order_by(["a_no", "b_no"]))


def signals(log: Log, pair_days: ibis.Table, as_of_day: int) -> pd.DataFrame:
    """Return pairs with a contact day in 52 weeks and the single signals; only days up to ``as_of_day`` are read."""
    known = pair_days.filter(pair_days.day_no <= as_of_day)
    age = as_of_day - known.day_no
    tally = known.group_by(["a_no", "b_no"]).agg(
        decayed_days=(2.0 ** (-age / 90.0)).sum(where=known.is_close),
        decayed_credit=(known.credit_units * 1e-9 * 2.0 ** (-age / 60.0)).sum(),
        recency=as_of_day - known.day_no.max(where=known.is_close),
        days_90=known.count(where=known.is_close & (age < 90)),
    )
    rows = log.records.engine.frame(tally.filter(tally.recency < YEAR_DAYS).order_by(["a_no", "b_no"]))
    names = dict(zip(["decayed_days", "decayed_credit", "recency", "days_90"], HIGH_MEANS_QUIET, strict=True))
    rows = rows.rename(columns=names)
    # Sums of floats in the engine depend on the order of addition in their last digits.
    rows[list(HIGH_MEANS_QUIET)] = rows[list(HIGH_MEANS_QUIET)].astype(float).round(9)
    return rows


def with_outcome(rows: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Add how many contact days followed and whether none did."""
    rows = rows.merge(later, on=["a_no", "b_no"], how="left")
    rows["later_days"] = rows["later_days"].fillna(0).astype(int)
    rows["silent"] = rows["later_days"] == 0
    return rows


@dataclass(frozen=True)
class Window:
    """One day: its ties with what happened after, its past for calibrating simple signals, and its candidate pairs."""

    as_of: date
    ties: pd.DataFrame
    past: pd.DataFrame
    sides: pd.DataFrame
    candidates: pd.DataFrame
    live: pd.DataFrame
    bounds: pd.DataFrame
    persons: pd.DataFrame
    verdicts: pd.DataFrame
    note: str | None
    log_days: int


def make_window(log: Log, as_of: date) -> Window:
    """Measure ties at a day as a user would, and look up what came after."""
    engine, day = log.records.engine, day_number(as_of)
    ties = make_ties(log.records, log.events, log.contact_days, as_of=as_of, settings=log.records.settings)
    pairs = engine.frame(ties.pairs.order_by(["a_no", "b_no"]))
    later = later_days(log, day)
    measured = ["a_no", "b_no", "quiet_chance", "quiet_chance_n", "contact_days_52w", "first_close_day"]
    rows = with_outcome(signals(log, ties.pair_days, day), later)
    rows = rows.merge(pairs[[*measured, "silence", "rhythm"]], on=["a_no", "b_no"], how="left")
    past = with_outcome(signals(log, ties.pair_days, day - HORIZON_DAYS), later_days(log, day - HORIZON_DAYS))
    sides = _peer_sides(ties).merge(
        rows[["a_no", "b_no", "later_days", "silent", *HIGH_MEANS_QUIET]], on=["a_no", "b_no"]
    )
    chart = Chart.of(ties.persons, ties.settings.ties, rank_from=ties.places.rank_from)
    candidates = expected_pairs(ties.pairs, ties.persons, chart, ties.settings, engine)
    expected = _candidates(candidates)
    window = Window(as_of, rows, past, sides, with_outcome(expected, later), pairs[pairs["is_live"]],
                    _bounds(candidates), ties.persons, ties.verdicts, ties.quiet_note,
                    (as_of - ties.log_first_on).days + 1)  # fmt: skip
    ties.drop()
    return window


def _peer_sides(ties: Ties) -> pd.DataFrame:
    """Return peer ties that may be flagged, seen from each person, with the kinds found and whether the user would see it."""
    sides = ties.sides
    asked = sides.filter(sides.is_peer & sides.is_open & sides.person_is_open).select(
        "person_no", "other_no", "person_id", "other_id", "contact_days_52w", "first_close_day", "silence", "rhythm",
        "silence_ratio", "quiet_chance",
    )  # fmt: skip
    rows = ties.engine.frame(asked.order_by(["person_no", "other_no"]))
    flags = find_flags(ties).table
    seen = [short_list(own, SHORT) for _, own in flags.groupby("person_id", sort=True)]
    kinds = [kind for kind, rule in RULES.items() if rule.has_quiet_chance]
    shown = pd.concat(seen) if seen else flags
    shown = shown[shown["kind"].isin(kinds) & shown["other_id"].notna()]
    keys = pd.MultiIndex.from_frame(rows[["person_id", "other_id"]])
    fading = flags[flags["kind"] == "fading"]
    for kind in kinds:
        own = shown[shown["kind"] == kind]
        rows[f"shown {kind}"] = keys.isin(pd.MultiIndex.from_frame(own[["person_id", "other_id"]]))
    rows["fading"] = keys.isin(pd.MultiIndex.from_frame(fading[["person_id", "other_id"]]))
    rows["shown"] = keys.isin(pd.MultiIndex.from_frame(shown[["person_id", "other_id"]]))
    rows["a_no"] = rows[["person_no", "other_no"]].min(axis=1)
    rows["b_no"] = rows[["person_no", "other_no"]].max(axis=1)
    return rows


def _bounds(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return candidate pairs with bounds on expected contact: how many days they had, and between which they should lie."""
    rows = candidates[candidates["expected_high_days"].notna()]
    names = {"expected_low_days": "low", "expected_high_days": "high"}
    return rows[["a_no", "b_no", "observed_days", *names]].rename(columns=names).reset_index(drop=True)


def _candidates(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return candidate pairs without a contact day in the window, one row a pair."""
    rows = candidates[candidates["observed_days"] == 0]
    rows = rows[["a_no", "b_no", "expected_days", "plain_days", "shared_contacts"]]
    return rows.rename(columns={"shared_contacts": "shared"}).reset_index(drop=True)
