"""Betweenness: how many shortest paths run through a person, from some people or from all, many sources at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from peerlens.errors import PeerlensError
from peerlens.ties.measures.matrix import mutual

EXACT_PEOPLE = 2000
"""people up to whom every one is a source"""
SAMPLED_SOURCES = 64
"""sources drawn above that"""
_SEED = 20260101
_CELLS_AT_ONCE = 1 << 22
"""people times sources looked at together; bounds memory"""
_SOURCES_AT_ONCE = 64
_SCATTERED = 16
"""one step between scattered cells costs about so many steps of a whole row of sources"""


class Betweenness(NamedTuple):
    """Betweenness of everybody, and how sure it is.

    Parameters
    ----------
    score
        Share of shortest paths, 0 to 1.
    standard_error
        Of the score, from the spread between sources; 0 when exact.
    """

    score: np.ndarray
    standard_error: np.ndarray


def betweenness(adjacency: sparse.sparray | sparse.spmatrix, *, sources: int | None = None) -> Betweenness:
    """Measure the share of shortest paths between others that run through each person.

    ``b_v = sum over s, t of (shortest s-t paths through v / shortest s-t paths) / ((n - 1)(n - 2))``, a share, 0 to 1. A path's
    length is its number of ties: direction and weight do not count. Source: Freeman 1977, *Sociometry* 40; Brandes 2001,
    *J. Math. Sociology* 25, many sources at once on sparse matrices.

    Above 2,000 people it is estimated from 64 sources, drawn by a fixed generator without replacement: with ``d_sv`` what source
    s adds to v, the estimate is ``n * mean_s d_sv``, with standard error ``n * sd_s(d_sv) * sqrt((1 - k/n) / k)``
    (Brandes and Pich 2007).

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; a tie is any weight above 0 either way. Self-loops are dropped.
    sources
        How many people to start from, at least 2; None for all of up to 2,000 people, and 64 above.

    Returns
    -------
    Betweenness
        Scores as in ``networkx.betweenness_centrality``, and their standard errors.

    Raises
    ------
    PeerlensError
        Fewer than two sources.

    Examples
    --------
    >>> betweenness(sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])).score
    array([0., 1., 0.])
    """
    ties = mutual(adjacency)
    ties.data[:] = 1.0
    people = ties.shape[0]
    if sources is not None and sources < 2:
        raise PeerlensError(f"sources: found {sources}, expected 2 or more: one alone has no spread.")
    if sources is None:
        sources = people if people <= EXACT_PEOPLE else SAMPLED_SOURCES
    sources = min(sources, people)
    if people < 3:
        return Betweenness(np.zeros(people), np.zeros(people))
    chosen = np.sort(np.random.default_rng(_SEED).choice(people, sources, replace=False))
    together = max(1, min(_SOURCES_AT_ONCE, _CELLS_AT_ONCE // people))
    added, squares = np.zeros(people), np.zeros(people)
    for first in range(0, sources, together):
        part = _passed_on(ties, chosen[first : first + together])
        added += part.sum(axis=1)
        squares += np.einsum("ij,ij->i", part, part)
    scale = people / ((people - 1) * (people - 2))
    mean = added / sources
    variance = np.maximum(squares - sources * mean**2, 0.0) / (sources - 1)
    error = np.sqrt(variance * (1 - sources / people) / sources)
    return Betweenness(mean * scale, error * scale)


def _passed_on(ties: sparse.csr_array, sources: np.ndarray) -> np.ndarray:
    """Return what each source (column) adds to each person (row): Brandes' dependency."""
    shape = (ties.shape[0], len(sources))
    column = np.arange(len(sources))
    level = np.full(shape, -1, dtype=np.int32)
    level[sources, column] = 0
    front = np.zeros(shape)
    front[sources, column] = 1.0
    ways = front.copy()
    depth = 0
    while True:
        front = _spread(ties, front, level == depth, level < 0)
        reached = front > 0
        if not reached.any():
            break
        depth += 1
        level[reached] = depth
        ways += front
    passed = np.zeros(shape)
    # What would come back to the sources themselves is not asked for: level 1 is the last to be given to.
    for below in range(depth, 1, -1):
        here = level == below
        share = np.divide(1 + passed, ways, out=np.zeros(shape), where=here)
        passed += _spread(ties, share, here, level == below - 1) * ways
    return passed


def _spread(ties: sparse.csr_array, values: np.ndarray, sent_from: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return ``ties @ values`` where wanted and 0 elsewhere, in the cheapest of three ways.

    ``values`` are 0 outside ``sent_from``. Few senders: a sparse product. Few receivers: each gathers from its contacts.
    Otherwise the whole product.
    """
    people, width = values.shape
    degree = np.diff(ties.indptr)
    push = degree @ np.count_nonzero(sent_from, axis=1)
    pull = degree @ np.count_nonzero(wanted, axis=1)
    if ties.nnz * width <= _SCATTERED * min(push, pull):
        return np.where(wanted, ties @ values, 0.0)
    result = np.zeros((people, width))
    if push <= pull:
        row, column = np.nonzero(sent_from)
        sent = sparse.csr_array((values[row, column], (row, column)), shape=values.shape)
        got = (ties @ sent).tocoo()
        keep = wanted[got.row, got.col]
        result[got.row[keep], got.col[keep]] = got.data[keep]
        return result
    row, column = np.nonzero(wanted & (degree > 0)[:, None])
    if len(row):
        count = degree[row]
        start = np.cumsum(count) - count
        place = np.arange(count.sum()) + np.repeat(ties.indptr[row] - start, count)
        gathered = values[ties.indices[place], np.repeat(column, count)]
        result[row, column] = np.add.reduceat(gathered, start)
    return result
