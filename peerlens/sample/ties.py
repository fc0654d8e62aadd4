"""Who is tied to whom in the made-up firm before anything is planted.

The layout keeps the answer key honest. Members tie into another department at least twice or not at all, so nobody is
a thin bridge by chance; whole teams pair up, or two members of each, so that two people who share three contacts are
nearly always tied themselves; leads form dense rings across departments, where a missing tie stands out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd

from peerlens.sample.people import SUPPORT, Chart

FOREVER = 10**6
ONE_IN_TWO = 0.42  # of a level may know a department, unless all do: else the others would truly have a blind spot


@dataclass(frozen=True)
class Web:
    """Cross-department ties of peers, and the groups they come from.

    `blocks` are pairs of teams in which everybody knows everybody; `rings` are leads of several departments;
    `groups` are the departments that ring together; `pairs` are departments with blocks; `spare` has none.
    """

    ties: pd.DataFrame
    blocks: list[tuple[int, int]]
    rings: list[np.ndarray]
    groups: list[np.ndarray]
    pairs: list[tuple[int, int]]
    spare: int


def tie_frame(
    pairs: list[tuple[int, int]] | np.ndarray, kind: str, rhythm: float | np.ndarray, **other: object
) -> pd.DataFrame:
    """Return ties with ordinary values where `other` gives none."""
    ends = np.asarray(pairs, dtype=int).reshape(-1, 2)
    usual: dict[str, object] = {
        "pattern": "regular",
        "silence": -1,
        "pause": 0,
        "starter": "both",
        "from_day": 0,
        "to_day": FOREVER,
        "group": -1,
    }
    return pd.DataFrame({"a": ends[:, 0], "b": ends[:, 1], "kind": kind, "rhythm": rhythm, **usual, **other})


def draw_web(chart: Chart, rng: np.random.Generator) -> Web:
    """Draw the ties of peers across departments."""
    order = rng.permutation(np.arange(1, len(chart.departments)))
    pairs = [(int(order[at]), int(order[at + 1])) for at in range(0, len(order) - 1, 2)]
    blocks = []
    for left, right in pairs:
        # The last team of each stays free: its people can be given the one thin tie, or none.
        blocks += list(zip(chart.teams_of(left)[:-1], chart.teams_of(right)[:-1], strict=True))
    groups = np.array_split(np.append(order, SUPPORT), max(1, len(chart.departments) // 4))
    rings = _rings(chart, groups)
    parts = [_block_ties(chart, blocks, rng), _partner_ties(chart, blocks, pairs, rng), *_ring_ties(chart, rings, rng)]
    return Web(pd.concat(parts, ignore_index=True), blocks, rings, groups, pairs, int(order[-1]))


def _rings(chart: Chart, groups: list[np.ndarray]) -> list[np.ndarray]:
    """Return the leads, and in smaller firms the heads, that ring together: at least a dozen people."""
    each = chart.teams_each
    count = 1 if each < 6 else 2 if each < 8 else each // 4
    rings = []
    for group in groups:
        for chunk in np.array_split(np.arange(each), count):
            leads = [chart.leads[chart.teams_of(department)][chunk] for department in group]
            heads = [chart.heads[group]] if count < 3 else []
            rings.append(np.concatenate([*heads, *leads]))
    return rings


def _ring_ties(chart: Chart, rings: list[np.ndarray], rng: np.random.Generator) -> list[pd.DataFrame]:
    frames = []
    for number, ring in enumerate(rings):
        own_line = {(int(chart.manager[person]), int(person)) for person in ring}
        pairs = [
            pair
            for pair in combinations(ring.tolist(), 2)
            if pair not in own_line and max(chart.level[list(pair)]) == 3  # heads have a round of their own
        ]
        frames.append(tie_frame(pairs, "ring", rng.integers(4, 7, len(pairs)).astype(float), group=number))
    return frames


def _block_ties(chart: Chart, blocks: list[tuple[int, int]], rng: np.random.Generator) -> pd.DataFrame:
    pairs, group = [], []
    for number, (left, right) in enumerate(blocks):
        own = list(product(chart.members[left].tolist(), chart.members[right].tolist()))
        pairs += own
        group += [number] * len(own)
    rhythm = rng.choice([4.0, 5.0, 6.0, 8.0, 10.0], len(pairs))
    return _varied(tie_frame(pairs, "block", rhythm, group=np.array(group, int)), rng)


def _partner_ties(
    chart: Chart, blocks: list[tuple[int, int]], pairs: list[tuple[int, int]], rng: np.random.Generator
) -> pd.DataFrame:
    """Tie two members of a team to two of another, in departments that have no blocks with each other."""
    teams = np.array([team for team in range(len(chart.leads)) if chart.department_of_team(team) != SUPPORT])
    blocked = {frozenset(pair) for pair in pairs}
    reach: dict[int, set[int]] = defaultdict(set)  # department -> people outside with a tie into it
    for left, right in blocks:
        reach[chart.department_of_team(right)].update(chart.members[left].tolist())
        reach[chart.department_of_team(left)].update(chart.members[right].tolist())
    support = sum(len(chart.members[team]) for team in chart.teams_of(SUPPORT))
    each = np.array(
        [sum(len(chart.members[team]) for team in chart.teams_of(d)) for d in range(len(chart.departments))]
    )
    used: set[tuple[int, int]] = set()  # team and the department it has partners in
    ties: list[tuple[int, int]] = []
    for _ in range(2):
        shuffled = rng.permutation(teams)
        for left, right in zip(shuffled[::2], shuffled[1::2], strict=False):
            ends = chart.department_of_team(left), chart.department_of_team(right)
            if ends[0] == ends[1] or frozenset(ends) in blocked or {(int(left), ends[1]), (int(right), ends[0])} & used:
                continue
            here, there = chart.members[left][:2].tolist(), chart.members[right][:2].tolist()
            # Every agent of Support may know somebody in each department.
            full = [
                len(reach[end] | set(new)) + support > ONE_IN_TWO * (each.sum() - each[end])
                for end, new in zip(ends, (there, here), strict=True)
            ]
            if any(full):
                continue
            used |= {(int(left), ends[1]), (int(right), ends[0])}
            reach[ends[0]].update(there)
            reach[ends[1]].update(here)
            ties += list(product(here, there))
    ties = sorted(set(ties))
    rhythm = rng.choice([5.0, 8.0, 10.0, 20.0], len(ties))
    return _varied(tie_frame(ties, "partner", rhythm), rng)


def _varied(ties: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give ties different patterns, and some of them one long pause that they came back from."""
    pattern = rng.choice(["regular", "irregular", "irregular", "bursty"], len(ties))
    long = (rng.random(len(ties)) < 0.3) & (ties["rhythm"] <= 10)
    pause = np.where(long, (3.2 * ties["rhythm"]).astype(int), 0)
    return ties.assign(pattern=np.where(ties["rhythm"] > 10, "regular", pattern), pause=pause)


def line_ties(chart: Chart, groups: list[np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """Draw the daily ties of teams, and those of heads and the chief."""
    team = [
        pair
        for lead, members in zip(chart.leads.tolist(), chart.members, strict=True)
        for pair in combinations([lead, *members.tolist()], 2)
    ]
    reports = [(int(chart.manager[lead]), int(lead)) for lead in chart.leads]
    heads = [pair for group in head_rounds(chart, groups) for pair in combinations(group.tolist(), 2)]
    return pd.concat(
        [
            tie_frame(team, "team", rng.choice([2.0, 3.0, 3.0, 4.0], len(team)), pattern="daily"),
            tie_frame(reports, "line", 3.0, pattern="daily"),
            tie_frame([(0, int(head)) for head in chart.heads], "line", 3.0, pattern="daily"),
            tie_frame(heads, "heads", 3.0, pattern="daily"),
        ],
        ignore_index=True,
    )


def head_rounds(chart: Chart, groups: list[np.ndarray]) -> list[np.ndarray]:
    """Return the heads who sit in one round: all up to eight, so that it is a close meeting, else those of a group."""
    return [chart.heads] if len(chart.heads) <= 8 else [chart.heads[group] for group in groups]


def support_ties(
    chart: Chart, *, department: np.ndarray, skip: np.ndarray, leaving: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Tie every member outside Support to two agents of one Support team; the member asks, the agent answers.

    Half of each team asks one Support team and half another: otherwise all teammates of somebody who asks nobody
    would share the same agents, and the missing tie would be a second answer beside the blind spot.
    """
    agents = [chart.members[team] for team in chart.teams_of(SUPPORT)]
    member = np.flatnonzero((chart.level == 4) & (department != SUPPORT) & ~skip)
    frame = pd.DataFrame({"person": member, "department": department[member], "team": chart.team[member]})
    frame["half"] = frame.groupby("team").cumcount() % 2
    # In a small firm two desks a department would be most of Support, and Support would know everybody everywhere.
    large = (len(chart.departments) > 4) & (frame.groupby("department")["person"].transform("size") >= 8)
    frame.loc[~large, "half"] = 0
    # Leavers come last, so that what they leave behind is still at least two askers an agent.
    frame["leaving"] = leaving[member]
    frame = frame.sort_values(["department", "half", "leaving", "person"], ignore_index=True)
    frame["turn"] = frame.groupby(["department", "half"]).cumcount()
    pairs = []
    for row in frame.itertuples():
        desk = agents[(2 * row.department + row.half) % len(agents)]
        pairs += [(row.person, int(desk[(row.department + row.turn + step) % min(3, len(desk))])) for step in (0, 1)]
    return tie_frame(pairs, "support", 28.0, starter="a", silence=rng.integers(0, 26, len(pairs)))
