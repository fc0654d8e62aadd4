"""How much contact a pair would be expected to have, from what is known of everybody else.

Two answers stand side by side. The *plain* one is the configuration model (Chung and Lu), ``c_i c_j / sum c`` on close
contact days ``c`` in the window: activity and size alone. The *fitted* one is learned from all candidate pairs, those with
contact and those without (:mod:`peerlens.ties.expected_fit`); with too few of them it is the plain one times how much two
departments exceed it over all their pairs (in closed form), times how much pairs alike exceed that. *Alike* are candidate
pairs in the same cell of shared live contacts, expectation, and same or other department. The interval is read off, not
modelled: the 5 % and 95 % quantiles of contact days among the pairs alike, the pair itself left out, so that "19 in 20
pairs alike had so many contact days" is a count anybody can repeat. (A negative binomial around the expectation was tried
first: its moments follow a few very busy pairs, and its lower quantile then says nothing.)

Only *candidate* pairs are looked at: tied, sharing at least three live contacts, or at least three meetings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from peerlens.blocks import over_blocks, parts
from peerlens.ties.closeness import Closeness
from peerlens.ties.expected_fit import Candidates, fit_expected
from peerlens.ties.shared import Shared, shared_contacts

PRIOR_DAYS = 20.0
"""contact days of prior weight that pull department and shared-contact factors towards 1"""
SHARED_EDGES = (0, 3, 5, 8, 12)
EXPECTED_EDGES = (0.0, 1.0, 3.0, 6.0, 12.0, 24.0)
LOWER_QUANTILE, UPPER_QUANTILE = 0.05, 0.95
MIN_ALIKE = 20
"""pairs alike below which no bounds are given"""
_ROWS_AT_ONCE = 100_000
_MOST_FOUND = 8_000_000
"""pairs found beyond which those that no one keeps are dropped before more are looked for; bounds memory"""


def make_candidates(
    pairs: pd.DataFrame,
    department: np.ndarray,
    *,
    shared_at_least: int,
    limit: int,
    persons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Expect contact of every candidate pair.

    Parameters
    ----------
    pairs
        ``a_no, b_no, contact_days_w, meetings_w, is_live, strength``, pairs of people in the chart.
    department
        Department number per ``person_no`` (-1: unknown).
    shared_at_least
        Shared live contacts, or shared meetings, that make a pair a candidate.
    limit
        Candidates kept per person, those with most shared contacts first.
    persons
        ``person_id, manager_id, there_days`` in order of ``person_no``; without it chart and time together are not asked.

    Returns
    -------
    pandas.DataFrame
        ``a_no, b_no, shared_contacts, observed_days, meetings_w, is_live, plain_days`` (activity and size alone),
        ``expected_days, expected_low_days, expected_high_days`` (5 % and 95 % of pairs alike had fewer, or more),
        ``alike_pairs``; ordered by pair.
    """
    people = len(department)
    pair_a, pair_b = pairs["a_no"].to_numpy(), pairs["b_no"].to_numpy()
    contact_days, meetings = pairs["contact_days_w"].to_numpy("int64"), pairs["meetings_w"].to_numpy("int64")
    live = pairs["is_live"].to_numpy(bool)
    asked = np.flatnonzero((contact_days > 0) | live | (meetings >= shared_at_least))
    blocks = shared_contacts(
        pair_a[live], pair_b[live], pairs["strength"].to_numpy(float)[live],
        people=people, at_least=shared_at_least, asked=(pair_a[asked], pair_b[asked]),
    )  # fmt: skip
    found = _kept(blocks, people, shared_at_least, limit)
    # Where nothing was asked there is no contact: the place after the last pair holds zeros.
    at = np.append(asked, len(pairs))[found.asked]
    observed = np.append(contact_days, 0).astype("int32").take(at)
    met = np.append(meetings, 0).astype("int32").take(at)
    columns = {
        "a_no": found.a,
        "b_no": found.b,
        "shared_contacts": found.contacts,
        "observed_days": observed,
        "meetings_w": met,
        "is_live": np.append(live, False).take(at),
    }
    del at
    if not len(found.a):
        empty = {"plain_days": 0.0, "expected_days": 0.0, "expected_low_days": 0.0, "expected_high_days": 0.0}
        return pd.DataFrame(columns).assign(**empty, alike_pairs=0)

    # Sums of whole numbers: exact in any order.
    days = np.bincount(pair_a, contact_days, people) + np.bincount(pair_b, contact_days, people)
    total = max(days.sum(), 1.0)
    excess = _Excess(pair_a, pair_b, contact_days, department, days, total)
    plain, factor, cell = _baseline(found, days, total, excess, department)
    known = None if persons is None else Closeness.of(found.a, found.b, persons)
    expected = fit_expected(Candidates(found, observed, met, factor), days, department, known)
    if expected is None:
        due = plain * factor
        seen, sums = np.bincount(cell, observed), np.bincount(cell, due)
        expected = due * ((seen + PRIOR_DAYS) / (sums + PRIOR_DAYS))[cell]
    # With millions of candidates what is no longer asked for is hundreds of megabytes.
    del found, factor, known
    low, high, alike = _bounds(observed, cell)
    columns |= {
        "plain_days": np.round(plain, 6, out=plain),
        "expected_days": np.round(expected, 6, out=expected),
        "expected_low_days": low,
        "expected_high_days": high,
        "alike_pairs": alike,
    }
    return pd.DataFrame(columns, copy=False)


def _baseline(
    found: Shared, days: np.ndarray, total: float, excess: _Excess, department: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per pair the plain expectation, how much its departments exceed that, and its cell of pairs alike."""
    count = len(found.a)
    plain, factor, cell = np.empty(count), np.empty(count), np.empty(count, dtype="int16")

    def lay_out(part: slice) -> None:
        a, b = found.a[part], found.b[part]
        np.multiply(days.take(a), days.take(b), out=plain[part])
        plain[part] /= total
        factor[part] = excess.of(a, b)
        # Pairs alike are told by activity and departments, not by the fit: its cells are finer, and hide who never met.
        expected = np.digitize(plain[part] * factor[part], EXPECTED_EDGES)
        shared = np.digitize(found.contacts[part], SHARED_EDGES)
        is_cross = department.take(a) != department.take(b)
        cell[part] = (expected * len(SHARED_EDGES) + shared - 1) * 2 + is_cross

    for _ in over_blocks(lay_out, parts(count, _ROWS_AT_ONCE)):
        pass
    return plain, factor, cell


def _kept(blocks: Iterable[Shared], people: int, at_least: int, limit: int) -> Shared:
    """Put blocks together, without the pairs that neither of the two people keeps."""
    found, count = [], 0
    most = _MOST_FOUND
    for block in blocks:
        found.append(block)
        count += len(block.a)
        if count > most:
            # Whoever does not keep a pair among those found so far does not keep it among more.
            found = [_within_limit(_joined(found), people, at_least, limit)]
            count = len(found[0].a)
            most = max(_MOST_FOUND, 2 * count)
    return _within_limit(_joined(found), people, at_least, limit)


def _joined(found: list[Shared]) -> Shared:
    if not found:
        whole, real = np.empty(0, "int32"), np.empty(0)
        return Shared(whole, whole, whole, whole, real, real, real)
    columns = [list(column) for column in zip(*found, strict=True)]
    found.clear()
    return _each(columns, np.concatenate)


def _each(columns: list, make: Callable[[Any], np.ndarray]) -> Shared:
    """Make new columns of old ones, one at a time, so that the old one can go before the next is made."""
    return Shared(*(make(columns.pop(0)) for _ in Shared._fields))


def _within_limit(found: Shared, people: int, at_least: int, limit: int) -> Shared:
    """Drop pairs not asked about that are among the first ``limit`` of neither; most shared contacts come first."""
    enough = found.contacts >= at_least
    own = [end if enough.all() else end[enough] for end in (found.a, found.b)]
    crowded = sum(np.bincount(end, minlength=people) for end in own) > limit
    if not crowded.any():
        return found
    is_crowded = [crowded.take(end) for end in (found.a, found.b)]
    kept = (found.asked >= 0) | ~(is_crowded[0] & is_crowded[1])
    at = [np.flatnonzero(enough & end) for end in is_crowded]
    place = np.concatenate(at)
    mine = np.concatenate([found.a[at[0]], found.b[at[1]]])
    other = np.concatenate([found.b[at[0]], found.a[at[1]]])
    order = np.lexsort((other, -found.contacts[place], mine))
    mine = mine[order]
    first = np.searchsorted(mine, mine, side="left")
    kept[place[order[np.arange(len(mine)) - first < limit]]] = True
    columns = list(found)
    del found
    return Shared(*columns) if kept.all() else _each(columns, lambda column: column[kept])


class _Excess:
    """How much contact two departments have beyond what their activity and size would give, over all their pairs."""

    def __init__(
        self,
        a: np.ndarray,
        b: np.ndarray,
        contact_days: np.ndarray,
        department: np.ndarray,
        days: np.ndarray,
        total: float,
    ) -> None:
        from scipy import sparse

        self._number = (department + 1).astype("int64")
        self._groups = int(self._number.max()) + 1
        first, second = self._between(a, b)
        shape = (self._groups, self._groups)
        seen = sparse.csr_array((contact_days.astype(float), (first, second)), shape=shape)
        seen.sum_duplicates()
        low, high = seen.tocoo().coords
        size = np.bincount(self._number, days, minlength=self._groups)
        own = np.bincount(self._number, days**2, minlength=self._groups)
        due = np.where(low == high, (size[low] ** 2 - own[low]) / (2 * total), size[low] * size[high] / total)
        self._factor = (seen.data + PRIOR_DAYS) / (due + PRIOR_DAYS)
        self._cells = low.astype("int64") * self._groups + high
        self._size, self._total = size, total

    def of(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the factor of the departments of each pair."""
        first, second = self._between(a, b)
        wanted = first * self._groups + second
        at = np.searchsorted(self._cells, wanted).clip(max=len(self._cells) - 1)
        factor = self._factor.take(at)
        never = np.flatnonzero(self._cells.take(at) != wanted)
        if len(never):
            due = self._size.take(first[never]) * self._size.take(second[never]) / self._total
            factor[never] = PRIOR_DAYS / (due + PRIOR_DAYS)
        return factor

    def _between(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first, second = self._number.take(a), self._number.take(b)
        return np.minimum(first, second), np.maximum(first, second)


def _bounds(observed: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per pair the 5 % and 95 % quantile of contact days among the other pairs of its cell, and how many those are.

    The quantiles are order statistics: with n others, at most n/20 of them had fewer days than the lower, or more than the
    upper. Days are small whole numbers, so they are counted, not sorted.
    """
    width = int(observed.max()) + 1
    at = cell.astype("int64") * width
    at += observed
    count = np.bincount(at)
    value = np.flatnonzero(count)
    count = count[value]
    group = value // width
    before = np.cumsum(count) - count
    start = before[np.searchsorted(group, group)]
    others = np.bincount(group, count)[group].astype("int64") - 1

    def other(wanted: np.ndarray) -> np.ndarray:
        # Leaving the pair out moves everything above it down by one.
        wanted = np.minimum(wanted + (before - start <= wanted), others)
        return (value[np.searchsorted(before, start + wanted, side="right") - 1] % width).astype(float)

    low = other(np.floor(LOWER_QUANTILE * others).astype("int64"))
    high = other(np.maximum(np.ceil(UPPER_QUANTILE * others).astype("int64") - 1, 0))
    enough = others >= MIN_ALIKE
    table = np.zeros(int(value[-1]) + 1, dtype="int32")
    table[value] = np.arange(len(value))
    at = table.take(at)
    return np.where(enough, low, 0.0).take(at), np.where(enough, high, np.nan).take(at), others.astype("int32").take(at)
