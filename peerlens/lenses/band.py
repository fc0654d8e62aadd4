"""What is usual at a person's level: the one way a lens compares people, through privacy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.privacy import MEDIAN_FROM, middle_of, rounded_count
from peerlens.words import number, percent

if TYPE_CHECKING:
    from peerlens.ties import Ties

SHARE_STEP = 0.1
"""shares are rounded to tenths"""
FEW, FEW_STEP, MANY_STEP, PART_STEP = 20.0, 1.0, 5.0, 0.5
"""counts to whole ones, where most are over twenty to fives; numbers with decimals to halves"""


@dataclass(frozen=True)
class Band:
    """The middle of everybody at one level, the person asking among them: the same on each of their pages.

    Parameters
    ----------
    people
        People with a value, rounded down to fives.
    median, low, high
        Median and quartiles, rounded; None where withheld: the median under 10 people, the quartiles under 20.
    is_share
        Whether the numbers are shares.
    """

    people: int
    median: float | None
    low: float | None
    high: float | None
    is_share: bool

    def sentence(self, what: str, *, unit: str = "") -> str:
        """Say what is usual, or why it is not said.

        Parameters
        ----------
        what
            The measure in words, as it stands behind "At your level": ``"contact outside the own department"``.
        unit
            Written behind each number, as ``" departments"``; shares are written as percentages.

        Examples
        --------
        >>> Band(35, 0.4, 0.3, 0.5, True).sentence("the share upwards")
        'At your level the share upwards is usually about 40 %, for the middle half 30 % to 50 % (35 people or more).'
        >>> Band(5, None, None, None, False).sentence("departments reached")
        'Departments reached: too few people at your level (under 10) for a comparison.'
        """
        if self.median is None:
            text = f"{what}: too few people at your level (under {MEDIAN_FROM}) for a comparison."
            return text[0].upper() + text[1:]
        said = percent if self.is_share else number
        middle = ""
        if self.low is not None and self.high is not None:
            same = self.low == self.high
            middle = "" if same else f", for the middle half {said(self.low)} to {said(self.high)}{unit}"
        return (
            f"At your level {what} is usually about {said(self.median)}{unit}{middle} ({self.people} people or more)."
        )


def level_band(ties: Ties, measure: pd.DataFrame, column: str, person_id: str) -> Band:
    """Compare with everybody of the person's rank in the chart at ``as_of``.

    Parameters
    ----------
    ties
        Who stands at which rank.
    measure
        What a lens measured: one row per person.
    column
        The number to compare; shares are those whose name begins with ``share`` or ends in ``_share``.
    person_id
        Whose level.

    Returns
    -------
    Band
        Role accounts and people who have left are not in it; without a known rank it is empty.
    """
    persons = ties.persons
    own = persons.loc[persons["person_id"] == person_id, "rank"]
    rank = float(own.iloc[0]) if len(own) else float("nan")
    # All of a level are told the same.
    kept: dict[tuple[str, str], tuple[pd.DataFrame, Band]] = ties.worked_out.setdefault("bands", {})
    key = column, str(rank)
    known = kept.get(key)
    if known is None or known[0] is not measure:
        known = kept[key] = measure, _band_of(ties, measure, column, rank)
    return known[1]


def _band_of(ties: Ties, measure: pd.DataFrame, column: str, rank: float) -> Band:
    persons = ties.persons
    alike = persons["is_in_people"] & ~persons["is_role_account"] & ~persons["has_left"] & (persons["rank"] == rank)
    values = measure.loc[measure["person_id"].isin(persons.loc[alike, "person_id"]), column].dropna()
    is_share = column.startswith("share") or column.endswith("_share")
    many = len(values) > 0 and float(values.astype(float).median()) > FEW
    is_whole = bool((values.astype(float) % 1 == 0).all())
    step = SHARE_STEP if is_share else MANY_STEP if many else FEW_STEP if is_whole else PART_STEP
    median, low, high = middle_of(values, step=step)
    return Band(rounded_count(len(values)), median, low, high, is_share)


def own_trend(row: pd.Series, column: str, what: str) -> list[str]:
    """Say how a person's own number went by quarter; nothing where the log holds fewer than two.

    Parameters
    ----------
    row
        What was measured of the person.
    column
        What the columns of quarters begin with: ``"touched"`` for ``touched_q1 … q4``, the latest first.
    what
        The number in words, as the sentence begins.

    Examples
    --------
    >>> own_trend(pd.Series({"touched_q1": 4.0, "touched_q2": 3.0, "touched_q3": float("nan")}), "touched", "People")
    ['People, by quarter of 13 weeks, the last one at the end: 3, 4.']
    """
    quarters = [name for name in row.index if str(name).startswith(f"{column}_q")]
    known = [f"{int(row[name])}" for name in reversed(quarters) if pd.notna(row[name])]
    return [f"{what}, by quarter of 13 weeks, the last one at the end: {', '.join(known)}."] if len(known) > 1 else []
