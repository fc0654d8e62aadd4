"""Recurring meetings of the made-up firm, and who was there each time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast, Series
from peerlens.sample.people import Chart
from peerlens.sample.ties import Web, head_rounds

ALL_HANDS = 20  # a meeting of more is a broadcast


def all_series(
    chart: Chart, web: Web, parts: Cast, *, department: np.ndarray, one_to_ones: pd.DataFrame
) -> list[Series]:
    """Return every series of the firm, the planted ones last."""
    series = []
    for number, (lead, members) in enumerate(zip(chart.leads.tolist(), chart.members, strict=True)):
        stay = [(person, day) for person, team, day in parts.handed_over if chart.team[person] == number]
        come = [(person, day) for person, team, day in parts.handed_over if team == number]
        series += _team([lead, *members.tolist()], stay, come, weekday=number % 4)
    for number, group in enumerate(head_rounds(chart, web.groups)):
        series.append(Series(tuple(group.tolist()), weekday=number % 5, minutes=45))
        series.append(Series((0, *group.tolist()), every_weeks=2, weekday=(number + 2) % 5, minutes=90))
    for number in range(len(chart.departments)):
        own = np.flatnonzero(department == number)
        # Every six weeks: five times in half a year, so colleagues of other teams are not "only in crowds".
        fewest = 9 if len(own) <= ALL_HANDS else ALL_HANDS + 1
        series.append(Series(tuple(own.tolist()), every_weeks=6, weekday=number % 5, minutes=90, fewest=fewest))
    if chart.size <= 1000:
        series.append(Series(tuple(range(chart.size)), every_weeks=4, weekday=3, minutes=45, fewest=ALL_HANDS + 1))
    for row in one_to_ones.itertuples():
        series.append(
            Series(
                (int(row.a), int(row.b)),
                every_weeks=2,
                weekday=int(row.b) % 5,
                minutes=30,
                from_day=int(row.from_day),
                to_day=int(row.to_day),
            )
        )
    return series + parts.series


def _team(
    people: list[int], leaving: list[tuple[int, int]], coming: list[tuple[int, int]], *, weekday: int
) -> list[Series]:
    """Return the weekly meeting of a team, cut where somebody moves in or out."""
    cuts = sorted({0, 10**6, *(day for _, day in [*leaving, *coming])})
    phases = []
    for start, end in pairwise(cuts):
        gone = {person for person, day in leaving if day <= start}
        new = [person for person, day in coming if day <= start]
        there = tuple(sorted([person for person in people if person not in gone] + new))
        phases.append(Series(there, weekday=weekday, minutes=30, from_day=start, to_day=end - 1))
    return phases


def held(series: list[Series], *, work: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return meetings: `day`, `minute`, `minutes`, `people` (those at work), `series`."""
    weeks = work.shape[1] // 7
    rows = []
    starts = rng.integers(32, 60, len(series)) * 15  # quarter hours between eight and three
    for number, plan in enumerate(series):
        people = np.array(plan.people)
        days = np.arange(number % plan.every_weeks, weeks, plan.every_weeks) * 7 + plan.weekday
        days = days[(days >= plan.from_day) & (days <= plan.to_day)]
        there = work[np.ix_(people, days)]
        for place in np.flatnonzero(there.sum(axis=0) >= plan.fewest).tolist():
            rows.append((int(days[place]), int(starts[number]), plan.minutes, people[there[:, place]].tolist(), number))
    return pd.DataFrame(rows, columns=["day", "minute", "minutes", "people", "series"])


def pairs(meets: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return meetings of two that belong to no series; the first of `people` called the meeting."""
    return pd.DataFrame(
        {
            "day": meets["day"],
            "minute": rng.integers(32, 60, len(meets)) * 15,
            "minutes": 30,
            "people": [list(pair) for pair in zip(meets["starter"].tolist(), meets["other"].tolist(), strict=True)],
            "series": -1,
        }
    )
