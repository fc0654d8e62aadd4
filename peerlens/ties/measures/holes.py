"""Structural holes and clustering: constraint, effective size and local clustering of everybody, in one pass over triangles.

With symmetric weights ``w_ij = a_ij + a_ji``, ``s_i = sum_j w_ij`` and ``m_i = max_j w_ij``, all three need, of each tie (i, j),
sums over the contacts ``q`` that i and j share:

- constraint needs ``Z_ij = sum_q w_iq w_qj / s_q``: what i invests in j through q is ``Z_ij / s_i``;
- effective size needs ``Y_ij = sum_q w_iq w_qj``;
- clustering needs their number.

``Y`` and ``Z`` are symmetric, and a triangle serves three ties: each is looked for once (:mod:`peerlens.ties.triangles`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from peerlens.ties.measures.matrix import divide, mutual, row_numbers
from peerlens.ties.triangles import Pointed, Triangles, over_triangles


@dataclass(frozen=True)
class Holes:
    """Three measures of everybody, from one pass.

    Parameters
    ----------
    constraint, effective_size, clustering
        One number per person; see the functions of these names.
    """

    constraint: np.ndarray
    effective_size: np.ndarray
    clustering: np.ndarray


def structural_holes(adjacency: sparse.sparray | sparse.spmatrix) -> Holes:
    """Measure constraint, effective size and clustering together, at the price of one.

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; directed or symmetric. Self-loops are dropped.

    Examples
    --------
    >>> holes = structural_holes(sparse.csr_array([[0, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))
    >>> holes.constraint.round(3)
    array([0.611, 1.007, 1.007, 1.   ])
    >>> holes.effective_size.round(3)
    array([2.333, 1.   , 1.   , 1.   ])
    >>> holes.clustering.round(3)
    array([0.333, 1.   , 1.   , 0.   ])
    """
    return holes_of(mutual(adjacency))


def holes_of(weights: sparse.csr_array) -> Holes:
    """Measure all three on weights as :func:`peerlens.ties.measures.matrix.mutual` makes them."""
    people = weights.shape[0]
    degree = np.diff(weights.indptr)
    total = weights.sum(axis=1)
    largest = np.zeros(people)
    tied = degree > 0
    largest[tied] = np.maximum.reduceat(weights.data, weights.indptr[:-1][tied]) if tied.any() else 0.0

    row = row_numbers(weights)
    once = row < weights.indices
    ties = Pointed.of(row[once], weights.indices[once], people)
    weight = weights.data[once].take(ties.pair)
    through, triangles = _shared(ties, weight, total)
    tail, head = ties.tail, ties.head
    invested = (weight + through.imag) ** 2
    constraint = np.bincount(tail, invested, people) + np.bincount(head, invested, people)
    redundant = np.bincount(tail, through.real / largest[head], people)
    redundant += np.bincount(head, through.real / largest[tail], people)
    possible = degree * (degree - 1.0) / 2
    return Holes(
        constraint=divide(constraint, total**2),
        effective_size=np.where(tied, degree - divide(redundant, total), np.nan),
        clustering=np.divide(triangles, possible, out=np.zeros(people), where=possible > 0),
    )


def constraint(adjacency: sparse.sparray | sparse.spmatrix) -> np.ndarray:
    """Measure how much a person's contacts are invested in each other (Burt's constraint).

    ``C_i = sum_j (p_ij + sum_q p_iq p_qj)^2`` with ``p_ij = (a_ij + a_ji) / sum_k (a_ik + a_ki)``; no unit, from near 0 (many
    separate contacts) to 1, and above 1 in tiny dense networks. Source: Burt 1992, *Structural Holes*, chapter 2.

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; directed or symmetric. Self-loops are dropped.

    Returns
    -------
    numpy.ndarray
        One number per person; NaN without any tie. Agrees with ``networkx.constraint(weight=...)``, except that networkx also
        gives NaN, on directed graphs, to people who only receive.

    Examples
    --------
    >>> constraint(sparse.csr_array([[0, 1, 1], [0, 0, 0], [0, 0, 0]]))
    array([0.5, 1. , 1. ])
    """
    return structural_holes(adjacency).constraint


def effective_size(adjacency: sparse.sparray | sparse.spmatrix) -> np.ndarray:
    """Measure how many contacts a person has that do not repeat each other (Burt's effective size).

    ``E_i = n_i - sum_j sum_q p_iq m_jq`` over contacts j and q of i: number of contacts less their redundancy, with ``p`` as in
    :func:`constraint` and ``m_jq = (a_jq + a_qj) / max_k (a_jk + a_kj)``; unit: contacts, from 1 to n. Weighted: with all weights
    equal it is Borgatti's ``n - 2t/n``. Source: Burt 1992, *Structural Holes*, chapter 2; Borgatti 1997, *Connections* 20(1).

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; directed or symmetric. Self-loops are dropped.

    Returns
    -------
    numpy.ndarray
        One number per person; NaN without any tie. Agrees with ``networkx.effective_size(G, nodes=list(G), weight=...)``;
        without ``nodes`` networkx 3.6 divides by the maximum of the wrong person.

    Examples
    --------
    >>> effective_size(sparse.csr_array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))
    array([1., 1., 1.])
    """
    return structural_holes(adjacency).effective_size


def clustering(adjacency: sparse.sparray | sparse.spmatrix) -> np.ndarray:
    """Measure the share of pairs of a person's contacts that are themselves tied (local clustering).

    ``c_i = t_i / (n_i (n_i - 1) / 2)`` with ``t_i`` triangles through i; direction and weight do not count; a share, 0 to 1.
    Source: Watts and Strogatz 1998, *Nature* 393.

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; a tie is any weight above 0 either way. Self-loops are dropped.

    Returns
    -------
    numpy.ndarray
        One share per person; 0 with fewer than two contacts, as in ``networkx.clustering``.

    Examples
    --------
    >>> clustering(sparse.csr_array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))
    array([1., 1., 1.])
    """
    return structural_holes(adjacency).clustering


def _shared(ties: Pointed, weight: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return per tie ``Y + iZ``, and per person the triangles through them."""
    people, count = len(total), len(ties.tail)
    both = 1 + 1j * np.divide(1.0, total, out=np.zeros(people), where=total > 0)

    def add_up(found: Triangles) -> tuple[slice, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        first, size = found.block.start, found.block.stop - found.block.start
        w_ab, w_ac, w_bc = weight.take(found.ab), weight.take(found.ac), weight.take(found.bc)
        own = np.zeros(size, dtype=np.complex128)
        np.add.at(own, found.ab - first, w_ac * w_bc * both.take(found.corner))
        np.add.at(own, found.ac - first, w_ab * w_bc * both.take(ties.head.take(found.ab)))
        beyond = w_ab * w_ac * both.take(ties.tail.take(found.ab))
        return found.block, own, found.bc, beyond, np.bincount(found.ab - first, minlength=size), found.corner

    through = np.zeros(count, dtype=np.complex128)
    closed = np.zeros(count)
    triangles = np.zeros(people, dtype=np.int64)
    for block, own, bc, beyond, closing, corner in over_triangles(ties, add_up):
        through[block] += own
        np.add.at(through, bc, beyond)
        closed[block] = closing
        np.add.at(triangles, corner, 1)
    triangles += np.bincount(ties.tail, closed, people).astype(np.int64)
    triangles += np.bincount(ties.head, closed, people).astype(np.int64)
    return through, triangles
