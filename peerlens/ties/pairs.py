"""Contact days to pairs: strength, rhythm, silence, pauses and initiations, for every pair at once in the engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.ties import quiet_features
from peerlens.ties.clock import Clock
from peerlens.ties.contact_days import BY_A, BY_B, BY_NOBODY, CREDIT_UNIT
from peerlens.ties.tally import count_if, only

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings

QUARTER_DAYS = 91
QUARTERS = 4
YEAR_DAYS = 364
ANSWERED, UNANSWERED = 1, 2
"""how messages of a day were taken"""
_PAST = re.compile(r"(days|seen)_\d+")


def as_pair_days(days: ir.Table, settings: TieSettings, *, as_of_day: int) -> ir.Table:
    """Read contact days up to ``as_of`` as pairs lived them: credit under the ceiling of a day, close or not, and who started.

    ``starter`` is ``BY_A``, ``BY_B``, or ``BY_NOBODY``: a series, a third person, or both in the same second.
    """
    known = days.filter(days.day_no <= as_of_day)
    first_code, last_code = known.first_low % 4, 3 - known.first_high % 4
    return known.mutate(
        credit_units=ibis.least(known.credit_units, round(settings.max_day_credit * CREDIT_UNIT)).cast("int64"),
        minutes=(known.seconds // 60).cast("int32"),
        is_close=known.first_low.notnull(),
        starter=(first_code == last_code).fill_null(False).ifelse(first_code, BY_NOBODY).cast("int8"),
    ).drop("first_low", "first_high", "seconds")


def measure_pairs(
    pair_days: ir.Table,
    clock: Clock,
    settings: TieSettings,
    *,
    first_day: int,
    cuts: Sequence[int],
    engine: Engine,
) -> ir.Table:
    """Add up the days of every pair that ever had contact up to ``as_of``, in one pass.

    Parameters
    ----------
    pair_days
        One row per pair and day.
    clock
        Whose ``last_day`` is ``as_of``.
    settings
        Windows and thresholds.
    first_day
        No day of a pair is earlier.
    cuts
        Past days of which the quiet chance wants to know.
    engine
        Where the sums are kept.

    Returns
    -------
    ibis Table
        One row per pair, sums only; :func:`make_pairs` makes measures of them.
    """
    as_of_day = clock.last_day
    words = engine.from_frame(clock.words(), name="words")
    every_day = pd.DataFrame({"day_no": np.arange(first_day, as_of_day + 1, dtype="int32")})
    calendar = engine.from_frame(every_day, name="every_day")
    weights = calendar.mutate(
        # ISO weeks run from Monday; 1970-01-01 was a Thursday.
        iso_week=(calendar.day_no + 3) // 7,
        decay=quiet_features.decay(as_of_day - calendar.day_no, settings.half_life_days),
        **quiet_features.weights(as_of_day - calendar.day_no),
        **quiet_features.past_weights(calendar.day_no, cuts),
    )
    days = quiet_features.with_weights_of(_days_in_order(pair_days, words, clock, settings), weights)
    sums = days.group_by(["a_no", "b_no"]).agg(
        **_totals(days, settings, as_of_day),
        **_close_tally(days, settings, as_of_day),
        **_unanswered(days),
        **quiet_features.recent_sums(days),
        **quiet_features.past_sums(days, cuts),
    )
    both, shared = _with_words(sums, words, clock)
    last_in_year = (as_of_day - both.last_close_day < YEAR_DAYS).ifelse(both.last_close_day, None)
    silence = clock.between(shared, both.last_close_day.fill_null(as_of_day), ibis.literal(as_of_day))
    span = clock.between(shared, both.first_close_day_52w.fill_null(as_of_day), last_in_year.fill_null(as_of_day))
    whole = engine.materialise(
        both.select(
            *sums.columns,
            silence=both.last_close_day.notnull().ifelse(silence, None).cast("int32"),
            span=last_in_year.notnull().ifelse(span, None).cast("int32"),
        ),
        name="pair_sums",
    )
    engine.drop(words, calendar)
    return whole


def make_pairs(sums: ir.Table, learned: ir.Table, settings: TieSettings, *, log_days: int, engine: Engine) -> ir.Table:
    """Make measures of the sums of every pair.

    Parameters
    ----------
    sums
        What :func:`measure_pairs` returned.
    learned
        Quiet chances by ``a_no, b_no``.
    settings
        Windows and thresholds.
    log_days
        Length of the log in days; below ``min_log_weeks`` no rhythm is given.
    engine
        Where the pairs are kept.

    Returns
    -------
    ibis Table
        One row per pair. Days are day numbers; ``silence``, ``rhythm`` and ``longest_pause`` are working days of the pair.

    Notes
    -----
    ``strength = sum over days of credit(day) * 2^(-age/half_life)``, age in calendar days, each term rounded to 1e-9 before
    the sum (tie decay: Ahmad, Porter and Beguerisse-Diaz 2021). ``rhythm = max(1, working days from the first to the last
    contact day / (contact days - 1))`` over 52 weeks.
    """
    only_for_chances = [*quiet_features.SUMS, *(name for name in sums.columns if _PAST.fullmatch(name))]
    sums = sums.mutate(last_day=sums.last_any_day).drop("last_any_day", *set(only_for_chances) - {"last_day"})
    enough_log = log_days >= 7 * settings.min_log_weeks
    rhythm = ibis.greatest(1.0, sums.span / (sums.contact_days_52w - 1).nullif(0).cast("float64"))
    has_rhythm = (sums.contact_days_52w >= 2) & enough_log
    both = sums.mutate(
        strength=sums.strength_units / CREDIT_UNIT, rhythm=has_rhythm.ifelse(rhythm, None).cast("float64")
    )
    patience = ibis.greatest(float(settings.min_silence_days), settings.silence_per_rhythm * both.rhythm.fill_null(0.0))
    is_dormant = (both.silence > settings.dormant_days).fill_null(False)
    is_recent = (both.silence < settings.live_days) | (both.silence < patience)
    both = both.mutate(patience=patience, is_live=is_recent.fill_null(False) & ~is_dormant, is_dormant=is_dormant)
    both = both.left_join(learned, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")
    return engine.materialise(both, name="pairs")


def _with_words(rows: ir.Table, words: ir.Table, clock: Clock) -> tuple[ir.Table, list[ir.IntegerValue]]:
    """Join the working days of both people; return those they share, as words."""
    of_a = words.rename({f"a{i}": f"w{i}" for i in range(clock.length)} | {"a_no": "person_no"})
    of_b = words.rename({f"b{i}": f"w{i}" for i in range(clock.length)} | {"b_no": "person_no"})
    joined = rows.join(of_a, "a_no").join(of_b, "b_no")
    return joined, [joined[f"a{i}"] & joined[f"b{i}"] for i in range(clock.length)]


def _days_in_order(pair_days: ir.Table, words: ir.Table, clock: Clock, settings: TieSettings) -> ir.Table:
    """Look back and ahead from each day of a pair: the pause before it, and how long messages of that day waited.

    ``pause`` counts the days both were at work strictly between this close contact day and the one before.
    ``knock_by_a`` says of a day within the window with small messages by A how B took them, see :func:`_knock`.
    """
    as_of_day = clock.last_day
    onwards = ibis.window(group_by=["a_no", "b_no"], order_by="day_no", preceding=0, following=None)
    met = pair_days.meetings > 0
    rows = pair_days.mutate(
        previous_day=quiet_features.previous_close(pair_days),
        back_from_b=((pair_days.sent_by_b > 0) | met).ifelse(pair_days.day_no, None).min().over(onwards),
        back_from_a=((pair_days.sent_by_a > 0) | met).ifelse(pair_days.day_no, None).min().over(onwards),
    )
    joined, shared = _with_words(rows, words, clock)
    pause = clock.between(shared, joined.previous_day.fill_null(as_of_day), joined.day_no - 1)
    return joined.select(
        *pair_days.columns,
        "previous_day",
        pause=(joined.is_close & joined.previous_day.notnull()).ifelse(pause, None),
        knock_by_a=_knock(joined, "a", "b", clock, settings),
        knock_by_b=_knock(joined, "b", "a", clock, settings),
    )


def _knock(days: ir.Table, sender: str, recipient: str, clock: Clock, settings: TieSettings) -> ir.IntegerColumn:
    """Say how small messages of a day were taken: nothing (none, or open), ``ANSWERED``, or ``UNANSWERED``.

    Unanswered is known once more of the recipient's working days than the limit have passed, whether contact came back late or
    not at all. Working days are no more than days, and are counted only where those are too many.
    """
    back = days[f"back_from_{recipient}"]
    until = back.fill_null(clock.last_day)
    sent = (clock.last_day - days.day_no < 7 * settings.window_weeks) & (days[f"small_by_{sender}"] > 0)
    words = [days[f"{recipient}{i}"] for i in range(clock.length)]
    waited = clock.between(words, days.day_no, until)
    may_be_late = sent & (until - days.day_no > settings.reply_days)
    is_late = may_be_late.ifelse(waited > settings.reply_days, False)
    return ibis.cases((is_late, UNANSWERED), (sent & back.notnull(), ANSWERED), else_=0).cast("int8")


def _totals(days: ir.Table, settings: TieSettings, as_of_day: int) -> dict[str, ir.Value]:
    """Add up everything that does not depend on close contact."""
    age = as_of_day - days.day_no
    in_window = age < 7 * settings.window_weeks
    quarters = {
        f"credit_q{q + 1}": _whole(
            only(days.credit_units, when=(age >= q * QUARTER_DAYS) & (age < (q + 1) * QUARTER_DAYS)).sum(), "int64"
        )
        for q in range(QUARTERS)
    }
    return dict(
        strength_units=(days.credit_units * days.decay).round().cast("int64").sum().cast("int64"),
        first_day=days.day_no.min(),
        last_any_day=days.day_no.max(),
        meetings_w=_whole(only(days.meetings, when=in_window).sum()),
        meeting_days_w=count_if(in_window & (days.meetings > 0)),
        minutes_w=_whole(only(days.minutes, when=in_window).sum()),
        smallest_meeting_w=only(days.smallest_meeting, when=in_window).min(),
        smallest_message_w=only(days.smallest_message, when=in_window).min(),
        sent_by_a_w=_whole(only(days.sent_by_a, when=in_window).sum()),
        sent_by_b_w=_whole(only(days.sent_by_b, when=in_window).sum()),
        **quarters,
    )


def _close_tally(days: ir.Table, settings: TieSettings, as_of_day: int) -> dict[str, ir.Value]:
    """Count close contact days, the weeks they fall into, and who began after a pause."""
    age = as_of_day - days.day_no
    in_year = days.is_close & (age < YEAR_DAYS)
    in_window = days.is_close & (age < 7 * settings.window_weeks)
    starts = in_window & (days.pause >= settings.initiation_pause_days).fill_null(False)
    # A week counts on its first close day within the year.
    again = (days.previous_day > as_of_day - YEAR_DAYS) & (days.iso_week == days.iso_week_before)
    return {
        "first_close_day": only(days.day_no, when=days.is_close).min(),
        "last_close_day": only(days.day_no, when=days.is_close).max(),
        "first_close_day_52w": only(days.day_no, when=in_year).min(),
        "contact_days_52w": count_if(in_year),
        "contact_weeks_52w": count_if(in_year & ~again.fill_null(False)),
        "contact_days_w": count_if(in_window),
        "longest_pause": days.pause.max(),
        # A gap is a step from one contact day to the next: the working days between, and the day itself.
        "gap_squares": only((days.pause + 1) * (days.pause + 1), when=in_year).sum().cast("int64"),
        "started_by_a": count_if(starts & (days.starter == BY_A)),
        "started_by_b": count_if(starts & (days.starter == BY_B)),
    }


def _unanswered(days: ir.Table) -> dict[str, ir.Value]:
    """Count days with small messages each way that got no contact back within the recipient's next working days.

    Days, not messages: three mails in a row are one knock on the door. Contact back on the same day counts as an answer:
    days are what is known, and doubt speaks for the recipient. ``decided_by_a`` are A's message days whose answer within
    ``reply_days`` is known, ``unanswered_by_a`` those B let pass.
    """
    found = {}
    for sender in ("a", "b"):
        knock = days[f"knock_by_{sender}"]
        found[f"decided_by_{sender}"] = count_if(knock > 0)
        found[f"unanswered_by_{sender}"] = count_if(knock == UNANSWERED)
    return found


def _whole(total: ir.IntegerScalar, kind: str = "int32") -> ir.Value:
    return total.fill_null(0).cast(kind)
