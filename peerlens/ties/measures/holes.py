"""Structural holes and clustering: constraint, effective size and local clustering of everybody, in one pass over triangles.

With symmetric weights ``w_ij = a_ij + a_ji``, ``s_i = sum_j w_ij`` and ``m_i = max_j w_ij``, all three need, of each tie (i, j),
sums over the contacts ``q`` that i and j share:

- constraint needs ``Z_ij = sum_q w_iq w_qj / s_q``: what i invests in j through q is ``Z_ij / s_i``;
- effective size needs ``Y_ij = sum_q w_iq w_qj``;
- clustering needs their number.

``Y`` and ``Z`` are symmetric, and a triangle serves three ties. So each triangle is looked for once: a tie points from its end
with fewer ties to the one with more, and of every tie (a, b) the people to whom both a and b point are a triangle's third corner.
No list of those pointed to is longer than the square root of twice the number of ties (Chiba and Nishizeki 1985), however busy
the busiest person is. Intersecting two sorted lists is what SciPy's product of sparse rows, entry by entry, does in compiled
code, so a block of ties is one such product. A product of whole matrices would visit every path of two steps, most of which
close no triangle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from peerlens.ties.measures.matrix import divide, mutual, row_numbers

_TIES_AT_ONCE = 4096
"""small enough that a block's lists stay in a core's cache; bounds memory"""
_HIGH = 32
_LOW_BITS = (1 << _HIGH) - 1


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


@dataclass(frozen=True)
class _Pointed:
    """Every tie once, from the end with fewer ties (``tail``) to that with more (``head``), in the order of tails, then heads."""

    tail: np.ndarray
    head: np.ndarray
    weight: np.ndarray
    start: np.ndarray
    """where each person's ties begin"""


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
    weights = mutual(adjacency)
    people = weights.shape[0]
    degree = np.diff(weights.indptr)
    total = weights.sum(axis=1)
    largest = np.zeros(people)
    tied = degree > 0
    largest[tied] = np.maximum.reduceat(weights.data, weights.indptr[:-1][tied]) if tied.any() else 0.0

    ties = _point(weights, degree)
    through, triangles = _shared(ties, total)
    tail, head = ties.tail, ties.head
    invested = (ties.weight + through.imag) ** 2
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


def _point(weights: sparse.csr_array, degree: np.ndarray) -> _Pointed:
    people = len(degree)
    place = np.empty(people, dtype=weights.indices.dtype)
    place[np.argsort(degree, kind="stable")] = np.arange(people, dtype=place.dtype)
    row = row_numbers(weights)
    keep = place[row] < place[weights.indices]
    tail = row[keep]
    start = np.zeros(people + 1, dtype=weights.indptr.dtype)
    np.cumsum(np.bincount(tail, minlength=people), out=start[1:])
    return _Pointed(tail, weights.indices[keep], weights.data[keep], start)


def _shared(ties: _Pointed, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return per tie ``Y + iZ``, and per person the triangles through them."""
    people, count = len(total), len(ties.tail)
    shape = (people, people)
    # One product of integers must say where the third corner stands in both lists: (x + 1) * (2^32 + y) holds x + 1 above bit 32
    # and (x + 1) * y below it, as both are less than 2^16: a list is no longer than the square root of twice the ties.
    place = np.arange(count, dtype=np.int64) - ties.start[ties.tail]
    of_tail = sparse.csr_array((place + 1, ties.head, ties.start), shape=shape)
    of_head = sparse.csr_array((place + (1 << _HIGH), ties.head, ties.start), shape=shape)

    both = 1 + 1j * np.divide(1.0, total, out=np.zeros(people), where=total > 0)
    through = np.zeros(count, dtype=np.complex128)
    closed = np.zeros(count, dtype=np.int64)
    triangles = np.zeros(people, dtype=np.int64)
    for first in range(0, count, _TIES_AT_ONCE):
        a, b = ties.tail[first : first + _TIES_AT_ONCE], ties.head[first : first + _TIES_AT_ONCE]
        corners = of_tail[a].multiply(of_head[b])
        found = np.diff(corners.indptr)
        closed[first : first + len(a)] = found
        np.add.at(triangles, corners.indices, 1)

        ab = np.repeat(np.arange(first, first + len(a)), found)
        in_tail = corners.data >> _HIGH
        ac = ties.start[ties.tail[ab]] + in_tail - 1
        bc = ties.start[ties.head[ab]] + (corners.data & _LOW_BITS) // in_tail
        w_ab, w_ac, w_bc = ties.weight[ab], ties.weight[ac], ties.weight[bc]
        np.add.at(through, ab, w_ac * w_bc * both[corners.indices])
        np.add.at(through, ac, w_ab * w_bc * both[ties.head[ab]])
        np.add.at(through, bc, w_ab * w_ac * both[ties.tail[ab]])
    triangles += np.bincount(ties.tail, closed, people).astype(np.int64)
    triangles += np.bincount(ties.head, closed, people).astype(np.int64)
    return through, triangles
