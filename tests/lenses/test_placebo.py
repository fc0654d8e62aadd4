"""Did one team change? Over firms without any change hardly any is told so; a real change is found, a dip is not."""

from __future__ import annotations

import numpy as np
import pytest

from peerlens.lenses.placebo import TeamLiftLimits, changes, compare

LIMITS = TeamLiftLimits()


def made_up_weeks(rng: np.random.Generator, *, teams: int = 22, weeks: int = 46) -> np.ndarray:
    """Three shares a team and week: a level of its own, weeks that hang together, a season all teams share."""
    level = rng.uniform(0.1, 0.6, (teams, 1, 3))
    noise = np.zeros((teams, weeks, 3))
    for week in range(1, weeks):
        noise[:, week] = 0.6 * noise[:, week - 1] + rng.normal(0, 0.06, (teams, 3))
    season = rng.normal(0, 0.05, (1, weeks, 3))
    return np.clip(level + noise + season, 0, 1)


def told(weekly: np.ndarray, team: int, at: int) -> bool | None:
    return compare(weekly, team=team, at=at, limits=LIMITS).has_changed


def test_without_a_change_at_most_one_in_twenty_is_told_so() -> None:
    """Forty firms here; the benchmark asks two hundred."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found.append(told(made_up_weeks(rng), int(rng.integers(22)), int(rng.integers(16, 36))))
    assert None not in found
    assert sum(map(bool, found)) <= 3  # 2 are expected at most; 3 or fewer has a chance of 86 % at exactly 5 %


@pytest.mark.parametrize("seed", range(5))
def test_a_lasting_change_is_found_and_a_dip_before_is_not(seed: int) -> None:
    weekly = made_up_weeks(np.random.default_rng(100 + seed))
    changed, dipped = weekly.copy(), weekly.copy()
    changed[3, 24:, 0] = np.clip(changed[3, 24:, 0] + 0.4, 0, 1)
    dipped[3, 12:18, 0] = np.clip(dipped[3, 12:18, 0] - 0.4, 0, 1)
    assert told(changed, 3, 24)
    assert not told(dipped, 3, 24)


@pytest.mark.parametrize(("others", "expected"), [(18, None), (19, True)])
def test_with_fewer_than_nineteen_other_teams_it_cannot_tell(others: int, expected: bool | None) -> None:
    weekly = made_up_weeks(np.random.default_rng(5), teams=others + 1)
    weekly[0, 24:] = np.clip(weekly[0, 24:] + 0.5, 0, 1)
    assert told(weekly, 0, 24) is expected


@pytest.mark.parametrize(("at", "can_tell"), [(11, False), (12, True), (40, True), (41, False)])
def test_weeks_needed_on_either_side(at: int, can_tell: bool) -> None:
    """12 before and 6 after, of 46."""
    assert (told(made_up_weeks(np.random.default_rng(6)), 0, at) is not None) == can_tell


def test_medians_by_hand() -> None:
    """Two teams, one measure, 12 + 6 weeks: 0.2 to 0.5 and 0.3 to 0.4; changes 0.3 and 0.1, their median 0.2 is a
    unit of 0.29652.
    """
    one = [0.2] * 11 + [0.9] + [0.5] * 6
    two = [0.3] * 12 + [0.4] * 6
    before, after, size = changes(np.array([one, two])[:, :, None], at=12, limits=LIMITS)
    assert before.ravel().tolist() == [0.2, 0.3]
    assert after.ravel().tolist() == [0.5, 0.4]
    assert size == pytest.approx([0.3 / 0.29652, 0.1 / 0.29652])


def test_weeks_without_contact_are_unknown_and_not_zero() -> None:
    """Every other week unknown leaves 12 of 24 before and 11 of 22 after: enough, and the same medians; one more is too few."""
    weekly = made_up_weeks(np.random.default_rng(7))
    weekly[0, :24:2] = weekly[0, 24::2] = np.nan
    before, _, size = changes(weekly, at=24, limits=LIMITS)
    assert np.allclose(before[0], np.median(weekly[0, 1:24:2], axis=0))
    weekly[0, 1] = np.nan
    _, _, size = changes(weekly, at=24, limits=LIMITS)
    assert np.isnan(size[0])


def test_a_team_put_together_anew_is_not_compared_with() -> None:
    weekly = made_up_weeks(np.random.default_rng(8))
    weekly[0, 24:, 0] = np.clip(weekly[0, 24:, 0] + 0.35, 0, 1)
    weekly[1, 24:, 0] = np.where(weekly[1, 24:, 0] > 0.5, 0.0, 1.0)
    assert not told(weekly, 0, 24)
    steady = np.arange(22) != 1
    assert compare(weekly, team=0, at=24, limits=LIMITS, is_steady=steady).has_changed
