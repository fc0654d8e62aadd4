"""Nobody who holds all pages of several runs can work out contact of fewer than k people, to 50 % either way.

Two attackers: one with many groupings of the same days, one with many stretches of days of the same grouping. Both with each
figure that rests on contact days. Of what does not: hours in meetings are medians of ten people and more, the busiest share is of
k people and more, and the shares of ties kept and lost have no number of ties beside them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.organisation import Organisation, make_map, make_organisation
from peerlens.organisation import change as changes
from peerlens.organisation import organisation as view_module
from peerlens.organisation.communities import community_table
from peerlens.organisation.view import chart_rows
from peerlens.privacy import groups as door
from peerlens.privacy.ledger import Ledger
from peerlens.ties import Ties
from peerlens.ties.events import day_number
from tests.organisation.attack import Attacker, succeeds

EARLIER = date(2026, 3, 1)
LOOKS: tuple[tuple[tuple[str, ...], date | None, int | None], ...] = (
    (("department",), None, None),
    (("level",), None, None),
    (("country",), None, None),
    (("department", "country"), None, None),
    (("department",), EARLIER, None),
    (("department",), None, 8),
    (("department", "level"), None, None),
)
SPRING, SUMMER = (date(2026, 4, 27), date(2026, 6, 21)), (date(2026, 6, 22), date(2026, 8, 16))
PERIODS = (
    (SPRING, SUMMER),
    (SPRING, (SUMMER[0], date(2026, 8, 23))),  # a week more
    ((SPRING[0], date(2026, 6, 14)), SUMMER),  # a week less
    ((date(2026, 3, 30), SPRING[1]), SUMMER),  # four weeks more
    ((date(2026, 3, 30), date(2026, 4, 26)), SUMMER),
)
PURPOSE = "Try to attack it"


def chart_of(ties: Ties, by: tuple[str, ...], on: date) -> pd.Series:
    rows, day = chart_rows(ties, by), day_number(on)
    return (
        rows[(rows["from_day"] <= day) & (rows["to_day"] >= day)]
        .drop_duplicates("person_no")
        .set_index("person_no")["group"]
    )


def quick(ties: Ties) -> Ties:
    """Return the same ties with few resamples: no attacker uses the intervals they give."""
    settings = replace(ties.settings, organisation=replace(ties.settings.organisation, resamples=5))
    return replace(ties, settings=settings)


def newcomer(ties: Ties) -> Attacker:
    """Return an attacker who holds nothing yet."""
    rows = ties.pair_days.filter(ties.pair_days.is_close).select("a_no", "b_no", day="day_no")
    return Attacker(ties.engine.frame(rows.order_by(["a_no", "b_no", "day"])))


def with_all_groupings(
    ties: Ties, records: peerlens.Records, folder: Path, looks: tuple = LOOKS
) -> tuple[Attacker, list[Organisation]]:
    """Return an attacker with the pages of every look, all made with one ledger."""
    attacker, pages = newcomer(ties), []
    for by, on, k in looks:
        try:
            made = make_organisation(ties, records, by=by, purpose=PURPOSE, members_on=on, k=k, ledger_dir=folder)
        except NotEnoughData:
            continue
        attacker.hold(f"{'+'.join(by)} {on} {k}", made, chart_of(ties, by, on or ties.as_of))
        pages.append(made)
    attacker.prepare()
    return attacker, pages


def with_all_days(ties: Ties, records: peerlens.Records, folder: Path, *, has_map: bool = True) -> Attacker:
    """Return an attacker with pages of two days, a map, and every comparison that is not refused."""
    attacker, by = newcomer(ties), ("department",)
    page = make_organisation(ties, records, by=by, purpose=PURPOSE, ledger_dir=folder)
    attacker.hold("today", page, chart_of(ties, by, ties.as_of))
    if has_map:
        attacker.hold_map("map", make_map(ties, records, ledger_dir=folder), chart_of(ties, by, ties.as_of))
    before = replace(ties, as_of=ties.as_of - timedelta(7))
    earlier = make_organisation(before, records, by=by, purpose=PURPOSE, members_on=ties.as_of, ledger_dir=folder)
    attacker.hold("a week before", earlier, chart_of(ties, by, ties.as_of), has_live=False)
    for at, (one, two) in enumerate(PERIODS):
        try:
            found = page.compare(one, two)
        except NotEnoughData:
            continue
        attacker.hold_change(f"change {at}", found, chart_of(ties, by, one[1]))
    attacker.prepare()
    return attacker


@pytest.fixture
def open_door(sample_network: peerlens.Network, monkeypatch: pytest.MonkeyPatch) -> Ties:
    """Return ties of which everything is let out, but for rounding."""
    monkeypatch.setattr(door, "complements", lambda cells, hidden, **_: np.zeros(len(cells), bool))
    monkeypatch.setattr(Ledger, "held", lambda *_, **__: {})
    monkeypatch.setattr(view_module, "check_apart", lambda *_: ())
    monkeypatch.setattr(changes, "is_thin", lambda cells, wanted, **_: np.zeros(len(wanted), bool))
    settings = quick(sample_network.ties).settings
    privacy = replace(settings.privacy, k=2, dominance_share=1.1, min_coverage=0.0, settings_file="0")
    return replace(sample_network.ties, settings=replace(settings, privacy=privacy))


@pytest.fixture(scope="module")
def attacked(
    sample_network: peerlens.Network, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Attacker, list[Organisation]]:
    folder = tmp_path_factory.mktemp("attacked") / "ledger"
    return with_all_groupings(quick(sample_network.ties), sample_network.records, folder)


def test_groupings_cannot_be_subtracted(attacked: tuple[Attacker, list[Organisation]]) -> None:
    attacker, _ = attacked
    assert set(attacker.kinds_held) == {"ratio", "inside", "peers", "carriers", "drift"}
    assert attacker.kinds_held["ratio"] > 25
    assert len(attacker.small_cells(5, 30)) >= 20
    assert attacker.broken(5, 30) == []


def test_days_cannot_be_subtracted(sample_network: peerlens.Network, tmp_path: Path) -> None:
    attacker = with_all_days(quick(sample_network.ties), sample_network.records, tmp_path / "ledger")
    assert set(attacker.kinds_held) == {"ratio", "inside", "peers", "carriers", "drift", "map", "change"}
    assert attacker.kinds_held["change"] > 60
    assert attacker.broken(5) == []


def test_both_attacks_succeed_without_the_door(
    sample_network: peerlens.Network, open_door: Ties, tmp_path: Path
) -> None:
    """The same attackers win where nothing is withheld: the tests above can fail."""
    attacker, _ = with_all_groupings(open_door, sample_network.records, tmp_path / "one", looks=LOOKS[:2])
    assert len(attacker.broken(5, 12)) >= 3
    attacker = with_all_days(open_door, sample_network.records, tmp_path / "two", has_map=False)
    assert attacker.broken(5, 30) != []


def test_communities_cannot_be_subtracted(attacked: tuple[Attacker, list[Organisation]]) -> None:
    """Whoever knows how many people of each group have live ties can work out no lone part of fewer than five: parts that are not
    listed are two or more, so that each of them may be nobody."""
    asked = 0
    for page in attacked[1]:
        parts = community_table(replace(page._view, k=1))[0].table  # all of them; small ones read "fewer than 5"
        listed = page.communities()
        for group, mine in parts.groupby("group"):
            there = set(listed.loc[listed["group"] == group, "community"])
            hidden = mine[~mine["community"].isin(there)]["people"]
            if there and len(hidden):
                assert len(hidden) >= 2, (page.by, group)
                asked += 1
    assert asked > 5


def test_head_counts_cannot_be_subtracted(attacked: tuple[Attacker, list[Organisation]]) -> None:
    """From all head counts of all looks, no set of fewer than five people gets a count that is narrower than 50 % either way."""
    attacker, _ = attacked
    label = attacker.kinds
    sizes = (
        pd.DataFrame(attacker.labels).fillna("").value_counts().reindex(pd.MultiIndex.from_frame(label)).to_numpy(float)
    )
    rows = [(label[name] == group).to_numpy(float) for name, group, _ in attacker.counts]
    low = [float(people) for _, _, people in attacker.counts]
    assert len(rows) > 15
    matrix, floor = np.array(rows), np.array(low)
    assert len(rows) > 15
    limits = {"A_ub": np.vstack([matrix, -matrix]), "b_ub": np.concatenate([floor + 4, -floor])}
    narrow = []
    for name in label.columns:
        for group in sorted(set(label[name]) - {""}):
            wanted = (label[name] == group).to_numpy(float)
            true = float(wanted @ sizes)
            if 0 < true < 5:
                least, most = (sign * linprog(sign * wanted, **limits).fun for sign in (1.0, -1.0))
                assert least <= true <= most
                if succeeds(least, most):
                    narrow.append((name, group, true, least, most))
    assert narrow == []
