"""Betweenness: how many shortest paths run through a person, from some people or from all, many sources at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from peerlens.blocks import over_blocks, parts
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
_CELLS_OF_A_BLOCK = 1 << 17
"""cells that one thread works on at a time: what a core's cache holds"""
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
    return betweenness_of(mutual(adjacency), sources=sources)


def betweenness_of(ties: sparse.csr_array, *, sources: int | None = None) -> Betweenness:
    """Measure betweenness on ties as :func:`peerlens.ties.measures.matrix.mutual` makes them."""
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
    together = -(-sources // -(-sources // together))
    blocks = _cut(ties, together)
    added, squares = np.zeros(people), np.zeros(people)
    for first in range(0, sources, together):
        part = _passed_on(blocks, people, chosen[first : first + together])
        added += part.sum(axis=1)
        squares += np.einsum("ij,ij->i", part, part)
    scale = people / ((people - 1) * (people - 2))
    mean = added / sources
    variance = np.maximum(squares - sources * mean**2, 0.0) / (sources - 1)
    error = np.sqrt(variance * (1 - sources / people) / sources)
    return Betweenness(mean * scale, error * scale)


class _Block(NamedTuple):
    """Some people's ties, each of length one, and which people they are."""

    people: slice
    ties: sparse.csr_array
    degree: np.ndarray


def _cut(ties: sparse.csr_array, together: int) -> list[_Block]:
    """Cut into blocks of so few people that what is known of them and that many sources stays in a core's cache."""
    found, whole = [], ties.shape[0]
    for people in parts(whole, max(_CELLS_OF_A_BLOCK // together, 1)):
        start = ties.indptr[people.start : people.stop + 1]
        own = ties.indices[start[0] : start[-1]]
        length = np.ones(len(own))
        block = sparse.csr_array((length, own, start - start[0]), shape=(people.stop - people.start, whole))
        found.append(_Block(people, block, np.diff(start)))
    return found


def _passed_on(blocks: list[_Block], people: int, sources: np.ndarray) -> np.ndarray:
    """Return what each source (column) adds to each person (row): Brandes' dependency."""
    shape = (people, len(sources))
    column = np.arange(len(sources))
    level = np.full(shape, -1, dtype=np.int8)
    level[sources, column] = 0
    front, following = np.zeros(shape), np.empty(shape)
    front[sources, column] = 1.0
    ways = front.copy()
    depth = 0

    def reach(block: _Block) -> np.ndarray:
        own = block.people
        got = _spread(block, sent, level[own] < 0)
        following[own] = got
        reached = got > 0
        level[own][reached] = depth + 1
        ways[own] += got
        return _count(reached)

    senders = np.bincount(sources, minlength=people)
    while senders.any():
        if depth == np.iinfo(level.dtype).max:
            level = level.astype(np.int32)
        sent = _Sent(front, senders, blocks)
        senders = np.concatenate(list(over_blocks(reach, blocks)))
        front, following = following, front
        depth += 1
    # Nobody was reached by the last step, nor anybody's ways counted who was never reached.
    np.maximum(ways, 1.0, out=ways)
    passed, share = np.zeros(shape), front

    def give(block: _Block) -> np.ndarray:
        own = block.people
        here = level[own] == below
        np.add(passed[own], 1, out=share[own])
        share[own] /= ways[own]
        share[own] *= here
        return _count(here)

    def receive(block: _Block) -> None:
        own = block.people
        got = _spread(block, sent, level[own] == below - 1)
        got *= ways[own]
        passed[own] += got

    # What would come back to the sources themselves is not asked for: level 1 is the last to be given to.
    below = depth - 1
    while below > 1:
        senders = np.concatenate(list(over_blocks(give, blocks)))
        sent = _Sent(share, senders, blocks)
        for _ in over_blocks(receive, blocks):
            pass
        below -= 1
    return passed


def _count(cells: np.ndarray) -> np.ndarray:
    """Count per row what is true; a row is short, and no wider type is needed until the end."""
    return cells.view(np.int8).sum(axis=1, dtype=np.int8).astype(np.intp)


class _Sent:
    """What people send to their contacts: a column a source, 0 where nothing is sent.

    Parameters
    ----------
    values
        What each person sends.
    senders
        In how many columns each person sends.
    blocks
        The people.
    """

    def __init__(self, values: np.ndarray, senders: np.ndarray, blocks: list[_Block]) -> None:
        self.values = values
        steps = sum(int(block.degree @ senders[block.people]) for block in blocks)
        self.per_tie = steps / max(sum(block.ties.nnz for block in blocks), 1)
        """steps from those who send, shared out evenly over all ties"""
        # Rows of those who send nothing are not looked at.
        row = np.flatnonzero(senders)
        few = sparse.csr_array(values[row]) if self.per_tie * _SCATTERED < values.shape[1] else None
        if few is not None:
            count = np.zeros(len(values), dtype=few.indptr.dtype)
            count[row] = np.diff(few.indptr)
            start = np.concatenate([[0], np.cumsum(count, dtype=few.indptr.dtype)])
            few = sparse.csr_array((few.data, few.indices, start), shape=values.shape)
        self.scattered = few
        """the same as a sparse matrix, where that is the quicker way"""


def _spread(block: _Block, sent: _Sent, wanted: np.ndarray) -> np.ndarray:
    """Return what reaches people of a block where wanted and 0 elsewhere, in the cheapest of three ways.

    Few senders: a sparse product. Few receivers: each gathers from its contacts. Otherwise the whole product.
    """
    push = sent.per_tie * block.ties.nnz
    pull = int(block.degree @ _count(wanted))
    if block.ties.nnz * wanted.shape[1] <= _SCATTERED * min(push, pull):
        got = block.ties @ sent.values
        got *= wanted
        return got
    result = np.zeros(wanted.shape)
    if push <= pull and sent.scattered is not None:
        got = (block.ties @ sent.scattered).tocoo()
        keep = wanted[got.row, got.col]
        result[got.row[keep], got.col[keep]] = got.data[keep]
        return result
    row, column = np.nonzero(wanted & (block.degree > 0)[:, None])
    if len(row):
        count = block.degree[row]
        start = np.cumsum(count) - count
        place = np.arange(count.sum()) + np.repeat(block.ties.indptr[row] - start, count)
        width = wanted.shape[1]
        cell = block.ties.indices.take(place).astype(np.int64) * width + np.repeat(column, count)
        result[row, column] = np.add.reduceat(sent.values.ravel().take(cell), start)
    return result
