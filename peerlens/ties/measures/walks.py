"""PageRank: where a walk along ties spends its time."""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse

from peerlens.ties.measures.matrix import directed

DAMPING = 0.85
TOLERANCE = 1e-10
"""sum over people of the last change; the error is at most ``damping / (1 - damping)``, about 6, times as much"""


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
    people = ties.shape[0]
    if not people:
        return np.zeros(0)
    out = ties.sum(axis=1)
    ends = out == 0
    steps = sparse.csr_array(ties.T)
    steps.data *= (damping / np.where(ends, 1.0, out))[steps.indices]
    share = np.full(people, 1 / people)
    for _ in range(math.ceil(math.log(tolerance / 2) / math.log(damping)) + 1):
        restarted = (1 - damping) + damping * share[ends].sum()
        moved = steps @ share + restarted / people
        change = np.abs(moved - share).sum()
        share = moved
        if change < tolerance:
            break
    return share / share.sum()
