"""How often is a team told that it changed when nothing did? Run: python -m tests.benchmarks.team_lift [firms]."""

from __future__ import annotations

import sys

import numpy as np

from peerlens.lenses.placebo import TeamLiftLimits, compare
from tests.lenses.test_placebo import made_up_weeks


def false_alarms(firms: int) -> float:
    """Return the share of firms without any change in which the team that is asked about is told of one."""
    told = 0
    for seed in range(firms):
        rng = np.random.default_rng(10_000 + seed)
        weekly = made_up_weeks(rng, teams=24, weeks=52)
        answer = compare(weekly, team=int(rng.integers(24)), at=int(rng.integers(14, 44)), limits=TeamLiftLimits())
        told += bool(answer.has_changed)
    return told / firms


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{false_alarms(count):.1%} of {count} firms without a change were told of one (at most 5 % may be)")
