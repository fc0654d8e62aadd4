"""Long work a block at a time, on as many threads as there are cores: bounded memory, and Ctrl-C ends it after a block.

NumPy and SciPy let go of Python's lock in long operations, so threads are enough. Where a block begins never depends on the
number of threads, and results come in order: the same bytes, however many there are.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np

_MOST_THREADS = 8
"""beyond which blocks wait for memory, not for cores"""
_AHEAD = 2
"""blocks per thread that may be done before they are asked for"""

Block = TypeVar("Block")
Result = TypeVar("Result")


def thread_count() -> int:
    """Return the number of cores this process may use, eight at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_THREADS)


def over_blocks(work: Callable[[Block], Result], blocks: Iterable[Block], *, ahead: int = _AHEAD) -> Iterator[Result]:
    """Do some work on each block; the results come in the order of the blocks.

    Parameters
    ----------
    work
        Called on several threads at once.
    blocks
        Several, or an iterator over them, which is asked for the next block while others are worked on, a few ahead of the
        results: it may read a large file.
    ahead
        Blocks per thread that may be in memory before their results are asked for.

    Examples
    --------
    >>> list(over_blocks(lambda part: part.stop - part.start, parts(10, 4)))
    [4, 4, 2]
    """
    threads = min(thread_count(), len(blocks)) if isinstance(blocks, Sized) else thread_count()
    if threads < 2:
        yield from map(work, blocks)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for block in blocks:
                waiting.append(pool.submit(work, block))
                if len(waiting) >= ahead * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def alongside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Do some work on another thread while the block runs; what it yields waits for the result, or raises what the work did.

    With one core the work is done when its result is asked for.

    Examples
    --------
    >>> with alongside(lambda: 6 * 7) as found:
    ...     told = "the answer is"
    >>> told, found()
    ('the answer is', 42)
    """
    if thread_count() < 2:
        yield work
        return
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work).result


def parts(count: int, size: int) -> list[slice]:
    """Cut a row of so many into slices of one size, the last perhaps shorter."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def even_parts(cost: np.ndarray, size: int, *, most: int) -> list[slice]:
    """Cut a row into slices of about the same total cost, none longer than ``most``.

    Examples
    --------
    >>> import numpy as np
    >>> even_parts(np.array([1, 1, 1, 5, 1, 1, 1]), 3, most=10)
    [slice(0, 3, None), slice(3, 4, None), slice(4, 5, None), slice(5, 7, None)]
    """
    import numpy as np

    total = np.cumsum(cost, dtype="int64")
    if not len(total):
        return []
    ends = np.searchsorted(total, np.arange(size, int(total[-1]) + size, size), side="left") + 1
    cuts = np.unique(np.concatenate([[0], ends.clip(max=len(total)), np.arange(0, len(total), most), [len(total)]]))
    return [slice(int(first), int(last)) for first, last in itertools.pairwise(cuts)]
