"""Contact that size and activity alone would give, in closed form, and how sure the comparison is.

Inside and outside: over all pairs of people, ``e_ij`` proportional to ``d_i d_j`` (d: a person's contact days), scaled
so that all pairs
together have what was observed (the configuration model, Chung and Lu 2002). Between groups: the same over all pairs of people in
different groups, so that contact with one's own group does not make every other look neglected: ``E_AB = f_A f_B`` with
``f_A * sum over B other than A of f_B = X_A``, X_A the group's contact days with all others (quasi-independence, Goodman 1968).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd

_ROUNDS = 500
_TOLERANCE = 1e-10


def inside_share(days: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Return the share of each group's contact that would stay inside it.

    ``sum over pairs inside e_ij`` twice, over the group's contact days.

    Parameters
    ----------
    days
        Contact days of each person.
    group
        Group of each person.
    groups
        How many groups there are.

    Examples
    --------
    >>> inside_share(np.array([2.0, 2.0, 2.0, 2.0]), np.array([0, 0, 1, 1]), 2).round(3)
    array([0.333, 0.333])
    """
    size = np.bincount(group, days, groups)
    square = np.bincount(group, days**2, groups)
    total = days.sum()
    scale = total / max(total**2 - (days**2).sum(), 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size > 0, (size**2 - square) * scale / size, np.nan)


def factors(across: np.ndarray) -> np.ndarray:
    """Return ``f`` such that ``f_A f_B`` adds up to each group's contact with all others.

    Parameters
    ----------
    across
        Contact days of each group with all others; several rows are several worlds, each by itself.

    Examples
    --------
    >>> f = factors(np.array([4.0, 4.0, 4.0]))
    >>> (f * (f.sum() - f)).round(6)
    array([4., 4., 4.])
    """
    worlds = np.atleast_2d(np.asarray(across, dtype=float))
    found = worlds / np.sqrt(np.maximum(worlds.sum(axis=1, keepdims=True), 1e-12))
    waiting = np.arange(len(worlds))
    for _ in range(_ROUNDS):
        last, wanted = found[waiting], worlds[waiting]
        rest = last.sum(axis=1, keepdims=True) - last
        # The geometric mean of the step and where it starts: the plain step swings when one group holds half of all.
        moved = np.sqrt(last * wanted / np.maximum(rest, 1e-12))
        found[waiting] = moved
        apart = np.abs(moved - last).max(axis=1, initial=0.0)
        waiting = waiting[apart > _TOLERANCE * np.maximum(last.max(axis=1, initial=0.0), 1e-12)]
        if not len(waiting):
            break
    return found.reshape(np.shape(across))


def across_expected(cells: pd.DataFrame, groups: int) -> np.ndarray:
    """Return the contact days expected of each cell of two different groups."""
    across = np.bincount(cells["ga"], cells["n"], groups) + np.bincount(cells["gb"], cells["n"], groups)
    found = factors(across)
    return found[cells["ga"].to_numpy()] * found[cells["gb"].to_numpy()]


def ratio_intervals(
    pairs: pd.DataFrame, cells: pd.DataFrame, groups: int, *, wanted: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return a 90 % interval of observed over expected for each cell, from resamples of people.

    Each resample draws as many people as there are, with replacement; a pair counts as often as its two people were drawn
    together (the vertex bootstrap, Snijders and Borgatti 1999). Expectations are worked out anew in each. That counts what is
    chance of a pair alone three times (the variance of a product of two counts); where pairs that share a person are alike, once
    is right (Aronow, Samii and Assenova 2015), but then too little is left for few people. So one is taken off: a width ``w``
    becomes ``sqrt(max(w^2 - e^2, e^2))``, with ``e`` the width when cells are drawn anew by the variance of their pairs alone.

    Parameters
    ----------
    pairs
        Pairs of people in different groups: ``a, b, n, ga, gb``.
    cells
        Cells to return, ordered by ``ga, gb``; must hold all that pairs add up to.
    groups
        How many groups there are.
    wanted
        For which cells; NaN for the others.
    resamples, seed
        How many, and a number that changes who is drawn.
    """
    code = cells["ga"].to_numpy(np.int64) * groups + cells["gb"].to_numpy(np.int64)
    at = np.searchsorted(code, pairs["ga"].to_numpy(np.int64) * groups + pairs["gb"].to_numpy(np.int64))
    a, b, n = pairs["a"].to_numpy(), pairs["b"].to_numpy(), pairs["n"].to_numpy(float)
    who, inverse = np.unique(np.concatenate([a, b]), return_inverse=True)
    a, b = inverse[: len(a)], inverse[len(a) :]
    random = draws(pairs, seed)

    def of_people() -> Iterator[np.ndarray]:
        for _ in range(resamples):
            weight = np.bincount(random.integers(0, len(who), len(who)), minlength=len(who)).astype(float)
            yield np.bincount(at, n * weight[a] * weight[b], len(cells))

    def of_cells() -> Iterator[np.ndarray]:
        for _ in range(resamples):
            yield np.maximum(days + spread * random.standard_normal(len(cells)), 0.0)

    days, spread = cells["n"].to_numpy(float), np.sqrt(np.bincount(at, n * n, len(cells)))
    ends = _ends(of_people(), cells, groups, wanted)
    low, high = _ends(of_cells(), cells, groups, wanted)
    wide, alone = ends[1] - ends[0], high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        awaited = across_expected(cells, groups)
        ratio = np.where(awaited > 0, days / awaited, np.nan)
        less = np.minimum(np.sqrt(np.maximum(wide**2 - alone**2, alone**2)) / wide, 1.0)
    return ratio - less * np.maximum(ratio - ends[0], 0.0), ratio + less * np.maximum(ends[1] - ratio, 0.0)


def _ends(worlds: Iterator[np.ndarray], cells: pd.DataFrame, groups: int, wanted: np.ndarray) -> np.ndarray:
    """Return the 5 % and 95 % points of observed over expected over several worlds, for some cells."""
    low, high = cells["ga"].to_numpy(), cells["gb"].to_numpy()
    across, drawn = [], []
    for seen in worlds:
        across.append(np.bincount(low, seen, groups) + np.bincount(high, seen, groups))
        drawn.append(seen[wanted])
    ends = np.full((2, len(cells)), np.nan)
    if not wanted.any() or not drawn:
        return ends
    one, two = low[wanted], high[wanted]
    for turn, found in enumerate(factors(np.array(across))):
        expected = found[one] * found[two]
        drawn[turn] = np.divide(drawn[turn], expected, out=np.full(len(one), np.nan), where=expected > 0)
    ends[:, wanted] = np.nanquantile(drawn, [0.05, 0.95], axis=0)
    return ends


def draws(pairs: pd.DataFrame, seed: int) -> np.random.Generator:
    """Return random numbers that start from the contact itself: the same each time, and not to be repeated without the log.

    Parameters
    ----------
    pairs
        ``a, b, n``, in a fixed order.
    seed
        Another number, other draws.

    Examples
    --------
    >>> pairs = pd.DataFrame({"a": [0, 1], "b": [2, 2], "n": [3, 1]})
    >>> one, two = draws(pairs, 1).integers(1000), draws(pairs.assign(n=[3, 2]), 1).integers(1000)
    >>> bool(one == draws(pairs, 1).integers(1000)), bool(one == two)
    (True, False)
    """
    content = hashlib.blake2b(pairs[["a", "b", "n"]].to_numpy("<i8").tobytes(), digest_size=32).digest()
    return np.random.default_rng([seed, int.from_bytes(content, "little")])
