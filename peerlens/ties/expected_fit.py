"""A fit of contact days on what pairs have in common: where contact would be expected, judged by pairs that have it.

The fit copies the past; the plain baseline beside it (activity and size alone) does not. Tried on mail of one company and
on minutes of working groups, and left out: who the nearer of two random walkers reaches (0.003 on mail, 0.01 on minutes, at
a third more time), whether there is contact at all instead of how much (0.01 lower), degrees instead of activity (0.01
lower). Distance in the chart brings 0.007 on mail (AUC for new ties, nine dates), time together and the plain sum of Adamic
and Adar 0.003 each on review mail of a software project.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_DAYS = 10
"""contact days of a pair count up to this, so that a few very busy pairs do not decide everything"""
PENALTY = 5.0
MOST_ROWS = 200_000
"""candidates beyond which an even share is learned from"""
MIN_TIED = 50
"""candidates with contact below which nothing is fitted"""
STEPS = 50
_ROWS_AT_ONCE = 200_000


def fit_expected(
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    activity: np.ndarray,
    department: np.ndarray,
    factor: np.ndarray,
    known: np.ndarray,
) -> np.ndarray | None:
    """Expect contact days of every candidate from a fit on all of them; None where too few have contact.

    Parameters
    ----------
    rows
        Candidates: ``a_no, b_no, observed_days, meetings_w``.
    pairs
        All pairs: ``a_no, b_no, contact_days_w, is_live, strength``.
    activity
        Contact days with anybody, per person.
    department
        Department number per person.
    factor
        Per candidate, how much its two departments exceed what their activity alone would give.
    known
        Per candidate, what else is known of the two: distance in the chart, time together (see closeness); may have no columns.

    Notes
    -----
    Poisson regression with a ridge penalty on standardised inputs, contact days counted up to 10; the pair's own contact is
    taken out of both people's activity. Inputs: the product and the smaller of the two activities; shared live contacts
    weighted by 1 / log degree (Adamic and Adar 2003), by 1 / degree (Zhou, Lue and Zhang 2009), and by the geometric mean
    of both ties' strength over log degree; shared meetings; department traffic, and whether the department is the same. All
    as logarithms, the first of the shared contacts also as it is. Distance in the chart and time together, where known.
    """
    observed = rows["observed_days"].to_numpy(float)
    if np.count_nonzero(observed) < MIN_TIED or np.count_nonzero(observed == 0) < MIN_TIED:
        return None
    # A column at a time, and in place: with millions of candidates each copy of them all is hundreds of megabytes.
    inputs = [*_inputs(rows, pairs, activity, department, factor), *known.T]
    inputs = [_standardised(column) for column in inputs]
    step = -(-len(rows) // MOST_ROWS)
    learned_from = np.column_stack([column[::step] for column in inputs])
    weights = _poisson(learned_from, np.minimum(observed[::step], MOST_DAYS))
    # A matrix product may add in another order on another machine or number of threads.
    fitted = np.full(len(rows), weights[0])
    for column, weight in zip(inputs, weights[1:], strict=True):
        column *= weight
        fitted += column
    np.exp(np.clip(fitted, -20, 10, out=fitted), out=fitted)
    fitted *= observed.sum() / fitted.sum()
    return fitted


def _standardised(column: np.ndarray) -> np.ndarray:
    column = column.round(9)
    spread = column.std()
    column -= column.mean()
    if spread > 1e-6:
        column /= spread
    return column


def _inputs(
    rows: pd.DataFrame, pairs: pd.DataFrame, activity: np.ndarray, department: np.ndarray, factor: np.ndarray
) -> list[np.ndarray]:
    a, b = rows["a_no"].to_numpy(), rows["b_no"].to_numpy()
    own = rows["observed_days"].to_numpy(float)
    first, second = activity[a] - own, activity[b] - own
    shared = _shared(rows, pairs, len(activity))
    return [
        *(np.log1p(part) for part in shared),
        shared[0],
        np.log((first + 1) * (second + 1)),
        np.log(np.minimum(first, second) + 1),
        np.log1p(rows["meetings_w"].to_numpy(float)),
        np.log(factor),
        (department[a] == department[b]).astype(float),
    ]


def _shared(rows: pd.DataFrame, pairs: pd.DataFrame, people: int) -> tuple[np.ndarray, ...]:
    """Add up over shared live contacts: 1 / log degree, 1 / degree, and the mean strength of both ties over log degree."""
    from scipy import sparse

    live = pairs[pairs["is_live"]]
    a, b = live["a_no"].to_numpy(), live["b_no"].to_numpy()
    # The square root of each tie: the product over a shared contact is then the geometric mean of the two.
    root = np.sqrt(np.maximum(live["strength"].to_numpy(float), 1e-9))
    ties = sparse.csr_array(
        (np.concatenate([root, root]), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(people, people)
    )
    degree = np.diff(ties.indptr).astype(float)
    by_log = np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0.0)
    by_degree = 1 / np.maximum(degree, 1)
    found = [np.empty(len(rows)) for _ in range(3)]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        both = ties[rows["a_no"].to_numpy()[part]].multiply(ties[rows["b_no"].to_numpy()[part]]).tocsr()
        there = sparse.csr_array((np.ones(both.nnz), both.indices, both.indptr), shape=both.shape)
        found[0][part], found[1][part], found[2][part] = there @ by_log, there @ by_degree, both @ by_log
    return tuple(found)


def _poisson(inputs: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Fit by Newton's method with halved steps; the first coefficient is the intercept. Kept to four digits."""
    design = np.column_stack([np.ones(len(inputs)), inputs])
    penalty = np.full(design.shape[1], PENALTY)
    penalty[0] = 1e-6
    weights = np.zeros(design.shape[1])
    weights[0] = np.log(days.mean())

    def gain(at: np.ndarray) -> float:
        line = design @ at
        return float((days * line - np.exp(np.clip(line, -20, 20))).sum() - (penalty * at**2).sum() / 2)

    best = gain(weights)
    for _ in range(STEPS):
        mean = np.exp(np.clip(design @ weights, -20, 20))
        slope = design.T @ (days - mean) - penalty * weights
        move = np.linalg.solve((design * mean[:, None]).T @ design + np.diag(penalty), slope)
        share = 1.0
        while gain(weights + share * move) < best and share > 1e-4:
            share /= 2
        weights = weights + share * move
        best = gain(weights)
        if np.abs(share * move).max() < 1e-7:
            break
    return weights.round(4)
