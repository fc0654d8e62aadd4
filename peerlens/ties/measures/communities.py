"""Communities: groups with more strength inside than the people's own totals would lead one to expect."""

from __future__ import annotations

import ctypes
import sys

import numpy as np
from scipy import sparse

from peerlens.ties.measures.matrix import mutual

_SEED = 1


def communities(adjacency: sparse.sparray | sparse.spmatrix, *, resolution: float = 1.0) -> np.ndarray:
    """Divide people into communities by modularity (Leiden).

    Maximises ``sum over ties inside of w_ij - resolution * s_i s_j / (2m)``; labels have no unit. Source: Traag, Waltman and van
    Eck 2019, *Scientific Reports* 9, as in scikit-network.

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; both ways are added. Self-loops are dropped.
    resolution
        Above 1 for smaller communities, below for larger.

    Returns
    -------
    numpy.ndarray
        One label per person, from 0: the largest community first, of equal ones that of the earliest person. Somebody without
        ties is a community of one.

    Notes
    -----
    scikit-network's Leiden draws from the C library's ``rand()`` and disregards its own ``random_state``. The C generator is
    seeded here before each run, so that the same matrix gives the same labels, in any process on one kind of machine; the
    order of people, and another C library, may give other, equally good ones.

    Examples
    --------
    >>> two_pairs = sparse.csr_array([[0, 9, 1, 0], [0, 0, 0, 0], [0, 0, 0, 9], [0, 0, 0, 0]])
    >>> communities(two_pairs)
    array([0, 0, 1, 1])
    """
    return communities_of(mutual(adjacency), resolution=resolution)


def communities_of(ties: sparse.csr_array, *, resolution: float = 1.0) -> np.ndarray:
    """Divide people by ties as :func:`peerlens.ties.measures.matrix.mutual` makes them."""
    people = ties.shape[0]
    tied = np.flatnonzero(np.diff(ties.indptr))
    label = np.arange(people) + people
    if len(tied):
        # Importing it costs 0.3 s, which whoever asks for no communities should not pay.
        from sknetwork.clustering import Leiden

        if len(tied) < people:
            ties = ties[tied][:, tied]
        leiden = Leiden(resolution=resolution, return_probs=False, return_aggregate=False, random_state=_SEED)
        ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).srand(_SEED)
        label[tied] = leiden.fit_predict(sparse.csr_matrix(ties))
    _, first, number, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -size))
    renumbered = np.empty(len(order), dtype=np.int64)
    renumbered[order] = np.arange(len(order))
    return renumbered[number]
