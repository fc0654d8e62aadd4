"""No tie yet, though much in common: pairs alike have three days of contact, these two at most one."""

from __future__ import annotations

import pytest

from peerlens.lenses.neglect.never_formed import NeverFormed
from tests.lenses.neglect.conftest import Find

GAP = {
    "shared_contacts": 3, "meetings_w": 0, "expected_low_days": 3.0, "expected_days": 6.5, "observed_days": 1,
    "both_there_days": 182.0, "alike_pairs": 40,
}  # fmt: skip


def test_thresholds(find: Find) -> None:
    found = find(
        NeverFormed(), GAP, shared={}, meetings={"shared_contacts": 0, "meetings_w": 3},
        stranger={"shared_contacts": 2, "meetings_w": 2}, low={"expected_low_days": 2.9}, met={"observed_days": 2},
        new={"both_there_days": 181.0}, unknown={"both_there_days": float("nan")},
    )  # fmt: skip
    assert set(found) == {"shared", "meetings"}


def test_severity(find: Find) -> None:
    """1 - 3 / lower bound."""
    found = find(NeverFormed(), GAP, three={}, six={"expected_low_days": 6.0}, twelve={"expected_low_days": 12.0})
    assert {name: row["severity"] for name, row in found.items()} == pytest.approx(
        {"three": 0.0, "six": 0.5, "twelve": 0.75}
    )


def test_own_thresholds(find: Find) -> None:
    assert find(NeverFormed(min_low_days=3.5), GAP, just={}) == {}
    assert set(find(NeverFormed(max_observed_days=0), GAP, one={}, none={"observed_days": 0})) == {"none"}
