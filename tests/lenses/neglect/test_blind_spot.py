"""A department with no tie yet: five people there, ten alike, six in ten of them with a live tie."""

from __future__ import annotations

import pandas as pd
import pytest

from peerlens.lenses.neglect.blind_spot import BlindSpot
from tests.lenses.neglect.conftest import Find

SPOT = {"department_size": 5, "alike": 10, "alike_share": 0.6}


def test_thresholds(find: Find) -> None:
    found = find(BlindSpot(), SPOT, Just={}, Small={"department_size": 4}, Few={"alike": 9}, Rare={"alike_share": 0.59})
    assert set(found) == {"Just"}
    assert pd.isna(found["Just"]["other_id"])


def test_severity_and_rounding(find: Find) -> None:
    """(share - 0.6) / 0.4 of the share as shown: heads are rounded down to fives, shares to 0.1."""
    found = find(BlindSpot(), SPOT, Some={}, Most={"alike_share": 0.84, "alike": 14}, All={"alike_share": 1.0})
    assert {name: row["severity"] for name, row in found.items()} == pytest.approx(
        {"Some": 0.0, "Most": 0.5, "All": 1.0}
    )
    assert (found["Most"]["alike"], found["Most"]["alike_share"]) == (10, 0.8)


def test_own_thresholds(find: Find) -> None:
    assert find(BlindSpot(min_share=0.7), SPOT, Just={}) == {}
    assert set(find(BlindSpot(min_department=6), SPOT, Five={}, Six={"department_size": 6})) == {"Six"}
