"""The engine keeps what it is told to keep and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from peerlens.engine import Engine
from peerlens.engine.frames import as_frame


def test_what_is_dropped_is_gone() -> None:
    """A table and one made of it: the first goes, the second stays; asking for what is gone fails."""
    engine = Engine()
    first = engine.from_frame(pd.DataFrame({"number": range(1000)}), name="first")
    second = engine.materialise(first.filter(first.number >= 400), name="second")
    engine.drop(first)
    assert engine.count(second) == 600
    with pytest.raises(Exception, match="does not exist"):
        engine.count(first)


def test_what_a_killed_engine_spilled_is_deleted_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose lock is free belongs to nobody; one in use, and one that is not ours, stay."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = Engine()
    (tmp_path / "peerlens-other").mkdir()
    (tmp_path / "peerlens-dead").mkdir()
    (tmp_path / "peerlens-dead" / "in-use").touch()
    (tmp_path / "peerlens-dead" / "spilled.tmp").write_text("somebody's data")
    in_use = {item.name for item in tmp_path.iterdir()} - {"peerlens-dead"}
    second = Engine()
    left = {item.name for item in tmp_path.iterdir()}
    assert in_use < left
    assert "peerlens-dead" not in left
    assert len(left) == len(in_use) + 1
    del first, second


def test_a_view_computes_nothing_and_goes_with_what_it_stands_on() -> None:
    """The same rows under a name; dropped, the table beneath goes too. A type the engine sees otherwise is the one stated."""
    engine = Engine()
    table = engine.from_frame(pd.DataFrame({"a": [1, 2, 3]}), name="numbers")
    view = engine.view(table.filter(table.a > 1), name="some")
    assert engine.frame(view.order_by("a"))["a"].tolist() == [2, 3]
    # Two integers of 32 bits add up to 64 for Ibis, to 32 for the engine.
    otherwise = table.select("a", twice=table.a.cast("int32") + table.a.cast("int32"))
    half = engine.view(otherwise, name="half")
    assert half.op().name.startswith("half")
    assert half.schema()["twice"] == otherwise.schema()["twice"]
    assert engine.frame(half.order_by("a")).equals(engine.frame(otherwise.order_by("a")))
    engine.drop(half, keep=[table])
    with pytest.raises(Exception, match="does not exist"):
        engine.frame(half)
    engine.drop(view)
    with pytest.raises(Exception, match="does not exist"):
        engine.frame(table)


WITH_GAPS = pd.DataFrame(
    {
        "key": [1, 2, 3],
        "whole": pd.array([1, None, 3], dtype="Int32"),
        "none_whole": pd.array([None, None, None], dtype="Int64"),
        "part": [0.5, None, 2.0],
        "is_so": pd.array([True, None, False], dtype="boolean"),
        "text": pd.array(["a", None, "c"], dtype="str"),
        "no_text": pd.array([None, None, None], dtype="str"),
        "on": pd.to_datetime(["2026-01-01", None, "2026-03-01"]),
    }
)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_frame_is_what_ibis_makes_of_the_result(rows: int) -> None:
    """Every type, with gaps and without (the first row has none), and none at all; sums, which the engine gives as decimals."""
    engine = Engine()
    table = engine.from_frame(WITH_GAPS, name="gaps")
    table = table.mutate(
        third=ibis.literal(1.0) / 3, decimal=ibis.literal(1.5), day=table["on"].date(), nothing=ibis.null("string")
    )
    some = table.filter(table.key <= rows)
    sums = some.group_by("key").agg(
        whole=some.whole.sum(), count=some.count(), is_any=some.is_so.any(), mean=some.part.mean()
    )
    for asked in (some.order_by("key"), sums.order_by("key")):
        found, expected = engine.frame(asked), asked.to_pandas()
        # Of a sum with gaps, and of whole numbers that are all missing, Ibis makes Python objects; of others with gaps floats.
        for name in {"whole", "none_whole"} & set(expected):
            if expected[name].dtype == object:
                expected[name] = expected[name].astype("float64")
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
        for name in expected:
            assert [type(cell) for cell in found[name]] == [type(cell) for cell in expected[name]], name
        found.iloc[:, 0] = 0  # nobody else's memory


def test_a_sum_too_large_for_its_type_is_no_other_number() -> None:
    """A decimal that does not fit is refused, and never cut off."""
    import pyarrow as pa
    from ibis.expr.schema import schema

    sums = pa.table({"sum": pa.array([2**64], type=pa.decimal128(38, 0))})
    with pytest.raises(pa.ArrowInvalid):
        as_frame(sums, schema({"sum": "int64"}))


class CountRows:
    """A step: rows per key, in one number that says how often it was asked."""

    key = "number"
    schema = pa.schema([("number", pa.int32()), ("rows", pa.int64())])

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, rows: pa.Table) -> pa.Table:
        self.asked.append(rows.num_rows)
        found = rows.group_by("number").aggregate([("number", "count")]).sort_by("number")
        return found.rename_columns(["number", "rows"]).cast(self.schema)


@pytest.mark.parametrize("fetched", [1, 52, 1000])
def test_a_step_gets_whole_keys_and_few_rows_at_once(fetched: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten at once: keys of up to ten rows share a turn, one of forty has a turn of its own; what comes back is ordered by key."""
    monkeypatch.setattr("peerlens.engine.local.ROWS_AT_ONCE", 10)
    monkeypatch.setattr("peerlens.engine.local.ROWS_FETCHED", fetched)
    sizes = {0: 4, 1: 6, 2: 40, 3: 1, 7: 9, 8: 2}
    numbers = [number for number, rows in sizes.items() for _ in range(rows)]
    engine = Engine()
    frame = pd.DataFrame({"number": pd.Series(numbers, dtype="int32")}).sample(frac=1, random_state=1)
    table = engine.from_frame(frame, name="numbers")
    step = CountRows()
    counted = engine.map_groups(table, step, name="counted")
    assert dict(zip(*engine.frame(counted).to_numpy().T.tolist(), strict=True)) == sizes
    assert engine.frame(counted)["number"].is_monotonic_increasing
    assert sorted(step.asked) == [2, 10, 10, 40]
    assert engine.frame_of_groups(table, step).equals(engine.frame(counted))
    none = engine.map_groups(table.filter(table.number > 8), CountRows(), name="none")
    assert engine.count(none) == 0
    kept, handed = engine.share_out(table, step, name="shared", kept=["number"], handed=["rows", "number"])
    assert kept.columns == ("number",)
    assert engine.frame(kept)["number"].tolist() == list(sizes)
    assert dict(zip(handed["number"].to_pylist(), handed["rows"].to_pylist(), strict=True)) == sizes
