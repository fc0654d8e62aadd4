"""Rules on tables of a few rows, without a network."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from peerlens.engine import Engine
from peerlens.lenses.neglect import Rule
from peerlens.settings import Settings

Find = Callable[..., dict[str, dict[str, Any]]]
COMMON = {
    "person_id": "me", "department": "Sales", "other_department": "Ops", "is_cross_department": True, "is_peer": True,
    "is_open": True, "person_is_open": True, "best_share": 0.1, "expected_share": 0.1, "mean_share": 0.1, "is_live": True,
    "live_ties_there": 1, "quiet_chance": 0.5, "quiet_share": 0.5, "quiet_chance_n": 30, "quiet_words": "",
}  # fmt: skip


@pytest.fixture(scope="session")
def engine() -> Engine:
    """One engine for all tables."""
    return Engine(threads=1)


def found_weeks(found: pd.DataFrame) -> int:
    """The window that rows were found in; any where there are none."""
    return int(found["window_weeks"].iloc[0]) if len(found) else 26


@pytest.fixture
def find(engine: Engine) -> Find:
    """Let a rule find its rows in a table given as ``name: {column: value}``; returns what was found, by name."""

    def find_in(rule: Rule, base: dict[str, Any], **rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
        assert len(rows) <= 8
        frame = pd.DataFrame([{**COMMON, **base, **row, "other_id": name} for name, row in rows.items()])
        key = "other_department" if rule.reads == "reach" else "other_id"
        if rule.reads == "reach":
            frame["other_department"] = list(rows)
        table = engine.from_frame(frame, name="rows")
        ties = SimpleNamespace(**{rule.reads: table}, settings=Settings())
        found = engine.frame(rule.find(ties).order_by(key))  # type: ignore[arg-type]
        among = rule.find_among(engine.frame(rule.asked(ties).order_by(key)), window_weeks=found_weeks(found))  # type: ignore[arg-type]
        both = among[list(found.columns)].reset_index(drop=True)
        pd.testing.assert_frame_equal(both.fillna(np.nan), found.fillna(np.nan), check_dtype=False, check_exact=True)
        return {row[key]: row for row in found.to_dict("records")}

    return find_in
