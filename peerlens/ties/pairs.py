"""Contact days to pairs: strength, rhythm, silence, pauses and initiations, for every pair at once in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from peerlens.ties.contact_days import CREDIT_UNIT
from peerlens.ties.grouped import Arrays, in_order, integers
from peerlens.ties.pair_sums import SumUp

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings
    from peerlens.ties.chart import Chart
    from peerlens.ties.clock import Clock


def as_pair_days(days: ir.Table, settings: TieSettings, *, as_of_day: int) -> ir.Table:
    """Read contact days up to ``as_of`` as pairs lived them: credit under the ceiling of a day."""
    known = days.filter(days.day_no <= as_of_day)
    return known.mutate(
        credit_units=ibis.least(known.credit_units, round(settings.max_day_credit * CREDIT_UNIT)).cast("int64"),
        smallest_message=known.smallest_message.cast("int32"),
        smallest_meeting=known.smallest_meeting.cast("int32"),
    )


def measure_pairs(
    pair_days: ir.Table,
    clock: Clock,
    chart: Chart,
    settings: TieSettings,
    *,
    first_day: int,
    cuts: Sequence[int],
    engine: Engine,
) -> tuple[ir.Table, Arrays]:
    """Add up the days of every pair that ever had contact up to ``as_of``, in one pass.

    Parameters
    ----------
    pair_days
        One row per pair and day.
    clock
        Whose ``last_day`` is ``as_of``.
    chart
        Where everybody stands.
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
        One row per pair: sums, of which :func:`make_pairs` makes measures, and places, see :class:`peerlens.ties.chart.Chart`.
    dict of str to numpy.ndarray
        In order of pairs: ``SUMS`` at ``as_of`` and ``past_sums`` at the cuts, see :mod:`peerlens.ties.quiet_features`.
    """
    step = SumUp(clock.ticks, chart, settings, first_day, tuple(cuts))
    sums, beside = engine.share_out(pair_days, step, name="pair_sums", kept=step.of_ties, handed=step.for_chances)
    order = in_order(integers(beside, "a_no"), integers(beside, "b_no"))
    beside = beside if order is None else beside.take(order)
    return sums, {name: integers(beside, name) for name in beside.column_names}


def make_pairs(sums: ir.Table, settings: TieSettings, *, log_days: int) -> ir.Table:
    """Make measures of the sums of every pair.

    Parameters
    ----------
    sums
        What :func:`measure_pairs` returned.
    settings
        Windows and thresholds.
    log_days
        Length of the log in days; below ``min_log_weeks`` no rhythm is given.

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
    sums = sums.rename(last_day="last_any_day")
    enough_log = log_days >= 7 * settings.min_log_weeks
    rhythm = ibis.greatest(1.0, sums.span / (sums.contact_days_52w - 1).nullif(0).cast("float64"))
    has_rhythm = (sums.contact_days_52w >= 2) & enough_log
    both = sums.mutate(
        strength=sums.strength_units / CREDIT_UNIT, rhythm=has_rhythm.ifelse(rhythm, None).cast("float64")
    )
    patience = ibis.greatest(float(settings.min_silence_days), settings.silence_per_rhythm * both.rhythm.fill_null(0.0))
    is_dormant = (both.silence > settings.dormant_days).fill_null(False)
    is_recent = (both.silence < settings.live_days) | (both.silence < patience)
    return both.mutate(patience=patience, is_live=is_recent.fill_null(False) & ~is_dormant, is_dormant=is_dormant)
