"""Contact days to pairs: strength, rhythm, silence, pauses and initiations, for every pair at once in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from peerlens.ties.clock import Clock
from peerlens.ties.contact_days import BY_A, BY_B, BY_NOBODY, CREDIT_UNIT

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings

QUARTER_DAYS = 91
QUARTERS = 4
YEAR_DAYS = 364


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


def make_pairs(
    pair_days: ir.Table, words: ir.Table, clock: Clock, settings: TieSettings, *, log_days: int, engine: Engine
) -> ir.Table:
    """Measure every pair that ever had contact up to ``as_of``.

    Parameters
    ----------
    pair_days
        One row per pair and day.
    words
        Working-day bits per ``person_no``.
    clock
        Whose ``last_day`` is ``as_of``.
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
    as_of_day = clock.last_day
    everything = _totals(pair_days, settings, as_of_day)
    close = engine.materialise(_close_days(pair_days.filter(pair_days.is_close), words, clock), name="close_days")
    tally = _close_tally(close, settings, as_of_day)
    replies = _unanswered(pair_days, words, clock, settings)

    both = everything.left_join(tally, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")
    both = both.left_join(replies, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")
    counts = (
        "contact_days_52w",
        "contact_weeks_52w",
        "contact_days_w",
        "contact_days_90d",
        "started_by_a",
        "started_by_b",
        "decided_by_a",
        "unanswered_by_a",
        "decided_by_b",
        "unanswered_by_b",
    )
    enough_log = log_days >= 7 * settings.min_log_weeks
    rhythm = ibis.greatest(1.0, both.span / (both.contact_days_52w - 1).nullif(0).cast("float64"))
    has_rhythm = (both.contact_days_52w >= 2).fill_null(False) & enough_log
    both = both.mutate(
        **{name: both[name].fill_null(0) for name in counts},
        strength=both.strength_units / CREDIT_UNIT,
        rhythm=has_rhythm.ifelse(rhythm, None).cast("float64"),
    )
    patience = ibis.greatest(float(settings.min_silence_days), settings.silence_per_rhythm * both.rhythm.fill_null(0.0))
    is_dormant = (both.silence > settings.dormant_days).fill_null(False)
    is_recent = (both.silence < settings.live_days) | (both.silence < patience)
    pairs = engine.materialise(
        both.mutate(patience=patience, is_live=is_recent.fill_null(False) & ~is_dormant, is_dormant=is_dormant),
        name="pairs",
    )
    engine.drop(close)
    return pairs


def _totals(pair_days: ir.Table, settings: TieSettings, as_of_day: int) -> ir.Table:
    """Add up everything that does not depend on close contact."""
    age = as_of_day - pair_days.day_no
    decay = ibis.literal(2.0, "float64") ** (-(age.cast("float64")) / settings.half_life_days)
    in_window = age < 7 * settings.window_weeks
    quarters = {
        f"credit_q{q + 1}": pair_days.credit_units.sum(where=(age >= q * QUARTER_DAYS) & (age < (q + 1) * QUARTER_DAYS))
        .fill_null(0)
        .cast("int64")
        for q in range(QUARTERS)
    }
    return pair_days.group_by(["a_no", "b_no"]).agg(
        strength_units=(pair_days.credit_units * decay).round().cast("int64").sum().cast("int64"),
        first_day=pair_days.day_no.min(),
        last_day=pair_days.day_no.max(),
        meetings_w=pair_days.meetings.sum(where=in_window).fill_null(0).cast("int32"),
        meeting_days_w=pair_days.count(where=in_window & (pair_days.meetings > 0)).cast("int32"),
        minutes_w=pair_days.minutes.sum(where=in_window).fill_null(0).cast("int32"),
        smallest_meeting_w=pair_days.smallest_meeting.min(where=in_window),
        smallest_message_w=pair_days.smallest_message.min(where=in_window),
        sent_by_a_w=pair_days.sent_by_a.sum(where=in_window).fill_null(0).cast("int32"),
        sent_by_b_w=pair_days.sent_by_b.sum(where=in_window).fill_null(0).cast("int32"),
        **quarters,
    )


def _close_days(close: ir.Table, words: ir.Table, clock: Clock) -> ir.Table:
    """Give each close contact day the pair's clock on it, and the pause before it.

    ``upto`` counts the days both were at work up to this day, ``ever`` all of them up to ``as_of``. ``pause`` counts those
    strictly between this contact day and the one before.
    """
    of_a = words.rename({f"a{i}": f"w{i}" for i in range(clock.length)} | {"a_no": "person_no"})
    of_b = words.rename({f"b{i}": f"w{i}" for i in range(clock.length)} | {"b_no": "person_no"})
    joined = close.select("a_no", "b_no", "day_no", "starter").join(of_a, "a_no").join(of_b, "b_no")
    shared = [joined[f"a{i}"] & joined[f"b{i}"] for i in range(clock.length)]
    rows = joined.select(
        "a_no",
        "b_no",
        "day_no",
        "starter",
        upto=clock.upto(shared, joined.day_no),
        before=clock.upto(shared, joined.day_no - 1),
        ever=clock.upto(shared, ibis.literal(clock.last_day)),
    )
    in_order = ibis.window(group_by=["a_no", "b_no"], order_by="day_no")
    return rows.mutate(pause=rows.before - rows.upto.lag().over(in_order)).drop("before")


def _close_tally(close: ir.Table, settings: TieSettings, as_of_day: int) -> ir.Table:
    age = as_of_day - close.day_no
    in_year = age < YEAR_DAYS
    in_window = age < 7 * settings.window_weeks
    starts = in_window & (close.pause >= settings.initiation_pause_days).fill_null(False)
    # ISO weeks run from Monday; 1970-01-01 was a Thursday.
    week = (close.day_no + 3) // 7
    return close.group_by(["a_no", "b_no"]).agg(
        first_close_day=close.day_no.min(),
        last_close_day=close.day_no.max(),
        # The clock only rises, so its largest reading is that of the last contact day.
        silence=(close.ever.max() - close.upto.max()).cast("int32"),
        span=(close.upto.max(where=in_year) - close.upto.min(where=in_year)).cast("int32"),
        first_close_day_52w=close.day_no.min(where=in_year),
        contact_days_52w=close.count(where=in_year).cast("int32"),
        contact_weeks_52w=week.nunique(where=in_year).cast("int32"),
        contact_days_w=close.count(where=in_window).cast("int32"),
        contact_days_90d=close.count(where=age < 90).cast("int32"),
        longest_pause=close.pause.max(),
        # A gap is a step from one contact day to the next: the working days between, and the day itself.
        gap_squares=((close.pause + 1) * (close.pause + 1)).sum(where=in_year).cast("int64"),
        started_by_a=close.count(where=starts & (close.starter == BY_A)).cast("int32"),
        started_by_b=close.count(where=starts & (close.starter == BY_B)).cast("int32"),
    )


def _unanswered(pair_days: ir.Table, words: ir.Table, clock: Clock, settings: TieSettings) -> ir.Table:
    """Count days with small messages each way that got no contact back within the recipient's next working days.

    Days, not messages: three mails in a row are one knock on the door. Contact back on the same day counts as an answer:
    days are what is known, and doubt speaks for the recipient. ``decided_by_a`` are A's message days whose answer within
    ``reply_days`` is known, ``unanswered_by_a`` those B let pass.
    """
    as_of_day = clock.last_day
    rows = pair_days.filter(as_of_day - pair_days.day_no < 7 * settings.window_weeks)
    onwards = ibis.window(group_by=["a_no", "b_no"], order_by="day_no", preceding=0, following=None)
    met = rows.meetings > 0
    rows = rows.select(
        "a_no",
        "b_no",
        "day_no",
        "small_by_a",
        "small_by_b",
        back_from_b=((rows.sent_by_b > 0) | met).ifelse(rows.day_no, None).min().over(onwards),
        back_from_a=((rows.sent_by_a > 0) | met).ifelse(rows.day_no, None).min().over(onwards),
    )
    # A row per message day and recipient, so that one count of the recipient's own working days serves both ways.
    to_b = rows.filter(rows.small_by_a > 0).select(
        "a_no", "b_no", "day_no", recipient_no="b_no", back="back_from_b", by_a=ibis.literal(True)
    )
    to_a = rows.filter(rows.small_by_b > 0).select(
        "a_no", "b_no", "day_no", recipient_no="a_no", back="back_from_a", by_a=ibis.literal(False)
    )
    sent = ibis.union(to_b, to_a)
    joined = sent.join(words.rename(recipient_no="person_no"), "recipient_no")
    own = [joined[f"w{i}"] for i in range(clock.length)]
    until = ibis.coalesce(joined.back, as_of_day)
    waited = clock.upto(own, until) - clock.upto(own, joined.day_no)
    joined = joined.select(
        "a_no", "b_no", "by_a", too_late=waited > settings.reply_days, answered=joined.back.notnull()
    )
    # Unanswered is known once more than the limit has passed, whether contact came back late or not at all.
    decided = joined.too_late | joined.answered
    return joined.group_by(["a_no", "b_no"]).agg(
        decided_by_a=joined.count(where=decided & joined.by_a).cast("int32"),
        unanswered_by_a=joined.count(where=joined.too_late & joined.by_a).cast("int32"),
        decided_by_b=joined.count(where=decided & ~joined.by_a).cast("int32"),
        unanswered_by_b=joined.count(where=joined.too_late & ~joined.by_a).cast("int32"),
    )
