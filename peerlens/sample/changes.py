"""What the year's changes do to teams: the reorganisation, the new lead, and those who moved team."""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast
from peerlens.sample.days import Days
from peerlens.sample.people import SUPPORT, Change, Chart
from peerlens.sample.ties import Web, line_ties, tie_frame


def final_departments(chart: Chart, parts: Cast) -> np.ndarray:
    """Return each person's department on the last day."""
    department = chart.department.copy()
    for change in parts.changes:
        if change.department is not None:
            department[change.person] = change.department
    return department


def reorganise(parts: Cast, chart: Chart, web: Web, days: Days) -> None:
    """Move the last team of the spare department, with its lead, to a department of the same ring."""
    group = next(group for group in web.groups if web.spare in group)
    goal = next(int(d) for d in group if d not in (web.spare, SUPPORT))
    team, day = chart.teams_of(web.spare)[-1], days.at_52(30)
    lead = int(chart.leads[team])
    parts.changes.append(Change(lead, day, department=goal, manager=int(chart.heads[goal])))
    parts.changes += [Change(int(person), day, department=goal) for person in chart.members[team]]
    parts.moved = (team, goal, day)
    parts.taken[[lead, *chart.members[team]]] = True


def promote(parts: Cast, chart: Chart, web: Web, days: Days) -> None:
    """Let a lead leave and a member of the team take over the team and the lead's ties in the ring."""
    team, day = chart.teams_of(web.spare)[0], days.at_52(28)
    lead, heir = int(chart.leads[team]), int(chart.members[team][-1])
    parts.last_day[lead] = day - 3  # the Friday before
    head = int(chart.heads[web.spare])
    parts.changes.append(Change(heir, day, manager=head, level=3, new_role=True))
    parts.changes += [Change(int(person), day, manager=heir) for person in chart.members[team][:-1]]
    ring = parts.ties[(parts.ties["kind"] == "ring") & ((parts.ties["a"] == lead) | (parts.ties["b"] == lead))]
    kept = parts.ties[~parts.ties[["a", "b"]].eq(heir).any(axis=1)]
    heirs = ring.assign(a=ring["a"].replace(lead, heir), b=ring["b"].replace(lead, heir), from_day=day)
    parts.ties = pd.concat([kept, heirs], ignore_index=True)
    parts.promoted, parts.promoted_on = (heir, lead), day
    parts.taken[[lead, heir]] = True


def lines(chart: Chart, web: Web, parts: Cast, rng: np.random.Generator) -> pd.DataFrame:
    """Return the ties of teams and lines, cut and begun on the days of the changes."""
    ties = line_ties(chart, web.groups, rng)
    frames = [ties]
    team, goal, day = parts.moved
    head = int(chart.manager[chart.leads[team]])
    left = (ties["a"] == head) & (ties["b"] == chart.leads[team])
    ties.loc[left, "to_day"] = day - 1
    frames.append(ties[left].assign(a=int(chart.heads[goal]), from_day=day, to_day=ties["to_day"].max()))
    (heir, lead), day = parts.promoted, parts.promoted_on
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
