"""The contacts that two people share, for all pairs that share enough of them and for others that are asked about.

Everybody tied to k shares k with everybody else tied to k. So pairs are not looked up: each person's contacts are asked for
*their* contacts (of the two ends of a pair only the smaller number asks), and what comes up is put in order, which brings all
shared contacts of a pair together. Pairs asked about are put in among them, and so are found without a search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from peerlens.blocks import even_parts, over_blocks

_STEPS_AT_ONCE = 100_000
"""steps from contact to contact looked at together: what a core's cache holds; bounds memory"""
_PEOPLE_AT_ONCE = 1 << 13
"""so that person, contact and step of a block fit into one number of 63 bits"""


class Shared(NamedTuple):
    """Pairs, ordered, and what they share.

    Parameters
    ----------
    a, b
        Person numbers, the smaller first.
    asked
        Position of the pair among those asked about; -1 for one that is there for what it shares.
    contacts
        Number of shared contacts.
    by_log, by_degree
        Sums over them of 1 / log degree and 1 / degree.
    by_strength
        The sum of the geometric mean of both ties over log degree.
    """

    a: np.ndarray
    b: np.ndarray
    asked: np.ndarray
    contacts: np.ndarray
    by_log: np.ndarray
    by_degree: np.ndarray
    by_strength: np.ndarray


@dataclass(frozen=True)
class _Ties:
    """Every tie from both ends, in order of one and then the other; all arrays have one more place, of a tie to nobody."""

    start: np.ndarray
    """where each person's ties begin"""
    other: np.ndarray
    root: np.ndarray
    """square root of the strength: the product over a shared contact is then the geometric mean of the two"""
    back: np.ndarray
    """where the same tie stands among those of the other"""
    by_log: np.ndarray
    by_degree: np.ndarray

    @property
    def steps(self) -> np.ndarray:
        """Count, per tie, the other's ties with people after the one whose tie it is."""
        return self.start[1:][self.other[:-1]] - self.back[:-1] - 1


def shared_contacts(
    a: np.ndarray,
    b: np.ndarray,
    strength: np.ndarray,
    *,
    people: int,
    at_least: int,
    asked: tuple[np.ndarray, np.ndarray],
) -> Iterator[Shared]:
    """Find the pairs that share so many contacts, and pairs asked about, whatever they share.

    Parameters
    ----------
    a, b, strength
        The ties.
    people
        Number of people.
    at_least
        Contacts that a pair not asked about must share, at least one.
    asked
        Both ends of each pair asked about, the smaller number first.

    Yields
    ------
    Shared
        A block of pairs at a time, in order of pairs.
    """
    ties = _lay_out(a, b, strength, people)
    order = np.argsort(asked[0], kind="stable").astype("int32")
    first, second = asked[0].take(order), asked[1].take(order)
    begin = np.searchsorted(first, np.arange(people + 1))
    before = np.concatenate([[0], np.cumsum(ties.steps)])
    cost = np.diff(before[ties.start]) + np.diff(begin)

    def find(block: slice) -> Shared:
        those = slice(begin[block.start], begin[block.stop])
        wanted = (first[those] - np.int64(block.start)) * people + second[those]
        return _find(ties, block, wanted, order[those], max(at_least, 1))

    yield from over_blocks(find, even_parts(cost, _STEPS_AT_ONCE, most=_PEOPLE_AT_ONCE))


def _lay_out(a: np.ndarray, b: np.ndarray, strength: np.ndarray, people: int) -> _Ties:
    from scipy import sparse

    root = np.sqrt(np.maximum(strength, 1e-9))
    shape = (people, people)
    ties = sparse.csr_array(
        (np.concatenate([root, root]), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=shape
    )
    ties.sort_indices()
    numbered = sparse.csr_array((np.arange(ties.nnz), ties.indices, ties.indptr), shape=shape)
    degree = np.diff(ties.indptr)
    # One place more, of nobody: pairs asked about stand among the steps, and lead there.
    return _Ties(
        start=ties.indptr.astype(np.intp),
        other=np.append(ties.indices, people).astype(np.intp),
        root=np.append(ties.data, 0.0),
        back=np.append(numbered.tocsc().data, ties.nnz),
        by_log=np.append(np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0.0), 0.0),
        by_degree=np.append(1 / np.maximum(degree, 1), 0.0),
    )


def _find(ties: _Ties, block: slice, wanted: np.ndarray, position: np.ndarray, at_least: int) -> Shared:
    """Find the pairs of a block of people with people after them."""
    from scipy import sparse

    people, nobody = len(ties.start) - 1, len(ties.other) - 1
    low, high = ties.start[block.start], ties.start[block.stop]
    own = np.arange(low, high)
    count = ties.start[1:].take(ties.other[own]) - ties.back[own] - 1
    person = np.repeat(np.arange(block.stop - block.start), np.diff(ties.start[block.start : block.stop + 1]))
    own, count, person = own[count > 0], count[count > 0], person[count > 0]
    steps = int(count.sum())

    # From a person over each own tie to those of the contact that come after the way back.
    way = np.full(steps + len(wanted), nobody)
    way[:steps] = np.repeat(own, count)
    end = np.full(steps + len(wanted), nobody)
    np.add(np.arange(steps), np.repeat(ties.back[own] + 1 - (np.cumsum(count) - count), count), out=end[:steps])
    # Pair and step in one number: sorting numbers is many times as fast as sorting anything else.
    bits = int(steps + len(wanted)).bit_length()
    key = np.empty(steps + len(wanted), "int64")
    np.add(ties.other.take(end[:steps]), np.repeat(person * people, count), out=key[:steps])
    key[steps:] = wanted
    key <<= bits
    key |= np.arange(len(key))
    key.sort()
    key = key[_worth_it(key, bits, steps, at_least)]

    step = key & ((1 << bits) - 1)
    key >>= bits
    is_first = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=is_first[1:])
    start = np.append(np.flatnonzero(is_first), len(key)).astype("int32")
    last = step.take(start[1:] - 1)
    is_asked = last >= steps
    pair = key.take(start[:-1])
    over = way.take(step)
    contact = ties.other.take(over).astype("int32")
    mean = ties.root.take(over)
    mean *= ties.root.take(end.take(step))
    shape = (len(pair), people + 1)
    plain = sparse.csr_array((np.ones(len(key)), contact, start), shape=shape)
    return Shared(
        a=(pair // people + block.start).astype("int32"),
        b=(pair % people).astype("int32"),
        asked=np.append(position, -1).astype("int32").take(np.where(is_asked, last - steps, -1)),
        contacts=(np.diff(start) - is_asked).astype("int32"),
        by_log=plain @ ties.by_log,
        by_degree=plain @ ties.by_degree,
        by_strength=sparse.csr_array((mean, contact, start), shape=shape) @ ties.by_log,
    )


def _worth_it(key: np.ndarray, bits: int, steps: int, at_least: int) -> np.ndarray:
    """Mark pairs that come up often enough, and those asked about; keys are in order, and a pair asked about comes last."""
    is_same = np.zeros(len(key), dtype=bool)
    np.less((key[1:] ^ key[:-1]), 1 << bits, out=is_same[1:])
    # The n-th of a pair knows that there are n; then those before it are told, as are those before one asked about.
    often = np.ones(len(key), dtype=bool)
    for _ in range(at_least - 1):
        np.logical_and(often[:-1], is_same[1:], out=often[1:])
        often[:1] = False
    often |= (key & ((1 << bits) - 1)) >= steps
    for _ in range(at_least - 1):
        often[:-1] |= often[1:] & is_same[1:]
    return often
