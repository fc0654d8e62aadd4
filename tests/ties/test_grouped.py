"""Groups of rows as arrays, against the same in plain Python."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.ties.grouped import NONE, Groups, Keys, as_table, in_order, integers, pair_key, sliced

KEYS = st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2), st.integers(0, 5)), max_size=40)


def columns(rows: list[tuple[int, ...]], width: int) -> list[np.ndarray]:
    """Lay rows out as columns."""
    return [np.array([row[at] for row in rows], dtype="int64") for at in range(width)]


@settings(deadline=None)
@given(KEYS)
def test_order_is_that_of_python(rows: list[tuple[int, int, int]]) -> None:
    """Equal rows stay as they were, and what is in order is said to be."""
    order = in_order(*columns(rows, 3))
    expected = sorted(range(len(rows)), key=lambda at: rows[at])
    assert (list(range(len(rows))) if order is None else order.tolist()) == expected
    assert (order is None) == (expected == list(range(len(rows))))


def test_keys_too_wide_for_one_number_are_ordered_all_the_same() -> None:
    far = 1 << 40
    a, b = np.array([far, 0, far, 0]), np.array([0, far, -far, 0])
    assert Keys.of(a, b) is None
    order = in_order(a, b)
    assert order is not None
    assert order.tolist() == [3, 1, 2, 0]


def test_keys_come_back_and_are_ordered_where_no_place_is_left() -> None:
    """42 and 21 bits leave no room for the place of a row: sorted by value alone."""
    a, b = np.array([1 << 41, 0, 0]), np.array([7, 1 << 20, 0])
    keys = Keys.of(a, b)
    assert keys is not None
    assert keys.bits == 63
    order = keys.order()
    assert order.tolist() == [2, 1, 0]
    assert [values.tolist() for values in keys.unpacked(keys.packed[order])] == [a[order].tolist(), b[order].tolist()]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.booleans(), st.booleans()), max_size=60))
def test_sums_are_those_of_python(rows: list[tuple[int, int, bool, bool]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    key, value = columns(rows, 2)
    one, two = (np.array([row[at] for row in rows], dtype=bool) for at in (2, 3))
    groups = Groups.of(key)
    own = {name: [row for row in rows if row[0] == name] for name in sorted({row[0] for row in rows})}
    assert groups.sums(value).tolist() == [sum(row[1] for row in part) for part in own.values()]
    assert groups.smallest(value).tolist() == [min(row[1] for row in part) for part in own.values()]
    assert groups.largest(value).tolist() == [max(row[1] for row in part) for part in own.values()]
    counts = groups.counts(*[one, two] * 8)
    assert len(counts) == 16
    for at, count in enumerate(counts):
        assert count.tolist() == [sum(row[2 + at % 2] for row in part) for part in own.values()]
    kept, some = groups.where(one)
    assert value[kept].tolist() == [row[1] for row in rows if row[2]]
    assert some.spread(some.sums(value[kept]), NONE).tolist() == [
        sum(row[1] for row in part if row[2]) if any(row[2] for row in part) else NONE for part in own.values()
    ]


def test_sums_are_exact_though_a_total_over_all_groups_has_no_room() -> None:
    large = 2**62
    groups = Groups.of(np.array([1, 1, 2, 3, 3]))
    assert groups.sums(np.array([large, 5, large, large, -7])).tolist() == [large + 5, large, large - 7]


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), max_size=50), st.integers(1, 9))
def test_slices_hold_whole_groups_and_everything(keys: list[int], size: int) -> None:
    key = np.array(sorted(keys), dtype="int64")
    parts = sliced({"key": key}, Groups.of(key), size)
    assert [value for part in parts for value in part["key"]] == key.tolist()
    assert all(len(part["key"]) for part in parts)
    for one, next_one in itertools.pairwise(parts):
        assert one["key"][-1] < next_one["key"][0]


def test_what_is_missing_goes_in_and_comes_out_missing() -> None:
    schema = pa.schema([("day", pa.int32()), ("count", pa.int64())])
    columns = {"day": np.array([3, NONE, 5]), "count": np.array([NONE, 4, 6])}
    table = as_table(columns, schema, may_lack=("day",))
    assert table.to_pydict() == {"day": [3, None, 5], "count": [-1, 4, 6]}
    assert integers(table, "day", missing=NONE).tolist() == [3, NONE, 5]


def test_pairs_are_ordered_as_their_numbers() -> None:
    pairs = [(0, 5), (1, 0), (1, 4_000_000_000), (2, 1)]
    keys = pair_key(*columns(pairs, 2))
    assert keys.tolist() == sorted(keys.tolist())
    assert len(set(keys.tolist())) == 4
