"""Shares by direction: they add up, a case worked by hand, and contacts placed in the chart of their day."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES

BALANCE = LENSES["sideways_balance"]


def test_shares_sum_to_one(sample_network: peerlens.Network) -> None:
    frame = BALANCE.measure(sample_network.ties).set_index("person_id")
    for prefix in ("share_", "time_"):
        total = frame[[name for name in frame if str(name).startswith(prefix)]].sum(axis=1, skipna=False).dropna()
        assert len(total) > 100
        assert total.to_numpy() == pytest.approx(1.0)


def test_quarters_sum_to_one(sample_network: peerlens.Network) -> None:
    rows = BALANCE.evidence(sample_network.ties, "p042")
    assert rows["period"].nunique() == 4
    assert rows.groupby("period")["share"].sum().to_numpy() == pytest.approx(1.0, abs=0.001)


@pytest.fixture(scope="module")
def moved() -> peerlens.Network:
    """Ann (Sales) moves from ben to hana on 1 March. Twelve messages of credit 1, all within the last quarter.

    February, under ben (Sales): 3 with ben, 2 with abe (Sales, under ben), 1 with bea (Ops, level 3).
    March, under hana (Ops): 2 with hana, 1 with ben, 1 with abe, 2 with bea (Ops, under hana).
    Up: 3 + 2, and ben in March: level 2 is more senior still: 1, so 6/12. Own team: 2 abe + 2 bea = 4/12.
    Other departments: bea in February 1, abe in March 1 = 2/12. By the chart of March, abe's three would lie outside.
    """
    people = pd.DataFrame(
        [
            ("boss", "Board", "1", None, None, None), ("ben", "Sales", "2", "boss", None, None),
            ("hana", "Ops", "2", "boss", None, None), ("abe", "Sales", "3", "ben", None, None),
            ("bea", "Ops", "3", "hana", None, None), ("ann", "Sales", "3", "ben", None, "2026-02-28"),
            ("ann", "Ops", "3", "hana", "2026-03-01", None),
        ],
        columns=["person_id", "department", "level", "manager_id", "valid_from_on", "valid_to_on"],
    )  # fmt: skip
    plan = [("02", ["ben"] * 3 + ["abe"] * 2 + ["bea"]), ("03", ["hana"] * 2 + ["ben", "abe", "bea", "bea"])]
    rows = [
        (f"2026-{month}-{day:02}T09:00:00Z", "ann", to) for month, others in plan for day, to in enumerate(others, 9)
    ]
    messages = pd.DataFrame(rows, columns=["sent_at", "sender_id", "recipient_id"])
    return peerlens.Network(peerlens.read(people=people, messages=messages), as_of="2026-03-20")


def test_each_contact_in_the_chart_of_its_day(moved: peerlens.Network) -> None:
    rows = BALANCE.evidence(moved.ties, "ann").set_index("direction")
    assert rows["period"].nunique() == 1
    assert rows["credit"].to_dict() == {"up": 6.0, "sideways own team": 4.0, "sideways other departments": 2.0}
    assert rows["share"].to_dict() == pytest.approx({
        "up": 0.5, "sideways own team": 4 / 12, "sideways other departments": 2 / 12,
    }, abs=1e-4)  # fmt: skip
    assert re.findall(r"\d+", BALANCE.read(moved.ties, "ann").headline) == ["50", "17"]


def test_measure_by_hand(moved: peerlens.Network) -> None:
    """At as_of all is seen by the chart of the day; each message has decayed by its age (20 March less its day)."""
    half = lambda *days: sum(2 ** (-age / 60) for age in days)  # noqa: E731
    ages = {"ben": (39, 38, 37, 9), "abe": (36, 35, 8), "bea": (34, 7, 6), "hana": (11, 10)}
    total = half(*(age for found in ages.values() for age in found))
    row = BALANCE.measure(moved.ties).set_index("person_id").loc["ann"]
    assert row["share_up"] == pytest.approx((half(*ages["ben"]) + half(*ages["hana"])) / total, abs=1e-6)
    assert row["share_sideways_own_team"] == pytest.approx(half(*ages["bea"]) / total, abs=1e-6)
    assert row["share_sideways_other_departments"] == pytest.approx(half(*ages["abe"]) / total, abs=1e-6)
