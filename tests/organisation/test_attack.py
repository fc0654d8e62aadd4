"""Nobody who holds all pages of several runs can work out contact of fewer than k people, to 50 % either way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.organisation import make_organisation
from peerlens.organisation.view import chart_rows
from peerlens.privacy import groups as door
from peerlens.privacy.ledger import Ledger
from peerlens.ties import Ties
from peerlens.ties.events import day_number
from tests.organisation.attack import Attacker, succeeds

EARLIER = date(2026, 3, 1)
LOOKS: tuple[tuple[tuple[str, ...], date | None], ...] = (
    (("department",), None),
    (("level",), None),
    (("country",), None),
    (("department", "country"), None),
    (("department", "level"), None),
    (("department",), EARLIER),
    (("department", "level"), EARLIER),
)
TARGETS = 24


def chart_of(ties: Ties, by: tuple[str, ...], on: date) -> pd.Series:
    rows, day = chart_rows(ties, by), day_number(on)
    return (
        rows[(rows["from_day"] <= day) & (rows["to_day"] >= day)]
        .drop_duplicates("person_no")
        .set_index("person_no")["group"]
    )


def holding_everything(ties: Ties, records: peerlens.Records, folder: Path) -> Attacker:
    """Return an attacker with the pages of every look, all made with one ledger."""
    table = ties.pair_days
    first = ties.as_of_day - 7 * ties.settings.organisation.window_weeks + 1
    rows = table.filter(table.is_close & (table.day_no >= first))
    days = rows.group_by(["a_no", "b_no"]).agg(n=rows.count())
    attacker = Attacker(ties.engine.frame(days.order_by(["a_no", "b_no"])))
    for by, on in LOOKS:
        chart = chart_of(ties, by, on or ties.as_of)
        try:
            made = make_organisation(ties, records, by=by, purpose="Try to attack it", members_on=on, ledger_dir=folder)
        except NotEnoughData:
            continue
        attacker.hold(f"{'+'.join(by)} {on}", made, chart)
    attacker.prepare()
    return attacker


def small_cells(attacker: Attacker, k: int) -> list[tuple[str, np.ndarray]]:
    """Return cells with contact by fewer than k people on one side, the fewest first."""
    found = []
    for name in attacker.labels:
        label, a, b = attacker.labels[name], attacker.days["a_no"].to_numpy(), attacker.days["b_no"].to_numpy()
        one, two = (label.reindex(end).fillna("").to_numpy(str) for end in (a, b))
        swap = one > two
        ends = pd.DataFrame(
            {
                "a": np.where(swap, b, a),
                "b": np.where(swap, a, b),
                "g": np.where(swap, two, one),
                "h": np.where(swap, one, two),
            }
        )
        ends = ends[(ends["g"] != ends["h"]) & (ends["g"] != "") & (ends["h"] != "")]
        counts = ends.groupby(["g", "h"]).agg(a=("a", "nunique"), b=("b", "nunique")).min(axis=1)
        counts = counts[counts < k]
        found += [(int(many), name, g, h) for (g, h), many in counts.items()]
    found.sort()
    chosen = found[:: max(1, len(found) // TARGETS)][:TARGETS]
    return [(f"{name}: {g} / {h}", attacker.row(name, g, h)) for _, name, g, h in chosen]


def broken(attacker: Attacker, k: int) -> list[str]:
    """Return the small cells that the attacker bounds too narrowly; checks that bounds are true on the way."""
    won = []
    for name, wanted in small_cells(attacker, k):
        low, high = attacker.interval(wanted)
        assert low - 1e-6 <= attacker.true_value(wanted) <= high + 1e-6, name
        if succeeds(low, high):
            won.append(f"{name}: {low:.1f} to {high:.1f}")
    return won


@pytest.fixture(scope="module")
def attacker(sample_network: peerlens.Network, tmp_path_factory: pytest.TempPathFactory) -> Attacker:
    folder = tmp_path_factory.mktemp("attacked") / "ledger"
    return holding_everything(sample_network.ties, sample_network.records, folder)


def test_attack_fails(attacker: Attacker) -> None:
    assert len(attacker.bounds) > 30
    assert len(attacker.shares) > 15
    assert len(small_cells(attacker, 5)) >= 20
    assert broken(attacker, 5) == []


def test_attack_succeeds_without_the_door(
    sample_network: peerlens.Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same attacker wins where nothing is withheld: the test above can fail."""
    monkeypatch.setattr(door, "complements", lambda cells, hidden, **_: np.zeros(len(cells), bool))
    monkeypatch.setattr(Ledger, "held", lambda *_, **__: {})
    settings = sample_network.ties.settings
    privacy = replace(settings.privacy, k=2, dominance_share=1.1, min_coverage=0.0, settings_file="0")
    open_ties = replace(sample_network.ties, settings=replace(settings, privacy=privacy))
    attacker = holding_everything(open_ties, sample_network.records, tmp_path / "ledger")
    assert len(broken(attacker, 5)) >= 5


def test_head_counts_cannot_be_subtracted(attacker: Attacker) -> None:
    """From all head counts of all looks, no set of fewer than five people gets a count that is narrower than 50 % either way."""
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
