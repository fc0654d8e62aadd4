"""What happens between whole departments: one pair drifts apart, and the reorganisation thins out a department's contact inside.

These letters come on top of everybody's ordinary ties and are drawn from a stream of their own, so that nothing else
in the firm changes.
They only add to ties that stay alive: contact becomes rarer than it was, and no single tie falls silent by it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast
from peerlens.sample.days import Days
from peerlens.sample.messages import CLOSES, OPENS
from peerlens.sample.people import Chart
from peerlens.sample.ties import Web

DRIFT_WEEK = 34
OFTEN, SELDOM, LAST = 0.5, 0.08, 5
"""chance of a letter on a day at work, before and after; and among the last how many days there is one for sure"""
COLUMNS = ["day", "second", "sender", "recipients", "channel"]


def department_letters(
    parts: Cast, chart: Chart, web: Web, days: Days, *, work: np.ndarray, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the letters, and the answer key by pair of departments.

    Returns
    -------
    tuple
        `day`, `second`, `sender`, `recipients`, `channel`; and `group_a`, `group_b`, `kind` (`drift` or
        `reorganisation`), `since_on`,
        `note`.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 6]))
    drift, left, right = _drift_pairs(parts, chart, web)
    since = days.at_52(DRIFT_WEEK)
    team, goal, moved_on = parts.moved
    inside = _moved_pairs(parts, chart)
    letters = [
        _letters(drift, work, rng, until=since, after=0.0),
        _letters(inside, work, rng, until=moved_on, after=SELDOM),
    ]
    parts.restless |= {left, right}
    home = chart.departments[chart.department_of_team(team)]
    key = [
        (
            *sorted((chart.departments[left], chart.departments[right])),
            "drift",
            since,
            "much more contact until then than after",
        ),
        (
            home,
            home,
            "reorganisation",
            moved_on,
            f"a team moved to {chart.departments[goal]}: less contact with those it left",
        ),
    ]
    planted = pd.DataFrame(key, columns=["group_a", "group_b", "kind", "since_on", "note"])
    planted["since_on"] = [days.on(day).isoformat() for day in planted["since_on"]]
    return pd.concat(letters, ignore_index=True), planted


def _drift_pairs(parts: Cast, chart: Chart, web: Web) -> tuple[np.ndarray, int, int]:
    """Return the ties between two departments that work together, where there are most; none that is itself an answer."""
    block = parts.ties[(parts.ties["kind"] == "block") & (parts.ties["to_day"] >= 10**6)]
    ends = np.sort(block[["a", "b"]].to_numpy(int), axis=1)
    answers = {(min(row[:2]), max(row[:2])) for row in parts.rows}
    free = ends[[tuple(pair) not in answers for pair in ends.tolist()]]
    sides = np.sort(chart.department[free], axis=1)
    counts = [int((sides == sorted(pair)).all(axis=1).sum()) for pair in web.pairs]
    left, right = web.pairs[int(np.argmax(counts))]
    return free[(sides == sorted((left, right))).all(axis=1)], left, right


def _moved_pairs(parts: Cast, chart: Chart) -> np.ndarray:
    """Return each member of the team that moves beside each member of the teams that stay."""
    team, _, _ = parts.moved
    home = chart.department_of_team(team)
    stay = [int(person) for other in chart.teams_of(home) if other != team for person in chart.members[other]]
    answers = {(min(row[:2]), max(row[:2])) for row in parts.rows}
    pairs = [(int(one), two) for one in chart.members[team] for two in stay]
    return np.array([pair for pair in pairs if (min(pair), max(pair)) not in answers], int).reshape(-1, 2)


def _letters(
    pairs: np.ndarray, work: np.ndarray, rng: np.random.Generator, *, until: int, after: float
) -> pd.DataFrame:
    if not len(pairs):
        return pd.DataFrame(columns=COLUMNS)
    both = work[pairs[:, 0]] & work[pairs[:, 1]]
    day = np.arange(work.shape[1])
    chance = np.where(day < until, OFTEN, after)
    written = both & (rng.random(both.shape) < chance)
    if after > 0:  # the last word is recent: these ties are rarer, not silent
        from_end = np.cumsum(both[:, ::-1], axis=1)[:, ::-1]
        written |= both & (from_end == 1 + np.arange(len(pairs))[:, None] % LAST)
    row, at = np.nonzero(written)
    # By turns, so that neither of the two is the one who always starts.
    turn = (np.cumsum(written, axis=1)[row, at] + row) % 2
    sender, other = pairs[row, turn], pairs[row, 1 - turn]
    return pd.DataFrame(
        {
            "day": at,
            "second": rng.integers(OPENS, CLOSES, len(at)),
            "sender": sender,
            "recipients": [[person] for person in other.tolist()],
            "channel": np.where(rng.random(len(at)) < 0.25, "chat", "mail"),
        }
    )
