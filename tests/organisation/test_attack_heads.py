"""Nobody who holds which groups are shown, or what is usual at each level, works out who of fewer than k people was not
seen, or what fewer than k people's values add up to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.lenses import LENSES
from peerlens.organisation import view
from peerlens.privacy import bands
from peerlens.privacy.ledger import Ledger
from peerlens.ties import Ties
from tests.organisation.attack import succeeds
from tests.organisation.attack_heads import Values, atoms, people_between
from tests.organisation.attack_runs import chart_of

GROUPINGS = (("department",), ("level",), ("country",), ("department", "country"), ("department", "level"))
SHARE = "share_closed"


def exposed_by_coverage(ties: Ties, unseen: set[int], monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Hold which groups of five and more are shown or set aside as hardly seen; return which few are exposed."""
    charts = {"+".join(by): chart_of(ties, by, ties.as_of) for by in GROUPINGS}
    label, sizes = atoms(charts)
    ledger, limit = Ledger.open(None), 1 - ties.settings.privacy.min_coverage
    rows, low, high = list(np.eye(len(sizes))), [0.0] * len(sizes), sizes.tolist()
    monkeypatch.setattr(view, "_seen", lambda *_: set(charts["level"].index) - unseen)
    for by in GROUPINGS:
        try:
            page = view.make_view(ties, by, on=ties.as_of, period=view.whole_log(ties), k=5, ledger=ledger)
        except NotEnoughData:
            continue
        aside, column = dict(page.set_aside), label["+".join(by)]
        for group in sorted(set(column) - {""}):
            mine = (column == group).to_numpy(float)
            most = np.floor(limit * (mine @ sizes) + 1e-9)
            if group in page.names:
                rows, low, high = [*rows, mine], [*low, 0.0], [*high, most]
            elif mine @ sizes >= 5 and aside[group] == view.SET_ASIDE.format(k=5, share=70):
                rows, low, high = [*rows, mine], [*low, most + 1], [*high, mine @ sizes]
    people = pd.DataFrame(charts).fillna("").loc[sorted(unseen)]
    truth = people.value_counts().reindex(pd.MultiIndex.from_frame(label), fill_value=0).to_numpy(float)
    narrow = []
    sets = [
        (name, group, (label[name] == group).to_numpy(float)) for name in label for group in sorted(set(label[name]))
    ]
    few = {row.tobytes(): (name, group, row) for name, group, row in sets if row @ sizes < 5}
    few |= {row.tobytes(): ("atom", at, row) for at, row in enumerate(np.eye(len(sizes))) if row @ sizes < 5}
    for name, group, wanted in few.values():
        if wanted @ truth:
            least, most = people_between(rows, low, high, wanted)
            assert least - 1e-6 <= wanted @ truth <= most + 1e-6
            if succeeds(least, most):
                narrow.append((name, group, least, most))
    return narrow


def test_who_was_not_seen(sample_network: peerlens.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ties = sample_network.ties
    everybody, random = chart_of(ties, ("level",), ties.as_of).index.to_numpy(), np.random.default_rng(1)
    worlds = [set(random.choice(everybody, random.integers(4, 25), replace=False).tolist()) for _ in range(33)]
    hard = [
        worlds[at] for at in (25, 32)
    ]  # of 60 tried, two of those that exposed somebody before the ledger knew such groups
    assert [exposed_by_coverage(ties, unseen, monkeypatch) for unseen in hard] == [[], []]
    monkeypatch.setattr(Ledger, "held", lambda *_, **__: {})
    assert exposed_by_coverage(ties, hard[0], monkeypatch)


def exposed_by_what_is_usual(ties: Ties, measured: pd.DataFrame) -> tuple[list[tuple], int]:
    """Hold what is said to be usual at each level, and the attacker's own value; return which four others are exposed."""
    persons = ties.persons
    alike = persons[persons["is_in_people"] & ~persons["is_role_account"] & ~persons["has_left"]]
    known = alike.merge(measured[["person_id", SHARE]].dropna(), on="person_id")
    narrow, asked = [], 0
    for rank, mine in known.groupby("rank"):
        value = mine.set_index("person_no")[SHARE].astype(float).sort_values()
        median, low, high = bands.middle_of(value, step=0.1)
        for insider in (value.index[0], value.index[-1]):
            values = Values(most=1.0)
            values.hold([insider], 0.5, value[insider], off=0.0)
            for share, shown in ((0.25, low), (0.5, median), (0.75, high)):
                if shown is not None:
                    values.hold(value.index, share, shown, off=0.05)
            others = value.drop(insider)
            if len(others) < 4 or median is None:
                continue
            for few in (others.index[:4], others.index[-4:]):
                least, most = values.interval(frozenset(few))
                assert least - 1e-6 <= value[few].sum() <= most + 1e-6
                asked += 1
                if succeeds(least, most):
                    narrow.append((rank, least, most))
    return narrow, asked


def test_what_is_usual_at_a_level(sample_network: peerlens.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ties = sample_network.ties
    measured = LENSES["mentor_loops"].measured(ties)
    narrow, asked = exposed_by_what_is_usual(ties, measured)
    assert narrow == []
    assert asked >= 4
    monkeypatch.setattr(bands, "MEDIAN_FROM", 5)
    monkeypatch.setattr(bands, "QUARTILES_FROM", 5)
    assert exposed_by_what_is_usual(ties, measured)[0] != []
