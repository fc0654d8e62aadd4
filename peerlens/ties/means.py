"""How strong the ties are that two people have to contacts they share: for some pairs, or for all that are tied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from peerlens.blocks import over_blocks, parts

if TYPE_CHECKING:
    from peerlens.ties.triangles import Triangles

_FEW = 8
"""one pair asked about in so many costs about as much as all triangles do"""
_ROWS_AT_ONCE = 20_000


def add_means(
    a: np.ndarray, b: np.ndarray, strength: np.ndarray, *, asked: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Add up, over the contacts that two people share, the geometric mean of the two ties: ``sum over k of sqrt(w_ak w_bk)``.

    Parameters
    ----------
    a, b, strength
        Every tie once; one of no strength is there only to be asked about.
    asked
        Both ends of the pairs asked about, in the order in which ties name them.

    Examples
    --------
    0 and 1 share 2: sqrt(4 * 9).

    >>> add_means(np.array([0, 1]), np.array([2, 2]), np.array([4.0, 9.0]), asked=(np.array([0]), np.array([1])))
    array([6.])
    """
    people = max((int(end.max(initial=-1)) for end in (a, b, *asked)), default=-1) + 1
    root = np.sqrt(strength)
    if 0 < len(a) < len(asked[0]) * _FEW:
        key, wanted = (first.astype("int64") * people + second for first, second in ((a, b), asked))
        order = None if (key[1:] > key[:-1]).all() else np.argsort(key, kind="stable")
        at = np.searchsorted(key, wanted, sorter=order)
        at = at if order is None else order.take(at, mode="clip")
        # A pair that is no tie, not even one of no strength, has no place among triangles.
        if (key.take(at, mode="clip") == wanted).all():
            return _by_triangles(a, b, root, people).take(at)
    return _one_by_one(a, b, root, people, asked)


def _one_by_one(
    a: np.ndarray, b: np.ndarray, root: np.ndarray, people: int, asked: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Multiply the ties of one end with those of the other, for each pair asked about."""
    from scipy import sparse

    there = root > 0
    a, b, root = a[there], b[there], root[there]
    ties = sparse.csr_array(
        (np.concatenate([root, root]), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(people, people)
    )
    ties.sort_indices()

    def add_up(part: slice) -> np.ndarray:
        return np.asarray(ties[asked[0][part]].multiply(ties[asked[1][part]]).sum(axis=1)).ravel()

    return np.concatenate([np.empty(0), *over_blocks(add_up, parts(len(asked[0]), _ROWS_AT_ONCE))])


def _by_triangles(a: np.ndarray, b: np.ndarray, root: np.ndarray, people: int) -> np.ndarray:
    """Let each triangle add to its three ties."""
    from peerlens.ties.triangles import Pointed, over_triangles

    ties = Pointed.of(a, b, people)
    root = root.take(ties.pair)

    def add_up(found: Triangles) -> tuple[slice, np.ndarray, np.ndarray, np.ndarray]:
        first, size = found.block.start, found.block.stop - found.block.start
        ab, ac, bc = root.take(found.ab), root.take(found.ac), root.take(found.bc)
        own = np.bincount(found.ab - first, ac * bc, size) + np.bincount(found.ac - first, ab * bc, size)
        return found.block, own, found.bc, ab * ac

    total = np.zeros(len(a))
    for block, own, bc, beyond in over_triangles(ties, add_up):
        total[block] += own
        np.add.at(total, bc, beyond)
    found = np.empty(len(a))
    found[ties.pair] = total
    return found
