"""The chance that a tie stays quiet for eight weeks if nobody acts, learned from the organisation's own past.

Walk-forward: for each of a few days in the past that lie a whole horizon apart, every tie with a contact day in the 52 weeks
before is described by what was known then (:mod:`peerlens.ties.quiet_features`) and by whether it had a contact day in the
horizon after. A logistic regression on these, bent to how often its chances came true, is applied to what is known today
(:mod:`peerlens.ties.quiet_model`); what became of past ties with the same chance stands beside it. Only days up to ``as_of``
are read.

Where the past is too short to learn from, or the log is one person's own export, there is no number: the default coefficients
below sort ties into three kinds of words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from peerlens.ties.calibration import MIN_EACH, Calibration, Window, check
from peerlens.ties.grouped import NONE, Arrays
from peerlens.ties.quiet_features import FEATURES, SUMS, Then, days_of_past, inputs_of, past_inputs
from peerlens.ties.quiet_model import Logistic, count_shares, fit_curve, fit_logistic

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import QuietChanceSettings

MIN_DEFAULT_DAYS = 91
"""a log shorter than this says nothing at all, not even in words"""
TOLD = ("quiet_chance", "quiet_share", "quiet_chance_n")
"""the numbers of a tie that are shown to people where no words stand beside them"""
WORDS = (
    (0.35, "more likely to resume than not"),
    (0.65, "as likely to resume as not"),
    (1.0, "more likely to stay quiet"),
)
"""upper ends of the default chance, and what is said instead of it"""

# Fitted by ``python -m tests.benchmarks.defaults`` on all windows 56 days apart of three public logs of equal weight: mail of one
# manufacturing company (doi:10.7910/DVN/6Z3CGX), minutes of the Node.js working groups, and reviews of the DPDK project from 2016
# to 2018 (made by tests.benchmarks.reviews); AUC there 0.879, 0.811 and 0.832, and 0.878, 0.810 and 0.831
# by coefficients of the other two. On reviews of Open vSwitch, 2012 to 2015, which it never saw: 0.87. Logs differ so much in
# their share of quiet ties (0.57 to 0.85) that a percentage from it would mean nothing elsewhere; of the three words below, ties
# on company mail stayed quiet 0.12, 0.51 and 0.85 of the time.
DEFAULT = Logistic(
    # weeks_90, weeks_30, days_90, any_90, credit_60, recency, shared, active_less, active_more, gone
    center=np.array([0.661, 0.338, 0.722, 0.869, 0.579, 4.13, 2.432, 2.691, 4.091, 2.641]),
    spread=np.array([0.567, 0.44, 0.694, 0.756, 0.759, 1.44, 1.474, 1.656, 1.464, 1.981]),
    weights=np.array([-0.616, -0.084, -0.291, -0.373, -0.145, 0.09, -0.178, 0.074, -0.126, 0.22]),
    intercept=1.475,
)


def past_cuts(settings: QuietChanceSettings, *, first_day: int, as_of_day: int) -> list[int]:
    """Return the past days that are learned from, the latest first: a whole horizon apart, with enough log before each."""
    cuts = [as_of_day - settings.horizon_days * (window + 1) for window in range(settings.past_windows)]
    return [cut for cut in cuts if cut - first_day + 1 >= settings.min_history_days]


class Learned(NamedTuple):
    """Quiet chances (see :func:`learn_quiet_chances`), why they are told in words, and how they did in the past."""

    table: pd.DataFrame
    note: str | None
    calibration: Calibration


@dataclass(frozen=True)
class Lessons:
    """What quiet chances are learned from and asked about: arrays and frames, so that learning needs no engine.

    Parameters
    ----------
    now
        The day of the question, and all pairs with contact in the 364 days up to it.
    ties
        ``a_no, b_no`` and ``SUMS`` of those with a close day among them.
    past
        The past days.
    found
        What was known of ties on past days, see :class:`peerlens.ties.quiet_features.PastTies`.
    volume_change
        Change of contact over the last two horizons.
    """

    now: Then
    ties: Arrays
    past: tuple[Then, ...]
    found: pd.DataFrame
    volume_change: float


def look_back(
    sums: Arrays,
    pair_days: ir.Table,
    settings: QuietChanceSettings,
    engine: Engine,
    *,
    first_day: int,
    as_of_day: int,
    is_of_one: bool = False,
) -> Lessons:
    """Gather what :func:`learn_quiet_chances` learns from.

    Parameters
    ----------
    sums
        In order of pairs: ``SUMS`` at ``as_of``, and ``past_sums`` at :func:`past_cuts` (see quiet_features).
    pair_days
        One row per pair and day.
    settings
        Horizon, and how much past is asked for.
    engine
        Where ``pair_days`` lives.
    first_day
        First day of the log.
    as_of_day
        The day of the question; nothing after it is read.
    is_of_one
        One person has part in nearly all of the log; then nothing of the past is looked up.
    """
    pair_days = pair_days.filter(pair_days.day_no <= as_of_day)
    seen = np.flatnonzero(sums["last_seen"] != NONE)
    now = Then(as_of_day, *(sums[name].take(seen) for name in ("a_no", "b_no", "days_90", "last_seen")))
    # Whoever had a close day had contact.
    is_tie = np.flatnonzero(sums["last_day"] != NONE)
    ties = {name: sums[name].take(is_tie) for name in ("a_no", "b_no", *SUMS)}
    cuts = [] if is_of_one else past_cuts(settings, first_day=first_day, as_of_day=as_of_day)
    past = tuple(Then.of(cut, sums, position) for position, cut in enumerate(cuts))
    if not past:
        return Lessons(now, ties, past, pd.DataFrame(), float("nan"))
    found = days_of_past(pair_days, past, engine, most=settings.max_past_ties, horizon=settings.horizon_days)
    change = _volume_change(pair_days, engine, as_of_day, settings.horizon_days)
    return Lessons(now, ties, past, found, change)


def learn_quiet_chances(
    lessons: Lessons,
    settings: QuietChanceSettings,
    *,
    log_days: int,
    members: dict[str, np.ndarray] | None = None,
    is_of_one: bool = False,
) -> Learned:
    """Give every tie with a contact day in the last 52 weeks the chance that it has none in the coming horizon.

    Parameters
    ----------
    lessons
        What :func:`look_back` gathered.
    settings
        Horizon, and how much past is asked for.
    log_days
        Length of the log in days.
    members
        Groups checked on their own, by person number.
    is_of_one
        One person has part in nearly all of the log.

    Returns
    -------
    table
        ``a_no, b_no, quiet_chance`` (0 to 1, missing where it cannot be given), ``quiet_share, quiet_chance_n`` (of so many past
        ties with such a chance that share stayed quiet), ``quiet_words`` (instead of a number; missing where there is one).
        Ordered by pair.
    note
        Why no number can be given and what stands instead, or None.
    calibration
        How chances learned in the same way did on the past.

    Notes
    -----
    Where the check speaks against percentages, the table keeps its numbers for statistics and has words beside them, and the note
    says why: whoever shows a tie to a person shows the words.
    """
    keys = pd.DataFrame({name: lessons.ties[name] for name in ("a_no", "b_no")})
    inputs = inputs_of(lessons.now, lessons.ties)
    if is_of_one:
        reason = "one person has part in nearly all of this log, too little to learn percentages from"
        return Learned(*_in_words(keys, inputs, log_days, reason), Calibration())
    if not lessons.past:
        weeks = (settings.min_history_days + settings.horizon_days) // 7
        reason = f"the log is shorter than {weeks} weeks"
        return Learned(*_in_words(keys, inputs, log_days, reason), Calibration())

    windows = [
        Window(inputs, quiet, keys.to_numpy("int64"))
        for keys, inputs, quiet in past_inputs(lessons.past, lessons.found)
    ]
    past = np.concatenate([window.inputs for window in windows])
    quiet = np.concatenate([window.quiet for window in windows])
    if len(past) < settings.min_ties:
        note = f"not enough data: fewer than {settings.min_ties} ties in the past to learn from"
        return Learned(_table(keys), note, Calibration())
    if min(quiet.sum(), (~quiet).sum()) < MIN_EACH:
        note = f"not enough data: fewer than {MIN_EACH} ties in the past that stayed quiet, or that did not"
        return Learned(_table(keys), note, Calibration())
    model = fit_logistic(past, quiet, tuple(FEATURES.values()))
    score = model.score(past)
    curve = fit_curve(score, quiet)
    chance = curve.read(model.score(inputs))
    share, ties = count_shares(curve.read(score), quiet).read(chance)
    calibration = check(windows, volume_change=lessons.volume_change, members=members, min_ties=settings.min_ties)
    given = {"quiet_chance": chance, "quiet_share": share, "quiet_chance_n": ties}
    if calibration.doubt is None:
        return Learned(_table(keys, **given), None, calibration)
    table = _table(keys, **given, quiet_words=_words(chance))
    return Learned(table, f"in words, not as a percentage: {calibration.doubt}", calibration)


def as_told(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the numbers off ties whose chance is told in words, so that every table shown to a person agrees with the page."""
    in_words = rows["quiet_words"].notna() & rows["quiet_words"].ne("")
    return rows.assign(**{name: rows[name].mask(in_words) for name in TOLD})


def _volume_change(pair_days: ir.Table, engine: Engine, as_of_day: int, horizon: int) -> float:
    """Compare close contact days of the last horizon with those of the horizon before it."""
    close = pair_days.filter(pair_days.is_close & (pair_days.day_no > as_of_day - 2 * horizon))
    is_last = close.day_no > as_of_day - horizon
    counts = engine.frame(close.agg(last=close.count(where=is_last), before=close.count(where=~is_last)))
    last, before = (int(counts[name].iloc[0]) for name in ("last", "before"))
    return last / before - 1 if before else float("nan")


def _in_words(keys: pd.DataFrame, inputs: np.ndarray, log_days: int, reason: str) -> tuple[pd.DataFrame, str]:
    """Say by default coefficients which way a tie leans, without a number."""
    if log_days < MIN_DEFAULT_DAYS:
        return _table(keys), f"not enough data: {reason}"
    chance = 1 / (1 + np.exp(-DEFAULT.score(inputs)))
    words = _words(chance)
    note = f"not enough data for a percentage: {reason}; words rest on default coefficients, learned on other logs"
    return _table(keys, quiet_words=words), note


def _words(chance: np.ndarray) -> np.ndarray:
    at = np.searchsorted([edge for edge, _ in WORDS[:-1]], chance, side="right")
    return np.array([text for _, text in WORDS], dtype=object)[at]


def _table(keys: pd.DataFrame, **columns: np.ndarray) -> pd.DataFrame:
    """Lay out the result with all its columns and types."""
    return keys.reset_index(drop=True).assign(
        quiet_chance=pd.Series(columns.get("quiet_chance", np.nan), index=range(len(keys)), dtype="float64"),
        quiet_share=pd.Series(columns.get("quiet_share", np.nan), index=range(len(keys)), dtype="float64"),
        quiet_chance_n=pd.Series(columns.get("quiet_chance_n", pd.NA), index=range(len(keys)), dtype="Int64"),
        quiet_words=pd.Series(columns.get("quiet_words"), index=range(len(keys)), dtype="str"),
    )
