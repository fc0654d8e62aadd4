"""How unusual a silence is, with many ties looked at: one limit for all of them.

Every tie pauses, and where a thousand ties are looked at some pause for long by chance alone. So each silence gets the chance
of lasting so long in a tie that goes on at its own rhythm, and only those that pass the test of Benjamini and Hochberg (1995)
over all established peer ties may be flagged as fading.

Where quiet chances could be learned from the past there are two ways, and the test is the stricter one of Bonferroni: a silence
so unlikely that of all ties looked at fewer than one is to be expected by chance; or a tie three times as likely to stay quiet
as established ties are on average. The first finds regular ties that never paused before, of which the past has no example; the
second is what the past has taught.

Seen on mail of one company, nine dates two weeks apart, among ties that met the rule's thresholds, silent later against the rest:
Benjamini and Hochberg alone 2.9 times as often (156 flags); quiet chance alone 3.5 (192; 3.3 to 3.6 for any factor from one to
three); both ways together 3.6 (218), and 3.7 (202) if a twentieth of a finding is allowed by chance, which in made-up firms
finds only half of the ties with 30 days of silence; Benjamini and Hochberg or quiet chance 3.4 (226), and both at once 2.9 (122).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.blocks import over_blocks, parts
from peerlens.ties.clock import day_fullness

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import FairnessSettings, TieSettings

ESTABLISHED_DAYS, ESTABLISHED_WEEKS = 6, 4
"""contact days and weeks with contact in 52 weeks that make a tie established"""
PRIOR_GAPS = 10.0
"""gaps' weight with which the regularity of one tie is drawn towards that of all"""
SHAPES = (0.25, 4.0)
"""no tie is taken for more bursty, or more regular, than this"""
MANY_LOOKS = 30
"""established ties below which nothing is corrected for the number looked at"""
DIGITS = 9
FALSE_FINDINGS = 0.5
"""silences that pass by chance, to be expected among all ties, where quiet chances decide the rest (Bonferroni)"""
SURE = 0.9
"""a quiet chance that is high whatever that of others"""
NOT_ONE = -1.0
"""a limit that no chance is under: too many silences at once are as unlikely as can be said"""
SMALLEST_STEP = 0.00005
"""half the last digit of a quiet chance"""
_TIES_AT_ONCE = 20_000


def silence_chances(pairs: ir.Table, per_day: pd.DataFrame, settings: TieSettings, engine: Engine) -> pd.DataFrame:
    """Say of every established tie how likely so long a silence is if it goes on at its own rhythm.

    Returns ``a_no, b_no, silence_chance``, ordered by pair.

    A day on which only a share of the usual number of people was active counts that share of a day of silence: what everybody
    does in a holiday month is no sign of one tie.
    """
    known = _established(pairs)
    columns = ["a_no", "b_no", "span", "silence", "contact_days_52w", "gap_squares", "last_close_day"]
    rows = engine.frame(known.select(*columns).order_by(["a_no", "b_no"]))
    silence = rows["silence"].to_numpy(float) * mean_fullness(per_day, settings, rows["last_close_day"].to_numpy())
    chance = silence_chance(
        silence, rows["span"].to_numpy(float), rows["contact_days_52w"].to_numpy(float) - 1,
        rows["gap_squares"].to_numpy(float),
    )  # fmt: skip
    return rows[["a_no", "b_no"]].assign(silence_chance=chance)


def _established(pairs: ir.Table) -> ir.Table:
    return pairs.filter(
        pairs.rhythm.notnull()
        & (pairs.span > 0)
        & (pairs.contact_days_52w >= ESTABLISHED_DAYS)
        & (pairs.contact_weeks_52w >= ESTABLISHED_WEEKS)
    )


def count_active(activity: ir.Table, engine: Engine) -> pd.DataFrame:
    """Count the people active on each day: ``day_no, active``."""
    return engine.frame(activity.group_by("day_no").agg(active=activity.count()).order_by("day_no"))


def usual_spread(pairs: ir.Table, engine: Engine) -> float:
    """Return the squared coefficient of variation of gaps in all established ties, by gaps."""
    rows = engine.frame(
        _established(pairs).select("span", "contact_days_52w", "gap_squares", "a_no", "b_no").order_by(["a_no", "b_no"])
    ).astype("float64")
    gaps = rows["contact_days_52w"].to_numpy() - 1
    return _spread(rows["span"].to_numpy(), gaps, rows["gap_squares"].to_numpy())[1]


def _spread(span: np.ndarray, gaps: np.ndarray, gap_squares: np.ndarray) -> tuple[np.ndarray, float]:
    own = np.maximum(gap_squares * gaps / span**2 - 1.0, 0.0)
    return own, float(np.average(own, weights=gaps)) if len(own) else 1.0


def mean_fullness(per_day: pd.DataFrame, settings: TieSettings, last_day: np.ndarray) -> np.ndarray:
    """Return the mean share of the usual number of people active on working days after each of many days, at most 1.

    Quiet days do not tick at all and are left out; so is everything in an organisation too small to have any.
    """
    return mean_since(ticking_fullness(per_day, settings), last_day)


def ticking_fullness(per_day: pd.DataFrame, settings: TieSettings) -> pd.Series:
    """Give each working day that is not quiet the share of the usual number of people active on it, at most 1."""
    full = day_fullness(per_day, settings)
    return full[full >= settings.quiet_share].clip(upper=1.0)


def mean_since(full: pd.Series, last_day: np.ndarray) -> np.ndarray:
    """Return the mean of such shares (:func:`ticking_fullness`) on days after each of many days; 1 where there are none."""
    if full.empty:
        return np.ones(len(last_day))
    sums = np.append(np.cumsum(full.to_numpy()[::-1])[::-1], 0.0)
    at = np.searchsorted(full.index.to_numpy(), last_day, side="right")
    days = len(full) - at
    return np.where(days > 0, sums[at] / np.maximum(days, 1), 1.0)


def silence_chance(
    silence: np.ndarray,
    span: np.ndarray,
    gaps: np.ndarray,
    gap_squares: np.ndarray,
    *,
    usual: float | None = None,
) -> np.ndarray:
    """Return the chance that the next gap is at least as long as the silence, if gaps stay what they were.

    Parameters
    ----------
    silence, span
        Working days since the last contact day, and from the first to the last of 52 weeks.
    gaps
        Steps from one contact day to the next in that time.
    gap_squares
        Sum of their squared lengths.
    usual
        Squared coefficient of variation over all ties; default is that of the ties given.

    Notes
    -----
    Gaps follow a gamma distribution with the shape ``k = 1 / cv^2`` (1: by chance alone, more: regular, less: in bursts) and a
    mean that is known only from ``m`` gaps; then ``P(next >= s) = I(m k, k; span / (span + s))``, the regularised incomplete beta
    function; with k = 1 it is ``(span / (span + s))^m``. The squared coefficient of variation of a tie is drawn towards that
    of all ties by the weight of ten gaps. Rhythms that follow their own time: Navarro, Miritello, Canales and Moro 2017.

    Examples
    --------
    Nine gaps in 45 days and a silence of 45: by chance alone 1 in 512; surer in a tie of even steps.

    >>> by_chance = silence_chance(np.array([45.0]), np.array([45.0]), np.array([9.0]), np.array([450.0]))
    >>> even = silence_chance(np.array([45.0]), np.array([45.0]), np.array([9.0]), np.array([225.0]))
    >>> float(by_chance[0].round(6)), bool(even[0] < by_chance[0])
    (0.001953, True)
    """
    from scipy.special import betainc

    if not len(silence):
        return np.zeros(0)
    spread, of_these = _spread(span, gaps, gap_squares)
    usual = of_these if usual is None else usual
    variation = (gaps * spread + PRIOR_GAPS * usual) / (gaps + PRIOR_GAPS)
    shape = np.clip(1 / np.maximum(variation, 1e-6), *SHAPES)
    chance = np.empty(len(silence))

    def fill_in(part: slice) -> None:
        own = shape[part]
        betainc(gaps[part] * own, own, span[part] / (span[part] + silence[part]), out=chance[part])

    for _ in over_blocks(fill_in, parts(len(silence), _TIES_AT_ONCE)):
        pass
    return np.round(chance, DIGITS, out=chance)


def silence_limits(pairs: ir.Table, fairness: FairnessSettings, engine: Engine) -> dict[str, float | None]:
    """Return ``quiet_limit`` and ``silence_chance_limit``, of which a fading tie must pass one; one number each for all.

    ``quiet_limit`` is the smallest quiet chance that is high among established peer ties, missing where too few of them have
    one; ``silence_chance_limit`` is the largest chance of so long a silence that passes the test. Together they never let
    through more than ``most_flagged_share``: more at once have a common cause.
    """
    established = pairs.filter(
        pairs.is_peer_a
        & pairs.is_open_a
        & pairs.is_open_b
        & (pairs.contact_days_52w >= ESTABLISHED_DAYS)
        & (pairs.contact_weeks_52w >= ESTABLISHED_WEEKS)
        & ~pairs.is_dormant
    )
    known = engine.frame(established.select("silence_chance", "quiet_chance"))
    chances = known["quiet_chance"].dropna().to_numpy(float)
    silences = known["silence_chance"].dropna().to_numpy(float)
    unusual, likely = silence_limit(silences, fairness), None
    if len(chances) >= MANY_LOOKS:
        unusual = min(unusual, FALSE_FINDINGS / max(len(silences), 1))
        # Of the most that may be flagged, quiet chances get what silences leave.
        taken = int((silences <= unusual).sum()) / len(chances)
        left = max(fairness.most_flagged_share - taken, 0.0)
        likely = quiet_limit(chances, replace(fairness, most_flagged_share=left))
    return {"quiet_limit": likely, "silence_chance_limit": unusual}


def quiet_limit(chances: np.ndarray, fairness: FairnessSettings) -> float | None:
    """Return the quiet chance from which an established tie stands out; None where too few have a chance.

    It is ``quiet_times`` the mean, though never more than 0.9, and lies above the share of ties that may be flagged at most.

    Examples
    --------
    >>> from peerlens.settings import FairnessSettings
    >>> quiet_limit(np.array([0.05] * 28 + [0.5] * 2), FairnessSettings())
    0.24
    >>> quiet_limit(np.array([0.05] * 29), FairnessSettings()) is None
    True
    """
    if len(chances) < MANY_LOOKS:
        return None
    high = min(fairness.quiet_times * float(np.sort(chances).mean()), SURE)
    ranked = np.sort(chances)[::-1]
    # The first tie beyond the share, and all that tie with it, stay below the limit.
    first_out = float(ranked[int(fairness.most_flagged_share * len(ranked))])
    return round(max(high, first_out + SMALLEST_STEP), 6)


def silence_limit(chances: np.ndarray, fairness: FairnessSettings) -> float:
    """Return the largest of many chances that is unusual with all the others looked at.

    Under thirty ties there are not many looks: the rule's own thresholds stand alone, and the limit is 1.

    Examples
    --------
    >>> from peerlens.settings import FairnessSettings
    >>> silence_limit(np.array([0.001, 0.002, 0.3] + [0.5] * 27), FairnessSettings())
    0.002
    >>> silence_limit(np.array([0.02, 0.5, 0.9]), FairnessSettings())
    1.0
    """
    ranked = np.sort(chances)
    if len(ranked) < MANY_LOOKS:
        return 1.0
    passed = np.flatnonzero(ranked <= fairness.false_flag_share * np.arange(1, len(ranked) + 1) / len(ranked))
    if not len(passed):
        return 0.0
    most = max(int(fairness.most_flagged_share * len(ranked)), 1)
    at = min(int(passed[-1]), most - 1)
    # Chances that tie with the first one beyond the cap would all be let through.
    limit = float(ranked[at])
    if at + 1 < len(ranked) and ranked[at + 1] == limit and at + 1 >= most:
        below = ranked[ranked < limit]
        return float(below[-1]) if len(below) else NOT_ONE
    return limit
