"""The engine keeps what it is told to keep and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import ibis
import pandas as pd
import pytest

from peerlens.engine import Engine


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
    """The same rows under a name; dropped, the table beneath goes too. A type the engine sees otherwise is left as it is."""
    engine = Engine()
    table = engine.from_frame(pd.DataFrame({"a": [1, 2, 3]}), name="numbers")
    view = engine.view(table.filter(table.a > 1), name="some")
    assert engine.frame(view.order_by("a"))["a"].tolist() == [2, 3]
    otherwise = table.select(half=ibis.literal("1", "string").cast("decimal(4, 1)") / 2)
    assert engine.frame(engine.view(otherwise, name="half")).equals(engine.frame(otherwise))
    engine.drop(view)
    with pytest.raises(Exception, match="does not exist"):
        engine.frame(table)
