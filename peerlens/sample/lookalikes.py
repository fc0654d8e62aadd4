"""Look-alikes: what must not be taken for neglect."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast, Series
from peerlens.sample.days import Days
from peerlens.sample.people import SUPPORT, Change, Chart
from peerlens.sample.ties import tie_frame


def plant_lookalikes(
    parts: Cast, chart: Chart, days: Days, *, few: int, projects: int, rng: np.random.Generator
) -> None:
    """Plant `few` of each look-alike, where the firm has room for them. Changes `parts`."""
    for job in (_leave, _hand_over):
        _lose_in_blocks(parts, chart, days, job, few, rng)
    _ties_alike(parts, days, few, rng)
    _project(parts, chart, days, projects, rng)
    _join_and_leave(parts, chart, days, few, rng)


def _lose_in_blocks(
    parts: Cast, chart: Chart, days: Days, job: Callable[..., None], count: int, rng: np.random.Generator
) -> None:
    blocks = parts.ties[parts.ties["kind"] == "block"]
    group, own = blocks["group"], blocks.groupby("a").groups
    for label, person, _ in parts.unplayed(blocks, rng):
        if count and parts.room[group[label]] > 0:
            parts.take(person)
            job(parts, chart, days, person, blocks.loc[own[person]])
            parts.room[group[label]] -= 1
            count -= 1


def _leave(parts: Cast, chart: Chart, days: Days, person: int, ties: pd.DataFrame) -> None:
    parts.last_day[person] = days.week(-7) - 3  # a Friday
    for other in ties["b"]:
        parts.plant(other, person, "none", "look-alike: the colleague has left")


def _hand_over(parts: Cast, chart: Chart, days: Days, person: int, ties: pd.DataFrame) -> None:
    """Move somebody to the free team of the same department; the old ties end that day."""
    day = days.week(-6)
    team = chart.teams_of(int(chart.department[person]))[-1]
    parts.handed_over.append((person, team, day))
    parts.changes.append(Change(person, day, manager=int(chart.leads[team])))
    parts.ties.loc[ties.index, ["to_day", "silence", "rhythm"]] = [day - 1, 0, 5.0]
    for other in ties["b"]:
        parts.plant(other, person, "none", "look-alike: handed over when the colleague moved team")
        parts.plant(person, other, "none", "look-alike: handed over when moving team")


def _ties_alike(parts: Cast, days: Days, few: int, rng: np.random.Generator) -> None:
    """Ties that are quiet for a reason: monthly, bursty, holidays, a long leave."""
    jobs = ["holidays", "leave", "monthly", "bursty", "away"] * few
    ties = parts.ties
    usual = ties[ties["kind"].isin(["block", "partner"])]
    for job, (label, a, b) in zip(jobs, parts.unplayed(usual, rng), strict=False):
        parts.take(a, b)
        new, note = _part(job, days)
        ties.loc[label, list(new)] = list(new.values())
        parts.plant_both(a, b, "none", f"look-alike: {note}")
        if job == "holidays":
            parts.leaves += [(a, days.week(-5), days.week(-3) + 4), (b, days.week(-2), days.week(-1) + 2)]
        if job == "leave":
            parts.leaves.append((a, days.week(-11), days.week(-3) + 4))
        if job == "away":
            parts.leaves.append((a, days.week(-9), days.week(-1) + 25))


def _part(job: str, days: Days) -> tuple[dict[str, object], str]:
    steady: dict[str, object] = {"rhythm": 5.0, "pattern": "regular", "pause": 0}
    return {
        "holidays": ({**steady, "silence": 0, "to_day": days.week(-5) - 1}, "quiet only while one of the two was away"),
        "leave": ({**steady, "silence": 9}, "back from a long absence"),
        "away": (steady, "not expected to be reachable now"),
        "monthly": ({**steady, "rhythm": 20.0, "silence": 33}, "a monthly rhythm"),
        "bursty": ({**steady, "pattern": "bursty", "silence": 18, "pause": 26}, "contact in bursts"),
    }[job]


def _project(parts: Cast, chart: Chart, days: Days, count: int, rng: np.random.Generator) -> None:
    """Finished work: a weekly series of five from several departments that ended nearly nine weeks ago."""
    frames = []
    tied = {frozenset(pair) for pair in parts.ties[["a", "b"]].to_numpy().tolist()}
    for _ in range(count):
        five: list[int] = []
        free = parts.free_members(chart, rng)
        for limit in (1, 2):  # people of one department, if there are too few departments
            for person in free:
                same = [p for p in five if chart.department[p] == chart.department[person]]
                known = any(chart.team[p] == chart.team[person] or frozenset((p, person)) in tied for p in five)
                if person not in five and len(same) < limit and not known:
                    five.append(person)
                if len(five) == 5:
                    break
            if len(five) == 5:
                break
        if len(five) < 4:
            return
        # More than 40 working days ago: a tie of this project is over, and is nobody's last bridge.
        start, end = days.at_52(8), days.week(-9) + 1
        parts.take(*five)
        parts.series.append(Series(tuple(sorted(five)), minutes=90, from_day=start, to_day=end))
        pairs = [(a, b) for at, a in enumerate(five) for b in five[at + 1 :]]
        frames.append(tie_frame(pairs, "project", 25.0, from_day=start, to_day=end))
        for a, b in pairs:
            parts.plant_both(a, b, "none", "look-alike: a finished project")
    parts.ties = pd.concat([parts.ties, *frames], ignore_index=True)


def _join_and_leave(parts: Cast, chart: Chart, days: Days, few: int, rng: np.random.Generator) -> None:
    """Some people join in the course of the year, some in the last weeks, and some leave early on."""
    tied = set(np.unique(parts.ties[["a", "b"]].to_numpy()).tolist())
    free = parts.free_members(chart, rng)
    alone = [p for p in free if p not in tied]
    for person in alone[:few]:
        parts.take(person)
        parts.first_day[person] = days.week(-4)
        parts.blind[person] = True
        parts.plant(person, -1 - SUPPORT, "none", "look-alike: joined four weeks ago")
    for person in alone[few : 2 * few]:
        parts.taken[person] = True
        parts.last_day[person] = days.at_52(int(rng.integers(10, 40))) - 3
    for person in [p for p in free if not parts.taken[p]][: 2 * few]:
        parts.first_day[person] = days.at_52(int(rng.integers(5, 18)))


def busy_desks(parts: Cast, asks: pd.DataFrame, *, count: int) -> None:
    """Let a few members ask their agent every week: the support role, never a one-sided tie. Changes `asks`."""
    if parts.rows:
        busiest = asks.drop_duplicates("b").drop_duplicates("a").head(count)
        asks.loc[busiest.index, ["rhythm", "silence"]] = [6.0, 2]
        for asker, agent in busiest[["a", "b"]].to_numpy().tolist():
            parts.plant(agent, asker, "none", "look-alike: a support role, others come to this person")
