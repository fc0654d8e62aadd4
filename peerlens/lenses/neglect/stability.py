"""In how many of 54 settings a flag stands: the same tie with other half-lives, sizes of close contact and thresholds.

Three half-lives x three sizes of close contact x six factors on every threshold = 54, the defaults among them. A wider or
narrower close contact moves contact days, silence, rhythm and pauses of ``fading`` and ``thin_bridge``; a half-life moves
the strengths that ``thin_bridge`` compares; a factor moves the thresholds of every kind (shares by their odds). Kinds that
do not read a setting do not depend on it: who starts, shared meetings, expected contact and quiet chances are taken as they
are. The limits of the many looks (:mod:`peerlens.ties.unusual`) are moved by the factor and otherwise stay those of the
settings in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from peerlens.lenses.frames import of_everybody
from peerlens.lenses.neglect.rule import COMPARED
from peerlens.ties.pair_sums import YEAR_DAYS
from peerlens.ties.together import days_of, rows_of
from peerlens.ties.unusual import (
    ESTABLISHED_DAYS,
    ESTABLISHED_WEEKS,
    mean_since,
    silence_chance,
    ticking_fullness,
    usual_spread,
)

if TYPE_CHECKING:
    from peerlens.lenses.neglect.rule import Condition, Rule
    from peerlens.ties import Ties

HALF_LIFE_FACTORS = (0.5, 1.0, 1.5)
CLOSE_SIZES = ((-2, -2), (0, 0), (3, 2))
"""how many people more or fewer make a message and a meeting close: 3 and 6, 5 and 8, 8 and 10 by default"""
THRESHOLD_FACTORS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
"""above 1 is stricter"""
SETTINGS = len(HALF_LIFE_FACTORS) * len(CLOSE_SIZES) * len(THRESHOLD_FACTORS)
FRAGILE_BELOW = SETTINGS * 2 // 3
"""a flag that stands in fewer settings is fragile"""


def stability(ties: Ties, flags: pd.DataFrame, *, rules: Mapping[str, Rule]) -> pd.DataFrame:
    """Count the settings in which each flag of one person stands.

    Parameters
    ----------
    ties
        Where flags were found.
    flags
        Flags of one person: ``person_id, other_id, kind``, and what their conditions compared.
    rules
        Rules with the thresholds in force, by kind.

    Returns
    -------
    pandas.DataFrame
        ``stands_in``, ``settings_tried`` (54) and ``is_fragile``, index as ``flags``.
    """
    counts = pd.Series(0, index=flags.index, dtype="Int64")
    if flags.empty:
        return _frame(counts)
    person = _Person(ties, str(flags["person_id"].iloc[0]))
    number = ties.persons_by_id["person_no"]
    compared = [name for name in flags if str(name).startswith(COMPARED)]
    rows = flags[compared].rename(columns=lambda name: str(name).removeprefix(COMPARED))
    rows["other_no"] = flags["other_id"].map(number)
    for index, kind in flags["kind"].items():
        rule = rules[str(kind)]
        counts[index] = sum(
            stands(rule, variant, factor)
            for variant, factor in product(person.variants(rule, rows.loc[index].to_dict()), THRESHOLD_FACTORS)
        )
    return _frame(counts)


def _frame(counts: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"stands_in": counts, "settings_tried": SETTINGS, "is_fragile": counts < FRAGILE_BELOW})


def stands(rule: Rule, row: Mapping[str, Any], factor: float) -> bool:
    """Tell whether a row passes a rule with every threshold moved by a factor."""
    return any(all(_passes(condition, row, factor) for condition in way) for way in rule.ways())


def _passes(condition: Condition, row: Mapping[str, Any], factor: float) -> bool:
    value, limit = row[condition.column], condition.limit(row)
    if pd.isna(value) or pd.isna(limit):
        return False
    return bool(condition.compare(float(value), moved(float(limit), condition.relation, factor)))


def moved(limit: float, relation: str, factor: float) -> float:
    """Make a threshold stricter (factor above 1) or easier; a share by its odds.

    Examples
    --------
    >>> moved(6.0, ">=", 1.5), moved(6.0, "<=", 1.5), moved(0.5, ">=", 3.0), moved(1.0, "==", 2.0)
    (9.0, 4.0, 0.75, 1.0)
    """
    if relation == "==":
        return limit
    up = factor if relation in {">=", ">"} else 1 / factor
    if 0 < limit < 1:
        odds = up * limit / (1 - limit)
        return odds / (1 + odds)
    return limit * up


class _Person:
    """One person's contact, read once, measured under several settings."""

    def __init__(self, ties: Ties, person_id: str) -> None:
        self.ties, self.person_id = ties, person_id
        self.number = int(ties.person(person_id)["person_no"])
        self.days = {int(str(other)): rows for other, rows in days_of(ties, person_id).groupby("other_no")}
        self._strengths: dict[float, dict[int, float]] = {}

    def variants(self, rule: Rule, row: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the row as it would be under each half-life and size of close contact."""
        if rule.reads != "sides" or rule.kind not in {"fading", "thin_bridge"}:
            return [row] * (len(HALF_LIFE_FACTORS) * len(CLOSE_SIZES))
        found = []
        for sizes in CLOSE_SIZES:
            sized = row | (self.measured(int(row["other_no"]), sizes) if sizes != (0, 0) else {})
            for factor in HALF_LIFE_FACTORS:
                found.append(
                    sized | self.weighed(int(row["other_no"]), factor) if rule.kind == "thin_bridge" else sized
                )
        return found

    def measured(self, other: int, sizes: tuple[int, int]) -> dict[str, Any]:
        """Measure a tie's time with another size of close contact, as :mod:`peerlens.ties.pairs` does for all."""
        used, clock, as_of = self.ties.settings.ties, self.ties.clock, self.ties.as_of_day
        rows = self.days[other]
        close = (rows["smallest_message"] <= used.close_message_size + sizes[0]).fillna(False) | (
            rows["smallest_meeting"].astype("float64") <= used.close_meeting_size + sizes[1]
        ).fillna(False)
        days = rows.loc[close.astype(bool), "day_no"].to_numpy(int)
        nothing = dict.fromkeys(
            ("silence", "rhythm", "patience", "longest_pause", "span", "silence_ratio", "silence_chance"), np.nan
        )
        if not len(days):
            return nothing | {"contact_days_52w": 0, "contact_weeks_52w": 0, "is_live_tie": 0}
        both = clock.at_work[self.number] & clock.at_work[other]
        ticks = np.concatenate([[0], np.cumsum(both)])
        upto = ticks[np.clip(days - clock.first_day + 1, 0, len(both))]
        before = ticks[np.clip(days - clock.first_day, 0, len(both))]
        pauses = before[1:] - upto[:-1]
        silence = int(ticks[-1] - upto[-1])
        in_year = as_of - days < YEAR_DAYS
        year = days[in_year]
        count, span = len(year), float(np.ptp(upto[in_year])) if len(year) else np.nan
        has_rhythm = count >= 2 and not np.isnan(span)
        rhythm = max(1.0, span / (count - 1)) if has_rhythm else np.nan
        patience = max(float(used.min_silence_days), used.silence_per_rhythm * (0.0 if np.isnan(rhythm) else rhythm))
        weeks = len(np.unique((year + 3) // 7))
        chance = np.nan
        if count >= ESTABLISHED_DAYS and weeks >= ESTABLISHED_WEEKS and span > 0:
            squares = float(((pauses + 1.0) ** 2)[in_year[1:]].sum())
            counted = silence * mean_since(self.fullness, days[-1:])
            chance = float(
                silence_chance(
                    counted, np.array([span]), np.array([count - 1.0]), np.array([squares]), usual=self.spread
                )[0]
            )
        return {
            "silence": silence,
            "rhythm": rhythm,
            "patience": patience,
            "longest_pause": float(pauses.max()) if len(pauses) else np.nan,
            "span": span,
            "contact_days_52w": count,
            "contact_weeks_52w": weeks,
            "silence_ratio": silence / rhythm,
            "silence_chance": chance,
            "is_live_tie": int((silence < used.live_days or silence < patience) and silence <= used.dormant_days),
        }

    def weighed(self, other: int, factor: float) -> dict[str, Any]:
        """Weigh the tie, and the weakest quarter of the person's live ties, with another half-life."""
        if factor == 1.0:
            return {}
        if factor not in self._strengths:
            self._strengths[factor] = {
                number: float(
                    (
                        rows["credit_units"]
                        * 2.0
                        ** (-(self.ties.as_of_day - rows["day_no"]) / (self.ties.settings.ties.half_life_days * factor))
                    ).sum()
                    / 1e9
                )
                for number, rows in self.days.items()
            }
        strengths = self._strengths[factor]
        live = [strengths[number] for number in self.live]
        return {
            "strength": strengths[other],
            "lower_quarter_strength": float(np.quantile(live, 0.25)) if live else np.nan,
        }

    @cached_property
    def live(self) -> list[int]:
        """Numbers of the others with whom a tie is live."""
        rows = rows_of(self.ties, self.person_id)
        return sorted(rows.loc[rows["is_live"].fillna(False).astype(bool), "other_no"].astype(int))

    @cached_property
    def fullness(self) -> pd.Series:
        """How many of the usual people were active on each working day."""
        return ticking_fullness(self.ties.active_per_day, self.ties.settings.ties)

    @cached_property
    def spread(self) -> float:
        """How irregular established ties are, over all of them."""

        def made() -> pd.DataFrame:
            return pd.DataFrame({"spread": [usual_spread(self.ties.pairs, self.ties.engine)]})

        return float(of_everybody(self.ties, "usual spread", made)["spread"].iloc[0])
