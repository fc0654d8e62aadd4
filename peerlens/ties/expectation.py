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

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.ties.closeness import closeness
from peerlens.ties.expected_fit import fit_expected

if TYPE_CHECKING:
    from scipy import sparse

PRIOR_DAYS = 20.0
"""contact days of prior weight that pull department and shared-contact factors towards 1"""
SHARED_EDGES = (0, 3, 5, 8, 12)
EXPECTED_EDGES = (0.0, 1.0, 3.0, 6.0, 12.0, 24.0)
LOWER_QUANTILE, UPPER_QUANTILE = 0.05, 0.95
MIN_ALIKE = 20
"""pairs alike below which no bounds are given"""
_ROWS_AT_ONCE = 2000
_COUNT_BITS = 20
"""bits for a number of shared contacts; the pair's key has the other 43, enough for 2.9 million people"""


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
    ties = _adjacency(pairs, people)
    key, shared = _shared_contacts(ties, shared_at_least, limit)
    contact_days, meetings = pairs["contact_days_w"].to_numpy("int64"), pairs["meetings_w"].to_numpy("int64")
    tied = (contact_days > 0) | pairs["is_live"].to_numpy(bool) | (meetings >= shared_at_least)
    tied_key = (pairs["a_no"].to_numpy("int64") * people + pairs["b_no"].to_numpy("int64"))[tied]
    keys = np.sort(np.concatenate([key, tied_key]))
    keys = keys[_is_first(keys)]
    count = _laid_out(keys, key, shared)
    missing = count == 0
    count[missing] = _count_shared(ties, keys[missing] // people, keys[missing] % people)
    rows = pd.DataFrame(
        {
            "a_no": keys // people,
            "b_no": keys % people,
            "shared_contacts": count,
            "observed_days": _laid_out(keys, tied_key, contact_days[tied]),
            "meetings_w": _laid_out(keys, tied_key, meetings[tied]),
            "is_live": _laid_out(keys, tied_key, pairs["is_live"].to_numpy(bool)[tied]).astype(bool),
        }
    )
    if rows.empty:
        return rows.assign(
            plain_days=0.0, expected_days=0.0, expected_low_days=0.0, expected_high_days=0.0, alike_pairs=0
        )

    days = np.zeros(people)
    np.add.at(days, pairs["a_no"].to_numpy(), pairs["contact_days_w"].to_numpy())
    np.add.at(days, pairs["b_no"].to_numpy(), pairs["contact_days_w"].to_numpy())
    total = max(days.sum(), 1.0)
    a, b = rows["a_no"].to_numpy(), rows["b_no"].to_numpy()
    plain = days[a] * days[b] / total
    factor = _department_factor(pairs, department, days, total, a, b)
    observed = rows["observed_days"].to_numpy(float)
    known = np.empty((len(rows), 0)) if persons is None else closeness(a, b, persons)
    fitted = fit_expected(rows, pairs, days, department, factor, known)
    due = plain * factor
    # Pairs alike are told by activity and departments, not by the fit: its cells are finer, and hide who never met.
    is_cross = (department[a] != department[b]).astype("int64")
    cell = np.digitize(due, EXPECTED_EDGES) * len(SHARED_EDGES) + np.digitize(rows["shared_contacts"], SHARED_EDGES) - 1
    cell = cell * 2 + is_cross
    seen, sums = np.bincount(cell, observed), np.bincount(cell, due)
    expected = due * ((seen + PRIOR_DAYS) / (sums + PRIOR_DAYS))[cell] if fitted is None else fitted
    low, high, alike = _bounds(observed, cell)
    return rows.assign(
        plain_days=plain.round(6),
        expected_days=expected.round(6),
        expected_low_days=low,
        expected_high_days=high,
        alike_pairs=alike,
    )


def _adjacency(pairs: pd.DataFrame, people: int) -> sparse.csr_array:
    from scipy import sparse

    live = pairs[pairs["is_live"]]
    a, b = live["a_no"].to_numpy(), live["b_no"].to_numpy()
    ones = np.ones(2 * len(live), dtype=np.int32)
    return sparse.csr_array((ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(people, people))


def _shared_contacts(ties: sparse.csr_array, at_least: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Count shared live contacts of all pairs that share enough, a block of people at a time to bound memory.

    Returns
    -------
    key
        ``a * people + b`` of each pair, ascending.
    shared
        Contacts they share.
    """
    people = ties.shape[0]
    found = [np.empty(0, "int64")]
    for start in range(0, people, _ROWS_AT_ONCE):
        block = ties[start : start + _ROWS_AT_ONCE] @ ties
        at = np.flatnonzero(block.data >= at_least)
        person = np.searchsorted(block.indptr, at, side="right") - 1 + start
        other, count = block.indices[at].astype("int64"), block.data[at].astype("int64")
        keep = person != other
        person, other, count = person[keep], other[keep], count[keep]
        if len(person) and np.bincount(person).max() > limit:
            order = np.lexsort((other, -count, person))
            person, other, count = person[order], other[order], count[order]
            first = np.searchsorted(person, person, side="left")
            keep = np.arange(len(person)) - first < limit
            person, other, count = person[keep], other[keep], count[keep]
        # The pair and its count in one number: sorting numbers is many times as fast as sorting pairs, or hashing them.
        pair = np.minimum(person, other) * people + np.maximum(person, other)
        found.append(pair << _COUNT_BITS | count)
    both = np.sort(np.concatenate(found))
    key = both >> _COUNT_BITS
    first = _is_first(key)
    return key[first], both[first] & (1 << _COUNT_BITS) - 1


def _is_first(ascending: np.ndarray) -> np.ndarray:
    """Mark the first of equal neighbours."""
    first = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return first


def _laid_out(keys: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the values at ``keys`` (ascending, all of ``known`` among them); 0 where nothing is known."""
    found = np.zeros(len(keys), dtype="int64")
    found[np.searchsorted(keys, known)] = values
    return found


def _count_shared(ties: sparse.csr_array, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(ties[a].multiply(ties[b]).sum(axis=1)).ravel()


def _department_factor(
    pairs: pd.DataFrame, department: np.ndarray, days: np.ndarray, total: float, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Return how much the two departments of each pair exceed the configuration model, over all their pairs."""
    number = department + 1
    groups = number.max() + 1 if len(number) else 1
    low = np.minimum(number[pairs["a_no"].to_numpy()], number[pairs["b_no"].to_numpy()]).astype("int64")
    high = np.maximum(number[pairs["a_no"].to_numpy()], number[pairs["b_no"].to_numpy()]).astype("int64")
    key = low * groups + high
    cells, position = np.unique(key, return_inverse=True)
    seen = np.bincount(position, pairs["contact_days_w"].to_numpy(float), minlength=len(cells))
    size = np.bincount(number, days, minlength=groups)
    own = np.bincount(number, days**2, minlength=groups)
    cell_low, cell_high = cells // groups, cells % groups
    due = np.where(
        cell_low == cell_high,
        (size[cell_low] ** 2 - own[cell_low]) / (2 * total),
        size[cell_low] * size[cell_high] / total,
    )
    factor = (seen + PRIOR_DAYS) / (due + PRIOR_DAYS)
    pair_low, pair_high = np.minimum(number[a], number[b]), np.maximum(number[a], number[b])
    wanted = pair_low.astype("int64") * groups + pair_high
    where = np.searchsorted(cells, wanted).clip(max=max(len(cells) - 1, 0))
    is_known = cells[where] == wanted
    due_unknown = size[pair_low] * size[pair_high] / total
    return np.where(is_known, factor[where], PRIOR_DAYS / (due_unknown + PRIOR_DAYS))


def _bounds(observed: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per pair the 5 % and 95 % quantile of contact days among the other pairs of its cell, and how many those are.

    The quantiles are order statistics: with n others, at most n/20 of them had fewer days than the lower, or more than the
    upper.
    """
    order = np.lexsort((observed, cell))
    size = np.bincount(cell)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    place = np.empty(len(cell), dtype="int64")
    place[order] = np.arange(len(cell)) - start[cell[order]]
    others = size[cell] - 1

    def at(wanted: np.ndarray) -> np.ndarray:
        # Leaving the pair out moves everything above it down by one.
        wanted = np.minimum(wanted + (place <= wanted), size[cell] - 1)
        return observed[order][start[cell] + wanted]

    low = at(np.floor(LOWER_QUANTILE * others).astype("int64"))
    high = at(np.maximum(np.ceil(UPPER_QUANTILE * others).astype("int64") - 1, 0))
    enough = others >= MIN_ALIKE
    return np.where(enough, low, 0.0), np.where(enough, high, np.nan), others
