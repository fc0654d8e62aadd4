"""Two periods compared, group by group, beside what ordinary periods of the same length differ by.

The change of two groups is that of their share of all contact between the groups shown, so that a summer or a growing
firm is no change.
*Ordinary* are placebo splits: the same two lengths and the same gap, moved a week at a time over the log, wherever
they lie wholly
before the second period or wholly after the first. Their log changes, divided by ``sqrt(1/n_before + 1/n_after)``,
give each pair of groups its
own spread, drawn towards that of all pairs; the ordinary range is 90 % of Student's t around no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import ibis
import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.organisation.cells import is_thin, make_cells
from peerlens.organisation.manylooks import accepted
from peerlens.organisation.view import chart_rows
from peerlens.privacy.groups import BETWEEN_FEW, PART_FEW, Released, let_out
from peerlens.ties.events import EPOCH, day_number

if TYPE_CHECKING:
    from peerlens.organisation.view import View

Membership = Literal["first", "each"]
TIE_DAYS = 2
"""contact days in a period that make two people tied in it"""
STEP_DAYS = 7
FEWEST_SPLITS = 3
"""placebo splits that do not overlap, below which nothing is called beyond the ordinary"""
POOLED_WEIGHT = 8.0
"""splits that the spread of all pairs counts for, beside a pair's own"""
CAP = 0.5
"""fall beyond which no more is said where few people are left"""
APART_DAYS = 28
"""fewest days between the ends of periods compared in different runs, unless they are the same"""
FEWEST_DAYS = 10
"""contact days a period that a change is worked out from"""


@dataclass(frozen=True)
class Span:
    """Days from first to last, as day numbers, both inside."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Number of days."""
        return self.last - self.first + 1

    def said(self) -> tuple[date, date]:
        """Return the two days."""
        return EPOCH + timedelta(days=self.first), EPOCH + timedelta(days=self.last)


@dataclass(frozen=True)
class Compared:
    """What changed between two periods, by pair of groups, and what can be said of it."""

    before: Span
    after: Span
    membership: Membership
    released: Released
    looked_at: int
    by_chance: float
    splits: int
    disjoint: int
    can_tell: bool


def as_span(given: date | str | tuple, *, weeks: int, name: str) -> Span:
    """Read a period: its last day, or its first and last.

    Raises
    ------
    PeerlensError
        It is neither.

    Examples
    --------
    >>> as_span("2026-03-31", weeks=13, name="before").length
    91
    """
    try:
        if isinstance(given, tuple | list):
            first, last = (day_number(_day(item)) for item in given)
        else:
            last = day_number(_day(given))
            first = last - 7 * weeks + 1
    except (ValueError, TypeError, AttributeError) as error:
        raise PeerlensError(
            f"{name}: found {given!r}, expected the last day of a period such as 2026-03-31, or its first and last day."
        ) from error
    if last < first:
        raise PeerlensError(f"{name}: its last day {given[1]} lies before its first {given[0]}. Turn them round.")
    return Span(first, last)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def check_apart(spans: tuple[Span, ...], known: tuple[tuple[date, date], ...]) -> tuple[Span, ...]:
    """Return the stretches of days by which periods differ from those compared before.

    Parameters
    ----------
    spans
        To be compared.
    known
        First and last day of each period that was compared before.

    Raises
    ------
    NotEnoughData
        One begins or ends a few days from one compared before: subtracted, the two would give what few people did in these days.

    Examples
    --------
    >>> check_apart((Span(100, 155),), ())
    ()
    >>> check_apart((Span(100, 155),), ((date(1970, 2, 11), date(1970, 6, 5)),))  # days 41 to 155
    (Span(first=41, last=99), Span(first=100, last=155))
    """
    before = {edge for first, last in known for edge in (day_number(first), day_number(last) + 1)}
    edges = {edge for span in spans for edge in (span.first, span.last + 1)}
    near = sorted((edge, other) for edge in edges for other in before if 0 < abs(edge - other) < APART_DAYS)
    if near:
        edge, other = (EPOCH + timedelta(days=day) for day in near[0])
        raise NotEnoughData(
            f"A period that begins or ends on {edge} lies within {APART_DAYS} days of one compared before, which began or ended "
            f"on {other}: what few people did in the days between could be worked out. Use the days of the earlier comparison "
            f"(a period begins the day after another ends), or days at least {APART_DAYS} away from them."
        )
    if edges <= before or not before:
        return ()
    ends = sorted(edges | before)
    held = [*spans, *(Span(day_number(first), day_number(last)) for first, last in known)]
    parts = [Span(one, two - 1) for one, two in pairwise(ends)]
    return tuple(part for part in parts if any(span.first <= part.first and part.last <= span.last for span in held))


def compare(
    view: View, before: Span, after: Span, *, membership: Membership = "first", apart: tuple[Span, ...] = ()
) -> Compared:
    """Compare contact between groups in two periods.

    Parameters
    ----------
    view
        The groups; with ``membership="first"`` everybody stays in the group of the view's chart.
    before, after
        The periods.
    membership
        ``"each"``: a contact is placed in the chart of its day.
    apart
        Stretches of days by which the periods differ from those compared before: what few people did in them is withheld.

    Returns
    -------
    Compared
        ``group_a, group_b, change`` (of the share of all contact), ``or_more`` (it fell by so much or more: few people are left
        behind it, and how much they have is not said), ``ordinary_low, ordinary_high``, ``is_beyond`` the ordinary,
        ``kept_share, lost_share`` (of the ties before), ``gained_share`` (of the ties after).

    Raises
    ------
    NotEnoughData
        A period lies outside the log.
    PeerlensError
        The periods overlap.
    """
    ties = view.ties
    log_first = day_number(ties.log_first_on)
    if before.first < log_first or after.last > view.last_day:
        raise NotEnoughData(
            f"The log runs from {ties.log_first_on} to {ties.as_of}; the periods asked for from {before.said()[0]} to "
            f"{after.said()[1]}. Choose periods inside the log."
        )
    if after.first <= before.last:
        raise PeerlensError(
            f"The second period begins on {after.said()[0]}, before the first has ended on {before.said()[1]}. "
            "Choose periods that do not overlap."
        )
    tally = _daily_pairs(view, membership, log_first)
    cells, splits, disjoint = changed_cells(
        tally,
        before,
        after,
        Span(log_first, view.last_day),
        groups=len(view.names),
        least=(view.k, view.dominance_share, ties.settings.organisation.false_share),
    )
    for part in apart:
        thin = is_thin(
            make_cells(_within(tally, part), len(view.names)), cells, k=view.k, dominance_share=view.dominance_share
        )
        cells["held"] = cells["held"].mask(thin & (cells["held"] == ""), BETWEEN_FEW.format(k=view.k))
    asked = int(cells["is_asked"].sum())
    limit = float(cells["p"][cells["is_beyond"]].max()) if cells["is_beyond"].any() else 0.0
    names = np.array(view.names, dtype=object)
    released = let_out(
        cells.assign(group_a=names[cells["ga"]], group_b=names[cells["gb"]]),
        {
            "change": "percent",
            "or_more": "as it is",
            "ordinary_low": "percent",
            "ordinary_high": "percent",
            "is_beyond": "as it is",
            "kept_share": "tenth",
            "lost_share": "tenth",
            "gained_share": "tenth",
        },
        keys=("group_a", "group_b"),
        people=("people_a", "people_b"),
        k=view.k,
        dominance_share=view.dominance_share,
        lines=("group_a", "group_b"),
    )
    return Compared(
        before, after, membership, released, asked, asked * limit, splits, disjoint, disjoint >= FEWEST_SPLITS
    )


def changed_cells(
    tally: pd.DataFrame,
    before: Span,
    after: Span,
    log: Span,
    *,
    groups: int,
    least: tuple[int, float, float],
) -> tuple[pd.DataFrame, int, int]:
    """Measure the change of every cell, beside ordinary ones.

    Parameters
    ----------
    tally
        ``a, b, ga, gb, day, n``: contact days, ``ga <= gb``.
    before, after, log
        The two periods, and the whole log.
    groups
        How many groups there are.
    least
        Fewest people on a side, largest share of two people, and the share of false ones among those called beyond the ordinary.

    Returns
    -------
    tuple
        Cells with ``change, ordinary_low, ordinary_high, p, is_asked, is_beyond`` and the fates of ties; placebo
        splits, and how many of
        them stand side by side.
    """
    from scipy import stats

    k, dominance_share, false_share = least
    of_before, of_after = _within(tally, before), _within(tally, after)
    both = pd.concat([of_before, of_after], ignore_index=True)
    pairs = both.groupby(["ga", "gb", "a", "b"], sort=True)["n"].sum().reset_index()
    cells = make_cells(pairs, groups)
    cells = pd.concat([cells, _fates(of_before, of_after, cells, groups)], axis=1)
    enough = (cells[["people_a", "people_b"]].min(axis=1) >= k) & (cells["top_two"] <= dominance_share)
    daily, total = _by_day(tally, cells[enough], groups, log.first, log.last)
    n1, n2 = _sums(daily, before, log.first), _sums(daily, after, log.first)
    t1, t2 = (float(_sums(total[None, :], span, log.first)[0]) for span in (before, after))
    change = _log_change(n1, n2, t1, t2)
    splits = _placebo(before, after, log.first, log.last)
    spread, disjoint = _spread(daily, total, splits, log.first)
    asked = (n1 >= FEWEST_DAYS) & (disjoint >= FEWEST_SPLITS)
    error = spread * np.sqrt(1 / np.maximum(n1, 1) + 1 / np.maximum(n1 * t2 / max(t1, 1.0), 1))
    freedom = max(disjoint - 1, 1) + POOLED_WEIGHT / 2
    reach = stats.t.ppf(0.95, freedom) * error
    p = 2 * stats.t.sf(np.abs(change) / np.maximum(error, 1e-12), freedom)
    limit = accepted(p[asked], false_share)
    numbers = pd.DataFrame(
        {
            "change": np.where(n1 >= FEWEST_DAYS, np.expm1(change), np.nan),
            "ordinary_low": np.where(asked, np.expm1(-reach), np.nan),
            "ordinary_high": np.where(asked, np.expm1(reach), np.nan),
            "p": p,
            "is_asked": asked,
            "is_beyond": asked & (p <= limit) & (np.abs(change) > reach),
        },
        index=cells.index[enough],
    )
    cells = cells.join(numbers)
    flags = cells[["is_asked", "is_beyond"]].astype("boolean").fillna(False).astype(bool)
    cells = cells.assign(**{name: flags[name] for name in flags})
    thin = [
        is_thin(make_cells(part, groups), cells, k=k, dominance_share=dominance_share) for part in (of_before, of_after)
    ]
    return without_thin_periods(cells, *thin, k=k), len(splits), disjoint


def without_thin_periods(cells: pd.DataFrame, before: np.ndarray, after: np.ndarray, *, k: int) -> pd.DataFrame:
    """Say no more of a period with too few people behind it than that contact fell by half or more; without that, nothing.

    Of the many people of the other period the amount is known from other pages: a change in per cent would give that of the few.

    Parameters
    ----------
    cells
        With ``change`` and the fates of ties.
    before, after
        In which period too few people stand behind a cell.
    k
        Fewest people on a side.
    """
    capped = after & ~before & (cells["change"] <= -CAP).to_numpy()
    held = np.where((before | after) & ~capped, PART_FEW.format(k=k), "")
    fates = {name: cells[name].mask(capped) for name in ("kept_share", "lost_share", "gained_share")}
    return cells.assign(change=cells["change"].mask(capped, -CAP), or_more=capped, held=held, **fates)


def _daily_pairs(view: View, membership: Membership, log_first: int) -> pd.DataFrame:
    """Return ``a, b, ga, gb, day, n`` of every contact day, each person in the group of the view or of the day's chart."""
    ties, engine = view.ties, view.ties.engine
    table = ties.pair_days
    rows = table.filter(table.is_close & (table.day_no >= log_first) & (table.day_no <= view.last_day))
    if membership == "first":
        days = engine.frame(rows.select("a_no", "b_no", day="day_no").order_by(["a_no", "b_no", "day"]))
        return view.turned(days).assign(n=1)
    chart = chart_rows(ties, view.by).dropna(subset=["group"])
    place = {name: at for at, name in enumerate(view.names)}
    chart = chart[chart["group"].isin(list(place))]
    spans = pd.DataFrame(
        {
            "person_no": chart["person_no"].astype("int32"),
            "g": chart["group"].map(place).astype("int32"),
            "from_day": chart["from_day"].astype("int32"),
            "to_day": chart["to_day"].astype("int32"),
        }
    )
    member = engine.from_frame(spans, name="spans")
    one = member.select(a_no="person_no", g="g", from_a="from_day", to_a="to_day")
    two = member.select(b_no="person_no", h="g", from_b="from_day", to_b="to_day")
    placed = rows.join(one, ["a_no", rows.day_no >= one.from_a, rows.day_no <= one.to_a])
    placed = placed.join(two, ["b_no", placed.day_no >= two.from_b, placed.day_no <= two.to_b])
    swap = placed.g > placed.h
    turned = placed.select(
        ga=ibis.least(placed.g, placed.h).cast("int64"),
        gb=ibis.greatest(placed.g, placed.h).cast("int64"),
        a=swap.ifelse(placed.b_no, placed.a_no),
        b=swap.ifelse(placed.a_no, placed.b_no),
        day="day_no",
    )
    days = engine.frame(turned.order_by(["ga", "gb", "a", "b", "day"])).assign(n=1)
    engine.drop(member)
    return days


def _within(tally: pd.DataFrame, span: Span) -> pd.DataFrame:
    rows = tally[(tally["day"] >= span.first) & (tally["day"] <= span.last)]
    return rows.groupby(["ga", "gb", "a", "b"], sort=True)["n"].sum().reset_index()


def _fates(of_before: pd.DataFrame, of_after: pd.DataFrame, cells: pd.DataFrame, groups: int) -> pd.DataFrame:
    """Share out ties by what became of them."""
    keys = ["ga", "gb", "a", "b"]
    one = of_before.loc[of_before["n"] >= TIE_DAYS, keys].assign(before=1)
    two = of_after.loc[of_after["n"] >= TIE_DAYS, keys].assign(after=1)
    ties = one.merge(two, on=keys, how="outer").fillna(0)
    ties["kept"] = ties["before"] * ties["after"]
    sums = ties.groupby(ties["ga"].astype("int64") * groups + ties["gb"].astype("int64"))[
        ["before", "after", "kept"]
    ].sum()
    mine = sums.reindex(cells["ga"] * groups + cells["gb"]).fillna(0).reset_index(drop=True)
    kept = mine["kept"] / mine["before"].where(mine["before"] > 0)
    return pd.DataFrame(
        {
            "kept_share": kept,
            "lost_share": 1 - kept,
            "gained_share": 1 - mine["kept"] / mine["after"].where(mine["after"] > 0),
        }
    )


def _by_day(
    tally: pd.DataFrame, cells: pd.DataFrame, groups: int, first: int, last: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return running sums of contact days by cell and day, and of all cells together; a column more than there are days."""
    days = last - first + 1
    place = pd.Series(np.arange(len(cells)), index=cells["ga"] * groups + cells["gb"])
    at = (tally["ga"] * groups + tally["gb"]).map(place)
    known = at.notna().to_numpy()
    day = (tally["day"] - first).to_numpy()
    sums = np.zeros((len(cells), days + 1))
    np.add.at(sums, (at[known].astype(int).to_numpy(), day[known] + 1), 1)
    total = np.concatenate([[0], np.bincount(day, minlength=days)])
    return np.cumsum(sums, axis=1), np.cumsum(total).astype(float)


def _sums(running: np.ndarray, span: Span, first: int) -> np.ndarray:
    return running[:, span.last - first + 1] - running[:, span.first - first]


def _log_change(n1: np.ndarray, n2: np.ndarray, t1: float, t2: float) -> np.ndarray:
    return np.log((n2 + 0.5) / max(t2, 1.0)) - np.log((n1 + 0.5) / max(t1, 1.0))


def _placebo(before: Span, after: Span, first: int, last: int) -> list[tuple[Span, Span]]:
    """Return all pairs of periods of the same shape that do not reach across the change."""
    reach, gap = after.last - before.first, after.first - before.first
    found = []
    for ends, starts in ((after.first - 1, first), (last, before.last + 1)):
        for start in range(starts, ends - reach + 1, STEP_DAYS):
            found.append(
                (
                    Span(start, start + before.length - 1),
                    Span(start + gap, start + gap + after.length - 1),
                )
            )
    return found


def _spread(
    daily: np.ndarray, total: np.ndarray, splits: list[tuple[Span, Span]], first: int
) -> tuple[np.ndarray, int]:
    """Return each pair's spread of ordinary changes, in units of a Poisson count's, and how many splits do not overlap."""
    if not splits:
        return np.full(len(daily), np.nan), 0
    squares = np.zeros((len(splits), len(daily)))
    for at, (one, two) in enumerate(splits):
        n1, n2 = _sums(daily, one, first), _sums(daily, two, first)
        t1, t2 = (float(_sums(total[None, :], span, first)[0]) for span in (one, two))
        size = 1 / np.maximum(n1, 1) + 1 / np.maximum(n2, 1)
        squares[at] = _log_change(n1, n2, t1, t2) ** 2 / size
    # Splits that share days say much the same; they count by how many steps from one period to the next there are.
    disjoint, free_from = 0, -1
    for one, two in splits:
        if one.first > free_from:
            disjoint, free_from = disjoint + 1, two.first - 1
    own = squares.mean(axis=0)
    pooled = float(squares.mean()) if squares.size else 1.0
    return np.sqrt((disjoint * own + POOLED_WEIGHT * max(pooled, 1.0)) / (disjoint + POOLED_WEIGHT)), disjoint
