"""Steps over arrays: what an engine hands whole groups of rows to, where adding up by query would cost many times as much.

A step is one formula for every engine. DuckDB hands it ranges of keys one after the other; Spark gives each of its workers
the rows of some keys. Rows come in no promised order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 1_000_000
"""rows that a step gets at once, more only where one key has more"""
ROWS_FETCHED = 4_000_000
"""rows fetched at once, for several turns; rows in no order are all looked through for every fetch"""
MOST_FETCHES = 24
"""fetches in which all rows are had, about, where there are very many"""


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


class Range(NamedTuple):
    """Neighbouring keys: the first and the last, both included, and the number of their rows."""

    first: int
    last: int
    rows: int


def joined(ranges: Iterable[Range], most: int) -> list[Range]:
    """Join neighbouring ranges of keys into larger ones of at most ``most`` rows, where one alone has not more.

    Examples
    --------
    >>> [tuple(found) for found in joined([Range(1, 1, 4), Range(2, 2, 3), Range(5, 5, 9), Range(6, 6, 1)], 7)]
    [(1, 2, 7), (5, 5, 9), (6, 6, 1)]
    """
    found: list[Range] = []
    for own in ranges:
        if found and found[-1].rows + own.rows <= most:
            found[-1] = Range(found[-1].first, own.last, found[-1].rows + own.rows)
        else:
            found.append(own)
    return found


def of_range(rows: pa.Table, key: str, keys: Range) -> pa.Table:
    """Return the rows whose key lies in a range."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first, last = (pa.scalar(end, rows.schema.field(key).type) for end in (keys.first, keys.last))
    return rows.filter(pc.and_(pc.greater_equal(rows[key], first), pc.less_equal(rows[key], last)))


def of_schema(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """Return some columns of a schema, in the order named."""
    import pyarrow as pa

    return pa.schema([schema.field(name) for name in names])
