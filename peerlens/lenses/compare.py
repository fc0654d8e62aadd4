"""Before and after: what became of the ties on an earlier short list, beside what would have happened anyway."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.lenses.neglect.flags import find_flags, short_list
from peerlens.ties.events import day_number
from peerlens.words import day as say_day
from peerlens.words import number, of_people, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from peerlens.ties import Ties

RANGE = 0.8
"""share of the outcomes without action that lie inside the range shown"""
ALIKE = 0.05
"""how close the chance of a tie alike must be"""
FEWEST_ALIKE = 20
LEANING = "one_sided"
SHORT = 5


@dataclass(frozen=True)
class Comparison:
    """What became of the ties on a short list.

    Parameters
    ----------
    person_id
        Whose ties.
    before, after
        The day of the list, and the day up to which was looked.
    horizon_days
        Days after ``before`` in which contact counts as picking up: those the chance was stated for.
    headline
        One plain sentence; every number in it is in the tables.
    ties
        One row per tie of the list: ``other_id, other, other_department, kind, severity, chance_of_contact`` (0 to 1, if nobody
        acts; missing where none was given), ``contact_days`` within the horizon, ``was_picked_up`` (for `one_sided`, where it
        never stopped: the flag no longer stands), ``is_live_after``.
    expected, low, high
        How many of those with a chance would have had contact anyway, and a range that holds in 8 of 10 cases; None when no tie
        has a chance.
    alike
        ``ties`` (how many ties of anybody that were on nobody's list and had about the same chance), ``share_with_contact``.
    gone_quiet
        Ties live before and no longer after: ``other_id, other, other_department, silence`` (working days).
    caveats
        What this does not say.
    """

    person_id: str
    before: date
    after: date
    horizon_days: int
    headline: str
    ties: pd.DataFrame
    expected: float | None
    low: int | None
    high: int | None
    alike: pd.DataFrame
    gone_quiet: pd.DataFrame
    caveats: tuple[str, ...]

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw each tie's chance of contact without action, what happened, and the sum beside what was to be expected."""
        from peerlens.draw.before_after import before_after

        subtitle = f"List of {say_day(self.before)}; contact counted in the {self.horizon_days} days after it"
        span = None if self.expected is None else (self.expected, self.low or 0, self.high or 0)
        return before_after(self.ties, ax=ax, title=self.headline, subtitle=subtitle, expected=span)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per tie of the list."""
        return self.ties

    def __str__(self) -> str:
        return "\n".join([self.headline, "", self.ties.to_string(index=False), "", *self.caveats])

    def _repr_html_(self) -> str:
        caveats = "".join(f"<li>{html.escape(text)}</li>" for text in self.caveats)
        return (
            f"<section><p><strong>{html.escape(self.headline)}</strong></p>"
            f"{self.ties.to_html(index=False, border=0, na_rep='', float_format='{:.2f}'.format)}<ul>{caveats}</ul></section>"
        )


def compare(before: Ties, after: Ties, person_id: str, *, listed: Sequence[str] | None = None) -> Comparison:
    """Say what became of the ties on a person's short list.

    A tie was picked up when it had a contact day in the ``horizon_days`` after ``before``. What would have happened anyway
    is ``sum(1 - quiet_chance)`` over the ties with a chance, each taken from what was known at ``before``; its range is the
    central part of the Poisson-binomial distribution of that many independent ties.

    Parameters
    ----------
    before
        Ties on the day of the list.
    after
        Ties on a later day, at least ``horizon_days`` later.
    person_id
        Whose list.
    listed
        Ids on the list; None takes the short list as it is found at ``before``.

    Raises
    ------
    NotEnoughData
        The days lie too close together.
    PeerlensError
        They lie in the wrong order.
    """
    horizon = before.settings.quiet_chance.horizon_days
    if after.as_of <= before.as_of:
        raise PeerlensError(
            f"compare: found {before.as_of} before and {after.as_of} after, expected the earlier day first."
        )
    if (after.as_of - before.as_of).days < horizon:
        earliest = before.as_of + timedelta(days=horizon)
        raise NotEnoughData(
            f"compare: {(after.as_of - before.as_of).days} days lie between the two days, and a chance covers {horizon}: "
            f"choose {earliest} or later."
        )
    flags = short_list(find_flags(before, person_id=person_id).table, SHORT if listed is None else 10_000)
    flags = flags[flags["other_id"].notna()]
    if listed is not None:
        flags = flags[flags["other_id"].isin(list(listed))]
    rows = _outcomes(before, after, person_id, flags, horizon)
    known = rows[rows["chance_of_contact"].notna()]
    expected = low = high = None
    if len(known):
        chances = known["chance_of_contact"].to_numpy(float)
        expected = round(float(chances.sum()), 1)
        low, high = _range(chances)
    quiet, alike = _gone_quiet(before, after, person_id), _alike(before, after, known, horizon)
    return Comparison(
        person_id=person_id,
        before=before.as_of,
        after=after.as_of,
        horizon_days=horizon,
        headline=_headline(rows, known, expected, low, high),
        ties=rows,
        expected=expected,
        low=low,
        high=high,
        alike=alike,
        gone_quiet=quiet,
        caveats=_caveats(rows, known, alike, quiet, before),
    )


def _outcomes(before: Ties, after: Ties, person_id: str, flags: pd.DataFrame, horizon: int) -> pd.DataFrame:
    number_of = after.persons.set_index("person_id")["person_no"]
    mine = int(number_of[person_id])
    days = after.pair_days
    start = day_number(before.as_of)
    window = days.filter(
        ((days.a_no == mine) | (days.b_no == mine))
        & days.is_close
        & (days.day_no > start)
        & (days.day_no <= start + horizon)
    )
    counts = window.select(other_no=(window.a_no == mine).ifelse(window.b_no, window.a_no))
    counted = after.engine.frame(counts.group_by("other_no").agg(contact_days=counts.count()).order_by("other_no"))
    ids = after.persons.set_index("person_no")["person_id"]
    contact_days = counted.assign(other_id=counted["other_no"].map(ids)).set_index("other_id")["contact_days"]
    now = after.of(person_id).set_index("other_id")["is_live"]
    rows = flags[["other_id", "other", "other_department", "kind", "severity"]].reset_index(drop=True)
    rows["chance_of_contact"] = (1 - flags["quiet_chance"].astype(float)).round(2).to_numpy()
    rows["contact_days"] = rows["other_id"].map(contact_days).fillna(0).astype("int64")
    # Where contact never stopped, more of it says nothing: what counts is whether the tie still leans.
    leans = rows["kind"].eq(LEANING)
    still = find_flags(after, person_id=person_id).table
    still = set(still.loc[still["kind"].eq(LEANING), "other_id"])
    rows.loc[leans, "chance_of_contact"] = float("nan")
    rows["was_picked_up"] = (rows["contact_days"] > 0).where(~leans, ~rows["other_id"].isin(still))
    rows["is_live_after"] = rows["other_id"].map(now).eq(True)
    return rows


def _range(chances: np.ndarray) -> tuple[int, int]:
    """Return the ends of the central range of how many of independent events happen (Poisson-binomial, by convolution)."""
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, [1 - chance, chance])
    total = np.cumsum(distribution)
    tail = (1 - RANGE) / 2
    return int(np.searchsorted(total, tail, side="right")), int(np.searchsorted(total, 1 - tail))


def _alike(before: Ties, after: Ties, known: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Say how many ties on nobody's list, with about the same chance, had contact; withheld under twenty."""
    empty = pd.DataFrame({"ties": [0], "share_with_contact": [float("nan")]})
    if known.empty:
        return empty
    pairs = before.pairs
    pairs = before.engine.frame(
        pairs.filter(pairs.quiet_chance.notnull()).select("a_no", "b_no", "quiet_chance").order_by(["a_no", "b_no"])
    )
    low, high = 1 - known["chance_of_contact"].max() - ALIKE, 1 - known["chance_of_contact"].min() + ALIKE
    pairs = pairs[pairs["quiet_chance"].between(low, high)]
    flagged = find_flags(before).table
    number_of = before.persons.set_index("person_id")["person_no"]
    ends = flagged.dropna(subset=["other_id"])[["person_id", "other_id"]].apply(lambda column: column.map(number_of))
    on_a_list = pd.MultiIndex.from_arrays([ends.min(axis=1).astype("int64"), ends.max(axis=1).astype("int64")])
    keys = pd.MultiIndex.from_frame(pairs[["a_no", "b_no"]].astype("int64"))
    keys = keys[~keys.isin(on_a_list)]
    if len(keys) < FEWEST_ALIKE:
        return empty.assign(ties=len(keys))
    start = day_number(before.as_of)
    days = after.pair_days
    seen = days.filter(days.is_close & (days.day_no > start) & (days.day_no <= start + horizon))
    seen = after.engine.frame(seen.select("a_no", "b_no").distinct().order_by(["a_no", "b_no"]))
    had = keys.isin(pd.MultiIndex.from_frame(seen.astype("int64")))
    return pd.DataFrame({"ties": [len(keys)], "share_with_contact": [round(float(had.mean()), 2)]})


def _gone_quiet(before: Ties, after: Ties, person_id: str) -> pd.DataFrame:
    """List peer ties that were live on the first day and no longer are, among people expected to be reachable now."""
    was = before.of(person_id)
    was = set(was.loc[was["is_live"] & was["is_peer"], "other_id"])
    rows = after.of(person_id)
    rows = rows[rows["other_id"].isin(was) & ~rows["is_live"] & rows["is_open"]]
    names = after.persons.set_index("person_id")["name"]
    rows = rows.assign(other=rows["other_id"].map(names).fillna(rows["other_id"]))
    return rows[["other_id", "other", "other_department", "silence"]].sort_values("other_id", ignore_index=True)


def _headline(
    rows: pd.DataFrame, known: pd.DataFrame, expected: float | None, low: int | None, high: int | None
) -> str:
    if rows.empty:
        return "Nothing was on the list then, so there is nothing to compare."
    picked = int(rows["was_picked_up"].sum())
    said = f"{picked} of {len(rows)} ties were picked up"
    if len(rows) == 1:
        said = f"The one tie on the list was {'' if picked else 'not '}picked up"
    if expected is None:
        return f"{said}; what would have happened anyway is not known."
    span = f"range {low}–{high}" if low != high else f"mostly {low}"
    if len(known) == len(rows):
        return f"{said}; {number(expected)} expected without action ({span})."
    part = int(known["was_picked_up"].sum())
    return (
        f"{said}. Of the {len(known)} with a known chance {part}; {number(expected)} expected without action ({span})."
    )


def _caveats(
    rows: pd.DataFrame, known: pd.DataFrame, alike: pd.DataFrame, quiet: pd.DataFrame, before: Ties
) -> tuple[str, ...]:
    proof = "Contact that came back is not proof of what brought it back"
    caveats = [f"{proof}." if known.empty else f"{proof}: the range shows what chance alone would do."]
    if (rows["kind"] == "one_sided").any():
        caveats.append("A tie on which they usually start counts as picked up when you have come to start more often.")
    share, number_alike = alike["share_with_contact"].iloc[0], int(alike["ties"].iloc[0])
    if pd.notna(share):
        caveats.append(
            f"Of {number_alike:,} ties on nobody's list with about the same chance, {percent(share)} had contact."
        )
    if len(quiet):
        caveats.append(f"Live then and no longer: {of_people(quiet['other'].tolist())}.")
    unknown = rows.loc[rows["chance_of_contact"].isna(), "other"].tolist()
    if unknown:
        caveats.append(f"Without a stated chance, and so outside the comparison: {of_people(unknown)}.")
    caveats.append(f"Chances as they were known on {say_day(before.as_of)}; nothing later went into them.")
    return tuple(caveats)
