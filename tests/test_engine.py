"""The engine keeps what it is told to keep and nothing else."""

from __future__ import annotations

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
