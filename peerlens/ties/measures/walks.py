"""PageRank: where a walk along ties spends its time."""

from __future__ import annotations

import math
from operator import methodcaller

import numpy as np
from scipy import sparse

from peerlens.blocks import even_parts, over_blocks
from peerlens.ties.measures.matrix import directed

DAMPING = 0.85
TOLERANCE = 1e-10
"""sum over people of the last change; the error is at most ``damping / (1 - damping)``, about 6, times as much"""
_TIES_AT_ONCE = 1 << 19


def pagerank(
    adjacency: sparse.sparray | sparse.spmatrix, *, damping: float = DAMPING, tolerance: float = TOLERANCE
) -> np.ndarray:
    """Measure the share of time that a walk along ties, restarted anywhere now and then, spends at each person.

    ``x_i = damping * sum_j x_j a_ji / sum_k a_jk + (1 - damping) / n``; a walk at somebody without ties onwards restarts. Shares
    that sum to 1. Source: Page, Brin, Motwani and Winograd 1999, Stanford InfoLab 1999-66.

    Parameters
    ----------
    adjacency
        Weights from row to column. Self-loops are dropped.
    damping
        Chance of walking on.
    tolerance
        The sum over people of the last change at which iteration stops. Each step shrinks it at least by ``damping``, so it
        always stops: after at most 146 steps as it stands.

    Returns
    -------
    numpy.ndarray
        One share per person, people without ties included; as ``networkx.pagerank(weight=...)``.

    Examples
    --------
    >>> pagerank(sparse.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])).round(4)
    array([0.2568, 0.4865, 0.2568])
    """
    ties = directed(adjacency)
    return _walk(sparse.csr_array(ties.T), ties.sum(axis=1), damping, tolerance)


def pagerank_of(ties: sparse.csr_array) -> np.ndarray:
    """Measure PageRank on ties as :func:`peerlens.ties.measures.matrix.mutual` makes them: the same from both ends."""
    return _walk(ties, ties.sum(axis=1), DAMPING, TOLERANCE)


def _walk(into: sparse.csr_array, out: np.ndarray, damping: float, tolerance: float) -> np.ndarray:
    """Walk along ties, laid out by where they lead, from people whose ties onwards add up to ``out``."""
    people = len(out)
    if not people:
        return np.zeros(0)
    ends = out == 0
    chance = into.data * (damping / np.where(ends, 1.0, out)).take(into.indices)
    blocks = []
    for part in even_parts(np.diff(into.indptr), _TIES_AT_ONCE, most=people):
        start = into.indptr[part.start : part.stop + 1]
        ties = slice(start[0], start[-1])
        shape = (part.stop - part.start, people)
        blocks.append(sparse.csr_array((chance[ties], into.indices[ties], start - start[0]), shape=shape))
    share = np.full(people, 1 / people)
    for _ in range(math.ceil(math.log(tolerance / 2) / math.log(damping)) + 1):
        restarted = (1 - damping) + damping * share[ends].sum()
        moved = np.concatenate(list(over_blocks(methodcaller("dot", share), blocks)))
        moved += restarted / people
        change = np.abs(moved - share).sum()
        share = moved
        if change < tolerance:
            break
    return share / share.sum()
