"""Rows in groups as arrays: sums, smallest and largest per group, and counts of many kinds in one addition.

All over integers, so that no order of addition plays a part.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import ArrayLike

Arrays = dict[str, np.ndarray]
"""columns by name"""
NONE = -1
"""nothing, among numbers that are never negative: no day, no pause, no people"""


@dataclass(frozen=True)
class Groups:
    """Neighbouring rows in groups, none empty.

    Parameters
    ----------
    starts
        Position of each group's first row, ascending from 0.
    rows
        Number of all rows.
    among
        Where the groups are some of others: the number of each among those.
    others
        How many those are.
    """

    starts: np.ndarray
    rows: int
    among: np.ndarray = field(default_factory=lambda: np.zeros(0, "int64"))
    others: int = 0

    @classmethod
    def of(cls, *keys: np.ndarray) -> Groups:
        """Group neighbours that are equal in all keys.

        Examples
        --------
        >>> Groups.of(np.array([4, 4, 7])).starts.tolist()
        [0, 2]
        """
        is_first = np.zeros(len(keys[0]), dtype=bool)
        is_first[:1] = True
        for key in keys:
            is_first[1:] |= key[1:] != key[:-1]
        return cls(np.flatnonzero(is_first), len(is_first))

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.starts)

    @cached_property
    def ends(self) -> np.ndarray:
        """Position after each group's last row."""
        return np.append(self.starts[1:], self.rows)

    @cached_property
    def number(self) -> np.ndarray:
        """Number of each row's group."""
        return np.repeat(np.arange(len(self)), self.ends - self.starts)

    def where(self, holds: np.ndarray) -> tuple[np.ndarray | slice, Groups]:
        """Return the rows for which something holds, and the groups that those form: groups without any are left out.

        Examples
        --------
        >>> rows, groups = Groups.of(np.array([4, 4, 7, 9])).where(np.array([False, True, False, True]))
        >>> rows.tolist(), groups.starts.tolist(), groups.among.tolist()
        ([1, 3], [0, 1], [0, 2])
        """
        if holds.all():
            return slice(None), Groups(self.starts, self.rows, np.arange(len(self)), len(self))
        rows = np.flatnonzero(holds)
        number = self.number.take(rows)
        starts = Groups.of(number).starts
        return rows, Groups(starts, len(rows), number[starts], len(self))

    def spread(self, values: np.ndarray, nothing: int) -> np.ndarray:
        """Lay values of these groups out over the others that they are some of."""
        if len(self) == self.others:
            return values
        found = np.full(self.others, nothing, dtype=values.dtype)
        found[self.among] = values
        return found

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Add up integers per group."""
        if not len(self):
            return np.zeros(0, "int64")
        # What has been added up after each group, less what had been before it: half as long as group by group, and as exact,
        # as a total beyond 64 bits drops out again.
        whole = values.view("int8") if values.dtype == bool else values
        return np.diff(np.cumsum(whole, dtype="int64").take(self.ends - 1), prepend=0)

    def smallest(self, values: np.ndarray) -> np.ndarray:
        """Return the smallest value per group."""
        return np.minimum.reduceat(values, self.starts) if len(self) else values[:0]

    def largest(self, values: np.ndarray) -> np.ndarray:
        """Return the largest value per group."""
        return np.maximum.reduceat(values, self.starts) if len(self) else values[:0]

    def any_of(self, values: np.ndarray) -> np.ndarray:
        """Return the bits set in any value per group."""
        return np.bitwise_or.reduceat(values, self.starts) if len(self) else values[:0]

    def counts(self, *conditions: np.ndarray) -> list[np.ndarray]:
        """Count per group the rows for which each condition holds, as many conditions at once as fit into one number.

        Examples
        --------
        >>> [count.tolist() for count in Groups.of(np.array([4, 4, 7])).counts(np.array([True, True, False]))]
        [[2, 0]]
        """
        found = []
        bits = int((self.ends - self.starts).max(initial=1)).bit_length()
        at_once = 62 // bits
        for first in range(0, len(conditions), at_once):
            some = conditions[first : first + at_once]
            packed = np.zeros(self.rows, dtype="int64")
            for place, condition in enumerate(some):
                packed |= condition.astype("int64") << (bits * place)
            total = self.sums(packed)
            found += [(total >> (bits * place)) & ((1 << bits) - 1) for place in range(len(some))]
        return found


@dataclass(frozen=True)
class Keys:
    """Several integer keys in one number per row, which sorts as they do: sorting one is many times as fast as sorting several.

    Parameters
    ----------
    packed
        A number that is not negative per row.
    bits
        That the largest takes.
    parts
        Of each key the least value and the bits it takes.
    """

    packed: np.ndarray
    bits: int
    parts: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, *keys: np.ndarray) -> Keys | None:
        """Pack keys; None where 63 bits are too few."""
        if not len(keys[0]):
            return cls(np.zeros(0, dtype="int64"), 0, ((0, 0),) * len(keys))
        parts = [(int(key.min()), (int(key.max()) - int(key.min())).bit_length()) for key in keys]
        bits = sum(width for _, width in parts)
        if bits > 63:
            return None
        packed = np.zeros(len(keys[0]), dtype="int64")
        for key, (least, width) in zip(keys, parts, strict=True):
            packed <<= width
            packed += key
            packed -= least
        return cls(packed, bits, tuple(parts))

    def order(self) -> np.ndarray:
        """Return the positions that put rows in order; equal ones stay as they are where there is room for their place."""
        rows = len(self.packed)
        width = rows.bit_length()
        if self.bits + width > 63:
            return np.argsort(self.packed)
        placed = self.packed << width
        placed |= np.arange(rows)
        placed.sort()
        placed &= (1 << width) - 1
        return placed

    def unpacked(self, packed: np.ndarray) -> list[np.ndarray]:
        """Return the keys of packed numbers."""
        found = []
        for least, width in reversed(self.parts):
            found.append((packed & ((1 << width) - 1)) + least)
            packed = packed >> width
        return found[::-1]


def in_order(*keys: np.ndarray) -> np.ndarray | None:
    """Return the positions that put rows in the order of integer keys, the first key first; None where they are.

    Examples
    --------
    >>> in_order(np.array([2, 1, 1]), np.array([0, 5, 4])).tolist()
    [2, 1, 0]
    >>> in_order(np.array([1, 1, 2]), np.array([4, 4, 0])) is None
    True
    """
    found = Keys.of(*keys)
    if found is None:
        return np.lexsort(keys[::-1])
    return None if (found.packed[1:] >= found.packed[:-1]).all() else found.order()


def sliced(columns: Arrays, groups: Groups, rows: int) -> list[Arrays]:
    """Cut columns into slices of whole groups and about so many rows."""
    if not len(groups):
        return []
    wanted = np.searchsorted(groups.ends, np.arange(rows, groups.rows + rows, rows)).clip(max=len(groups) - 1)
    ends = groups.ends[np.unique(wanted)].tolist()
    starts = [0, *ends[:-1]]
    return [
        {name: values[start:end] for name, values in columns.items()} for start, end in zip(starts, ends, strict=True)
    ]


def as_table(
    columns: Mapping[str, np.ndarray | pa.Array], schema: pa.Schema, *, may_lack: Container[str] = ()
) -> pa.Table:
    """Return columns as a table of some types; in those that may lack something, ``NONE`` becomes missing."""
    import pyarrow as pa

    found = []
    for item in schema:
        if isinstance(columns[item.name], pa.Array):
            found.append(columns[item.name])
            continue
        values = columns[item.name].astype(item.type.to_pandas_dtype(), copy=False)
        found.append(pa.array(values, item.type, mask=values == NONE if item.name in may_lack else None))
    return pa.table(found, schema=schema)


def pair_key(a_no: ArrayLike, b_no: ArrayLike) -> np.ndarray:
    """Return one number for each pair of people, ordered as the pairs are."""
    return np.asarray(a_no, dtype="int64") << 32 | np.asarray(b_no, dtype="int64")


def whole(values: np.ndarray) -> np.ndarray:
    """Round numbers that are not negative to integers, halves up."""
    return np.floor(values + 0.5).astype("int64")


def integers(rows: pa.Table, name: str, *, missing: int | None = None) -> np.ndarray:
    """Return a column of whole numbers or truths as an array, ``missing`` in place of what is not there."""
    import pyarrow.compute as pc

    column = rows[name]
    if column.null_count and missing is not None:
        column = pc.fill_null(column, missing)
    return column.to_numpy()
