"""Planted neglect: the six kinds, each as its rule defines it and with a margin."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast, Series, shuffled
from peerlens.sample.people import SUPPORT, Chart
from peerlens.sample.ties import Web, tie_frame


def plant_neglect(parts: Cast, chart: Chart, web: Web, *, count: int, rng: np.random.Generator) -> None:
    """Plant `count` of each kind, where the firm has room for them. Changes `parts`."""
    in_ring = max(1, count // 3)
    _portrait(parts, chart, rng)
    _holes(parts, chart, rng)
    _fade_in_ring(parts, chart, web, in_ring, rng)
    _fade_in_blocks(parts, max(1, count - in_ring), rng)
    _thin(parts, chart, web, count, rng)
    _one_sided(parts, count, rng)
    _blind(parts, chart, count, rng)
    _crowds(parts, chart, web, count, rng)


def _portrait(parts: Cast, chart: Chart, rng: np.random.Generator) -> None:
    """Plant two fading ties and a one-sided one on the same lead, so that the first report anybody opens has a story."""
    across = _peers_across(parts.ties[parts.ties["kind"] == "ring"], chart)
    ends = pd.concat([across["a"], across["b"]]).value_counts()
    for person in sorted(ends.index[ends >= 6]):
        own = across[(across["a"] == person) | (across["b"] == person)]
        free = [label for label, a, b in own[["a", "b"]].itertuples() if not parts.taken[a] and not parts.taken[b]]
        if len(free) >= 6:
            for label in free[:2]:
                _fade(parts, label, "weekly for months, then nothing", rng)
            _start(parts, free[2], int(person))
            return


def _start(parts: Cast, label: int, person: int) -> None:
    """Let the other end of a tie start every time, and be answered every time."""
    a, b = int(parts.ties.at[label, "a"]), int(parts.ties.at[label, "b"])
    other, starter = (b, "b") if a == person else (a, "a")
    parts.ties.loc[label, ["kind", "rhythm", "pattern", "pause", "starter"]] = ["one_sided", 7.0, "regular", 0, starter]
    parts.take(a, b)
    parts.plant(person, other, "one_sided", "the other side starts nearly every time and is always answered")


def _peers_across(ring: pd.DataFrame, chart: Chart) -> pd.DataFrame:
    a, b = ring["a"].to_numpy(), ring["b"].to_numpy()
    return ring[(chart.department[a] != chart.department[b]) & (chart.level[a] == chart.level[b])]


def _holes(parts: Cast, chart: Chart, rng: np.random.Generator) -> None:
    """never_formed: remove few ties from the rings, where every other pair is in contact each week.

    At most one for any two departments: gaps must stay rare among the pairs they are compared with.
    """
    ring = parts.ties[parts.ties["kind"] == "ring"]
    across = _peers_across(ring, chart)
    wanted = max(1, round(len(across) / 40))
    dropped: list[int] = []
    used: set[frozenset[int]] = set()
    for label, a, b in parts.unplayed(across, rng):
        ends = frozenset(chart.department[[a, b]].tolist())
        if len(dropped) < wanted and ends not in used:
            used.add(ends)
            parts.take(a, b)
            parts.plant_both(a, b, "never_formed", "the one gap in a ring of leads who all know each other")
            dropped.append(label)
    parts.ties = parts.ties.drop(index=dropped).reset_index(drop=True)


def _fade(parts: Cast, label: int, note: str, rng: np.random.Generator) -> None:
    a, b = int(parts.ties.at[label, "a"]), int(parts.ties.at[label, "b"])
    rhythm = int(rng.integers(4, 7))
    parts.ties.loc[label, ["rhythm", "pattern", "silence", "pause"]] = [
        float(rhythm), "regular", int(rng.integers(6, 9)) * rhythm, 2 * rhythm + 2,
    ]  # fmt: skip
    parts.take(a, b)
    parts.plant_both(a, b, "fading", note)


def _fade_in_ring(parts: Cast, chart: Chart, web: Web, count: int, rng: np.random.Generator) -> None:
    """fading: two leads who go on sitting in a big standing meeting, which never resets silence."""
    across = _peers_across(parts.ties[parts.ties["kind"] == "ring"], chart)
    for label, a, b in islice(parts.unplayed(across, rng), count):
        _fade(parts, label, "a standing meeting of up to 18 over a dying tie", rng)
        parts.series.append(_round(parts, chart, web, int(across.at[label, "group"]), (a, b), 18, 2))


def _fade_in_blocks(parts: Cast, count: int, rng: np.random.Generator) -> None:
    blocks = parts.ties[parts.ties["kind"] == "block"]
    group = blocks["group"]
    for label, _, _ in parts.unplayed(blocks, rng):
        if count and parts.room[group[label]] > 0:
            _fade(parts, label, "weekly for months, then nothing", rng)
            parts.room[group[label]] -= 1
            count -= 1


def _round(parts: Cast, chart: Chart, web: Web, ring: int, guests: tuple[int, int], size: int, every: int) -> Series:
    """Return a meeting of more than eight in which all peers but the guests know each other."""
    in_gap = {person for person, _, kind, _ in parts.rows if kind == "never_formed"} | set(parts.promoted)
    leads = [int(p) for p in web.rings[ring] if chart.level[p] == 3 and p not in in_gap and p not in guests][: size - 9]
    # The heads of one group know each other, and every fourth ring or so belongs to the same group.
    group = next(group for group in web.groups if chart.department[leads[0]] in group)
    heads = [int(head) for head in chart.heads[group]][: size - 3 - len(leads)]
    return Series((0, *heads, *leads, *guests), every_weeks=every, weekday=int(sum(guests)) % 5, fewest=9)


def _thin(parts: Cast, chart: Chart, web: Web, count: int, rng: np.random.Generator) -> None:
    """thin_bridge: one weak tie into a department that two whole teams of the own department know well."""
    directions = [side for pair in web.pairs for side in (pair, pair[::-1])]
    teams = {team for pair in web.blocks for team in pair}
    frames = []
    for turn in range(count):
        here, there = directions[turn % len(directions)]
        known = sum(len(chart.members[team]) for team in chart.teams_of(here) if team in teams)
        own = [p for p in shuffled(chart.members[chart.teams_of(here)[-1]], rng) if not parts.taken[p]]
        far = np.concatenate([chart.members[team] for team in chart.teams_of(there)[:-1]])
        others = [p for p in shuffled(far, rng) if not parts.taken[p]]
        if known < 7 or not own or not others:
            continue
        person, other = own[0], others[0]
        parts.take(person, other)
        frames.append(tie_frame([(person, other)], "thin", 14.0, silence=35))
        parts.plant(person, other, "thin_bridge", "the one tie into a department the own colleagues know well")
    parts.ties = pd.concat([parts.ties, *frames], ignore_index=True)


def _one_sided(parts: Cast, count: int, rng: np.random.Generator) -> None:
    """one_sided: the other starts every time, and is answered every time; so who starts is all there is to see."""
    usual = parts.ties[parts.ties["kind"].isin(["block", "partner"])]
    for label, a, _ in islice(parts.unplayed(usual, rng), count):
        _start(parts, label, a)


def _blind(parts: Cast, chart: Chart, count: int, rng: np.random.Generator) -> None:
    """blind_spot: people who never ask Support, as nearly everyone of their level does."""
    tied = np.zeros(chart.size, bool)
    tied[parts.ties[["a", "b"]].to_numpy().ravel()] = True
    teams: set[int] = set()
    for person in [p for p in parts.free_members(chart, rng) if not tied[p]]:
        if len(teams) == count:
            break
        if chart.team[person] in teams:
            continue
        teams.add(int(chart.team[person]))
        parts.take(person)
        parts.blind[person] = True
        parts.plant(person, -1 - SUPPORT, "blind_spot", "nearly everyone of this level asks Support; this person never")


def _crowds(parts: Cast, chart: Chart, web: Web, count: int, rng: np.random.Generator) -> None:
    """only_in_crowds: two members who meet every week, always among more than eight people."""
    # Not from teams that pair up: the two would share contacts, and the missing tie would have a second explanation.
    known = parts.ties.loc[parts.ties["kind"] != "ring", ["a", "b"]].to_numpy()
    partners = {frozenset(teams) for teams in chart.team[known].tolist()}
    free = parts.free_members(chart, rng)
    done = 0
    while done < count and len(free) > 1:
        person = free.pop()
        match = next(
            (
                other
                for other in free
                if chart.department[other] != chart.department[person]
                and frozenset((int(chart.team[other]), int(chart.team[person]))) not in partners
            ),
            None,
        )
        if match is None:
            continue
        free.remove(match)
        parts.take(person, match)
        parts.series.append(_round(parts, chart, web, done % len(web.rings), (person, match), 17, 1))
        parts.plant_both(person, match, "only_in_crowds", "weekly, always among more than eight people")
        done += 1
