"""What the year's changes do to teams: the reorganisation, the new lead, and those who moved team."""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.sample.people import Chart
from peerlens.sample.plants import Cast
from peerlens.sample.ties import line_ties, tie_frame


def final_departments(chart: Chart, parts: Cast) -> np.ndarray:
    """Return each person's department on the last day."""
    department = chart.department.copy()
    for change in parts.changes:
        if change.department is not None:
            department[change.person] = change.department
    return department


def lines(chart: Chart, parts: Cast, rng: np.random.Generator) -> pd.DataFrame:
    """Return the ties of teams and lines, cut and begun on the days of the changes."""
    ties = line_ties(chart, rng)
    frames = [ties]
    team, goal, day = parts.moved
    head = int(chart.manager[chart.leads[team]])
    left = (ties["a"] == head) & ties["b"].isin([chart.leads[team], *chart.members[team]])
    ties.loc[left, "to_day"] = day - 1
    frames.append(ties[left].assign(a=int(chart.heads[goal]), from_day=day, to_day=ties["to_day"].max()))
    heir, lead, day = parts.promoted
    frames.append(tie_frame([(int(chart.manager[lead]), heir)], "line", 3.0, pattern="daily", from_day=day))
    for person, team, day in parts.handed_over:
        mates = (ties["kind"] == "team") & ((ties["a"] == person) | (ties["b"] == person))
        # The colleagues left behind hear no more of the mover; the last word falls on the last days.
        ties.loc[mates, ["to_day", "silence"]] = [day - 1, 0]
        new = [(int(mate), person) for mate in [chart.leads[team], *chart.members[team]]]
        frames.append(tie_frame(new, "team", 3.0, pattern="daily", from_day=day))
    return pd.concat(frames, ignore_index=True)


def one_to_ones(chart: Chart, parts: Cast) -> pd.DataFrame:
    """Return the pairs of manager (`a`) and report (`b`) with the days from and to which they hold."""
    report = np.arange(1, chart.size)
    state = pd.DataFrame({"a": chart.manager[report], "b": report, "from_day": 0})
    moves = [(change.manager, change.person, change.day) for change in parts.changes if change.manager is not None]
    spans = pd.concat([state, pd.DataFrame(moves, columns=["a", "b", "from_day"])], ignore_index=True)
    spans = spans.sort_values(["b", "from_day"], ignore_index=True)
    following = spans.groupby("b")["from_day"].shift(-1)
    return spans.assign(to_day=following.fillna(10**6).astype(int) - 1)
