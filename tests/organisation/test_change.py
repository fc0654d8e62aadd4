"""What changed between two periods: planted answers are found, and ordinary periods are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.organisation import Organisation
from peerlens.organisation.change import Span, _fates, changed_cells, without_thin_periods

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


def test_ordinary_periods_are_left_alone() -> None:
    """Of 40 splits where nothing changed, few are called changed, and nine in ten cells lie in their range."""
    alarms, inside, splits = 0, [], 0
    for seed in range(8):
        tally = stationary_log(seed)
        for start in range(20, 320, 60):
            cells = called(tally, Span(start, start + 27), Span(start + 28, start + 55))
            asked = cells[cells["is_asked"]]
            inside.append(
                ((asked["change"] >= asked["ordinary_low"]) & (asked["change"] <= asked["ordinary_high"])).mean()
            )
            alarms += bool(cells["is_beyond"].any())
            splits += 1
    assert splits == 40
    assert alarms <= 4  # a tenth of what is called may be false, so at most a tenth of splits where nothing changed
    assert np.mean(inside) >= 0.88


def test_a_cut_is_found_and_only_that() -> None:
    tally = stationary_log(99)
    cut = (tally["ga"] == 0) & (tally["gb"] == 1) & (tally["day"] >= 180)
    keep = np.random.default_rng(1).random(len(tally)) > 0.6
    cells = called(tally[~cut | keep], Span(124, 179), Span(180, 235))
    beyond = cells[cells["is_beyond"]]
    assert list(zip(beyond["ga"], beyond["gb"], strict=True)) == [(0, 1)]
    assert -0.75 < beyond["change"].iloc[0] < -0.4


@pytest.mark.parametrize("seed", [3, 14, 27])
def test_a_reorganisation_is_found_with_its_sign(seed: int) -> None:
    """Half of the contact inside a group ends on a day, and goes to another group: a fall, at most a rise, and no third."""
    tally, random = stationary_log(seed), np.random.default_rng(seed)
    moved = (tally["ga"] == 2) & (tally["gb"] == 2) & (tally["day"] >= 180) & (random.random(len(tally)) < 0.6)
    ends = tally.loc[moved, "a"].to_numpy(), 30 + random.integers(0, 10, int(moved.sum()))
    new = tally[moved].assign(a=ends[0], b=ends[1], gb=3)
    cells = called(pd.concat([tally[~moved], new], ignore_index=True), Span(124, 179), Span(180, 235))
    beyond = cells[cells["is_beyond"]].set_index(["ga", "gb"])["change"]
    assert beyond[2, 2] < -0.3
    assert set(beyond.index) <= {(2, 2), (2, 3)}
    assert cells.set_index(["ga", "gb"])["change"][2, 3] > 0.2
    assert (beyond.drop((2, 2)) > 0).all()


def test_few_people_are_left() -> None:
    """Twenty people on each side, then two who keep a fifth of the contact: no more is said than half or more."""
    tally = stationary_log(99)
    of_two = (tally["ga"] == 0) & (tally["gb"] == 1)
    keep = ~of_two | (tally["day"] < 180) | ((tally["a"] % 10 < 3) & (tally["b"] % 10 < 3))
    cells = called(tally[keep], Span(124, 179), Span(180, 235)).set_index(["ga", "gb"])
    assert cells.loc[(0, 1), ["change", "or_more", "held"]].tolist() == [-0.5, True, ""]
    assert pd.isna(cells.loc[(0, 1), "kept_share"])
    others = cells.drop(index=(0, 1))
    assert not others["or_more"].any()
    # The other way round there is nothing to compare with.
    turned = tally.assign(day=359 - tally["day"])[keep & (tally["day"] < 360)]
    cells = called(turned, Span(124, 179), Span(180, 235)).set_index(["ga", "gb"])
    assert cells.loc[(0, 1), "held"] == "fewer than 5 people on one side in one of the two periods"


def test_thin_periods_by_hand() -> None:
    cells = pd.DataFrame({"change": [-0.8, -0.3, 0.9, 0.1], "kept_share": 0.2, "lost_share": 0.8, "gained_share": 0.1})
    said = without_thin_periods(cells, np.array([False, False, True, False]), np.array([True, True, False, False]), k=5)
    assert said["change"].tolist() == [-0.5, -0.3, 0.9, 0.1]
    assert said["or_more"].tolist() == [True, False, False, False]
    assert (said["held"] != "").tolist() == [False, True, True, False]
    assert said["kept_share"].isna().tolist() == [True, False, False, False]


def test_periods_a_few_days_apart_are_refused(sample_network: peerlens.Network, tmp_path: Path) -> None:
    """The next run knows them, too; the same days, and days far enough away, may be asked for."""

    def organisation() -> Organisation:
        return sample_network.organisation(purpose="Compare again and again", ledger_dir=tmp_path / "ledger")

    first = organisation().compare("2026-06-21", "2026-08-16").table()
    pd.testing.assert_frame_equal(organisation().compare("2026-06-21", "2026-08-16").table(), first)
    with pytest.raises(NotEnoughData, match="within 28 days of one compared before"):
        organisation().compare("2026-06-21", ("2026-06-22", "2026-08-19"))
    with pytest.raises(NotEnoughData, match="within 28 days"):
        organisation().compare("2026-06-14", "2026-08-16")
    organisation().compare(("2026-03-30", "2026-06-21"), "2026-08-16")


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
