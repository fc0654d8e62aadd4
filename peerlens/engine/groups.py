"""Steps over arrays: what an engine hands whole groups of rows to, where adding up by query would cost many times as much.

A step is one formula for every engine. DuckDB hands it ranges of keys one after the other; Spark gives each of its workers
the rows of some keys. Rows come in no promised order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 1_000_000
"""rows that a step gets at once, more only where one key has more, or there are very many"""
MOST_RANGES = 24
"""turns in which all rows are handed over, about"""


class Step(Protocol):
    """A function from rows to rows that needs to see all rows of a key together.

    Parameters
    ----------
    key
        An integer column without gaps.
    schema
        Columns of the result and their types.
    """

    @property
    def key(self) -> str:
        """The column whose equal values come together."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Columns of the result and their types."""
        ...

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the rows made of all rows of some keys, ordered by key."""
        ...


def ranges(counts: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Join neighbouring keys into ranges of at most ``most`` rows, where a key alone has not more.

    Parameters
    ----------
    counts
        Key and number of its rows, ascending.
    most
        Rows of a range.

    Returns
    -------
    list of tuple
        First and last key of each range, both included.

    Examples
    --------
    >>> ranges([(1, 4), (2, 3), (5, 9), (6, 1)], 7)
    [(1, 2), (5, 5), (6, 6)]
    """
    found: list[tuple[int, int]] = []
    total = 0
    for key, rows in counts:
        if found and total + rows <= most:
            found[-1] = found[-1][0], key
            total += rows
        else:
            found.append((key, key))
            total = rows
    return found


def of_schema(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """Return some columns of a schema, in the order named."""
    import pyarrow as pa

    return pa.schema([schema.field(name) for name in names])
