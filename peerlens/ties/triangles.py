"""All triangles of ties, a block at a time: three people each tied to the two others.

A triangle serves three ties. So each is looked for once: a tie points from its end with fewer ties to the one with more, and of
every tie (a, b) the people to whom both a and b point are a triangle's third corner. No list of those pointed to is longer than
the square root of twice the number of ties (Chiba and Nishizeki 1985), however busy the busiest person is. Intersecting two
sorted lists is what SciPy's product of sparse rows, entry by entry, does in compiled code, so a block of ties is one such
product. A product of whole matrices would visit every path of two steps, most of which close no triangle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from scipy import sparse

from peerlens.blocks import even_parts, over_blocks

_TIES_AT_ONCE = 16384
"""small enough that a block's lists stay in a core's cache; bounds memory"""
_HIGH = 32
_LOW_BITS = (1 << _HIGH) - 1

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pointed:
    """Every tie once, from the end with fewer ties (``tail``) to that with more (``head``), in the order of tails, then heads."""

    tail: np.ndarray
    head: np.ndarray
    pair: np.ndarray
    """which of the pairs given each tie is"""
    start: np.ndarray
    """where each person's ties begin"""

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray, people: int) -> Pointed:
        """Point the ties between so many people; each pair is given once."""
        degree = np.bincount(a, minlength=people) + np.bincount(b, minlength=people)
        place = np.empty(people, dtype=np.int32)
        place[np.argsort(degree, kind="stable")] = np.arange(people, dtype=np.int32)
        from_a = place.take(a) < place.take(b)
        tail, head = np.where(from_a, a, b), np.where(from_a, b, a)
        order = sparse.csr_array((np.arange(len(a)), (tail, head)), shape=(people, people))
        order.sort_indices()
        tail = np.repeat(np.arange(people, dtype=order.indices.dtype), np.diff(order.indptr))
        return cls(tail, order.indices, order.data, order.indptr)


class Triangles(NamedTuple):
    """Triangles of a block of ties: positions of their three ties, and the person at the third corner.

    Parameters
    ----------
    block
        The ties looked at. All of ``ab`` and ``ac`` are among them, and no other block's are.
    ab, ac, bc
        The ties from a to b, from a to the corner, and from b to the corner.
    corner
        The person to whom a and b point.
    """

    block: slice
    ab: np.ndarray
    ac: np.ndarray
    bc: np.ndarray
    corner: np.ndarray


def over_triangles(ties: Pointed, work: Callable[[Triangles], Result]) -> Iterator[Result]:
    """Do some work on each block of triangles; the results come in the order of ties."""
    people, count = len(ties.start) - 1, len(ties.tail)
    shape = (people, people)
    # One product of integers must say where the third corner stands in both lists: (x + 1) * (2^32 + y) holds x + 1 above bit 32
    # and (x + 1) * y below it, as both are less than 2^16: a list is no longer than the square root of twice the ties.
    place = np.arange(count, dtype=np.int64) - ties.start[ties.tail]
    of_tail = sparse.csr_array((place + 1, ties.head, ties.start), shape=shape)
    of_head = sparse.csr_array((place + (1 << _HIGH), ties.head, ties.start), shape=shape)

    def find(those: slice) -> Result:
        block = slice(int(ties.start[those.start]), int(ties.start[those.stop]))
        corners = of_tail[ties.tail[block]].multiply(of_head[ties.head[block]])
        ab = np.repeat(np.arange(block.start, block.stop), np.diff(corners.indptr))
        in_tail = corners.data >> _HIGH
        ac = ties.start.take(ties.tail.take(ab)) + in_tail - 1
        bc = ties.start.take(ties.head.take(ab)) + (corners.data & _LOW_BITS) // in_tail
        return work(Triangles(block, ab, ac, bc, corners.indices))

    yield from over_blocks(find, even_parts(np.diff(ties.start), _TIES_AT_ONCE, most=people))
