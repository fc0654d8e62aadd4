"""What changed between two periods: planted answers are found, and ordinary periods are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.organisation import Organisation
from peerlens.organisation.change import Span, _fates, changed_cells

LOG = Span(0, 363)
PEOPLE, GROUPS = 60, 6


def stationary_log(seed: int) -> pd.DataFrame:
    """Return contact days of 60 people in 6 groups whose ways do not change: busy and quiet spells, rhythms of every kind."""
    random = np.random.default_rng(seed)
    group = np.arange(PEOPLE) // (PEOPLE // GROUPS)
    a, b = np.triu_indices(PEOPLE, 1)
    tied = random.random(len(a)) < np.where(group[a] == group[b], 0.8, 0.25)
    a, b = a[tied], b[tied]
    rate = random.gamma(1.0, 0.08, len(a)).clip(max=0.6)
    # Each tie has spells of three weeks on average in which it is twice as busy, or half.
    spell = np.repeat(random.choice([0.5, 1.0, 2.0], (len(a), 53)), 7, axis=1)[:, :364]
    summer = np.where((np.arange(364) > 200) & (np.arange(364) < 228), 0.5, 1.0)
    row, day = np.nonzero(random.random((len(a), 364)) < (rate[:, None] * spell * summer).clip(max=0.9))
    return pd.DataFrame({"a": a[row], "b": b[row], "ga": group[a[row]], "gb": group[b[row]], "day": day, "n": 1})


def called(tally: pd.DataFrame, before: Span, after: Span) -> pd.DataFrame:
    cells, _, _ = changed_cells(tally, before, after, LOG, groups=GROUPS, least=(5, 0.85, 0.1))
    return cells


@pytest.mark.parametrize("seeds", [range(8)])
def test_ordinary_periods_are_left_alone(seeds: range) -> None:
    """Of 24 splits where nothing changed, few are called changed, and nine in ten cells lie in their range."""
    alarms, inside, splits = 0, [], 0
    for seed in seeds:
        tally = stationary_log(seed)
        for start in (60, 120, 200):
            cells = called(tally, Span(start, start + 27), Span(start + 28, start + 55))
            asked = cells[cells["is_asked"]]
            inside.append(
                ((asked["change"] >= asked["ordinary_low"]) & (asked["change"] <= asked["ordinary_high"])).mean()
            )
            alarms += bool(cells["is_beyond"].any())
            splits += 1
    assert alarms <= 0.1 * splits + 2  # two more than stated: 24 splits are few
    assert np.mean(inside) >= 0.88


def test_a_cut_is_found_and_only_that() -> None:
    tally = stationary_log(99)
    cut = (tally["ga"] == 0) & (tally["gb"] == 1) & (tally["day"] >= 180)
    keep = np.random.default_rng(1).random(len(tally)) > 0.6
    cells = called(tally[~cut | keep], Span(124, 179), Span(180, 235))
    beyond = cells[cells["is_beyond"]]
    assert list(zip(beyond["ga"], beyond["gb"], strict=True)) == [(0, 1)]
    assert -0.75 < beyond["change"].iloc[0] < -0.4


def test_fates_by_hand() -> None:
    """Of two ties before, one is kept; of two after, one is new."""
    before = pd.DataFrame({"ga": 0, "gb": 1, "a": [1, 2, 3], "b": [7, 8, 9], "n": [2, 5, 1]})
    after = pd.DataFrame({"ga": 0, "gb": 1, "a": [1, 4], "b": [7, 9], "n": [3, 2]})
    fates = _fates(before, after, pd.DataFrame({"ga": [0], "gb": [1]}), 2)
    assert fates.iloc[0].to_dict() == {"kept_share": 0.5, "lost_share": 0.5, "gained_share": 0.5}


def test_planted_reorganisation(sample_network: peerlens.Network, sample_folder: Path, tmp_path: Path) -> None:
    """Contact inside the department that lost a team falls on the planted day; what else is called was planted too."""
    groups = pd.read_csv(sample_folder / "planted_groups.csv").set_index("kind")
    answers = pd.read_csv(sample_folder / "planted.csv")
    planted, drift = groups.loc["reorganisation"], groups.loc["drift"]
    changed = answers[(answers["lens"] == "team_lift") & (answers["kind"] == "changed")]["person_id"]
    restless = set(sample_network.people.set_index("person_id").loc[changed, "department"])
    day = pd.Timestamp(planted["since_on"])
    before = (day - pd.Timedelta(56, "D")).date(), (day - pd.Timedelta(1, "D")).date()
    after = day.date(), (day + pd.Timedelta(55, "D")).date()
    org = sample_network.organisation(
        purpose="Find what was planted", members_on=before[1], ledger_dir=tmp_path / "ledger"
    )
    found = org.compare(before, after)
    beyond = found.table().query("is_beyond == True").set_index(["group_a", "group_b"])["change"]
    assert beyond[planted["group_a"], planted["group_b"]] < -0.2
    # The reorganised team lead's new partners in other departments, and the pair that drifts from the fifth week on.
    others = [pair for pair in beyond.index if pair != (planted["group_a"], planted["group_b"])]
    assert all(pair == (drift["group_a"], drift["group_b"]) or restless & set(pair) for pair in others), others
    assert any(line.startswith(f"Contact inside {planted['group_a']} fell by ") for line in found.findings())


def test_what_cannot_be_compared(organisation: Organisation) -> None:
    with pytest.raises(NotEnoughData, match="The log runs from"):
        organisation.compare("2024-03-31", "2026-06-30")
    with pytest.raises(PeerlensError, match="overlap"):
        organisation.compare("2026-05-31", "2026-06-15")
    with pytest.raises(PeerlensError, match="'first' or 'each'"):
        organisation.compare("2026-03-31", "2026-06-15", membership="now")  # type: ignore[arg-type]
    with pytest.raises(PeerlensError, match="before: found 'spring'"):
        organisation.compare("spring", "2026-06-15")
