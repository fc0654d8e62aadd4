"""The answer key: planted neglect, and look-alikes that must not be taken for it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from peerlens.sample.days import Days
from peerlens.sample.people import SUPPORT, Change, Chart
from peerlens.sample.ties import Web, head_groups, tie_frame

SHORTEST_LOG = 26  # weeks; the rules look back that far, so nothing is planted in a shorter log


@dataclass(frozen=True)
class Series:
    """A recurring meeting: who is invited, how often, and how few make it be cancelled."""

    people: tuple[int, ...]
    every_weeks: int = 1
    weekday: int = 1
    minutes: int = 60
    fewest: int = 2
    from_day: int = 0
    to_day: int = 10**6


@dataclass
class Cast:
    """Who plays which part. Built up by `cast`, then only read."""

    ties: pd.DataFrame
    taken: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    protected: np.ndarray
    blind: np.ndarray
    changes: list[Change] = field(default_factory=list)
    leaves: list[tuple[int, int, int]] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    rows: list[tuple[int, int, str, str]] = field(default_factory=list)
    moved: tuple[int, int, int] | None = None
    promoted: tuple[int, int, int] | None = None
    handed_over: list[tuple[int, int, int]] = field(default_factory=list)

    def take(self, *people: int) -> None:
        """Reserve people for one part and keep them at work in the last quarter."""
        self.taken[list(people)] = True
        self.protected[list(people)] = True

    def plant(self, person: int, other: int, kind: str, note: str) -> None:
        """Add a row to the answer key; `other` is minus one and the department for a blind spot."""
        self.rows.append((int(person), int(other), kind, note))

    def plant_both(self, a: int, b: int, kind: str, note: str) -> None:
        """Add the row of each side."""
        self.plant(a, b, kind, note)
        self.plant(b, a, kind, note)


def cast(chart: Chart, web: Web, days: Days, rng: np.random.Generator) -> Cast:
    """Give out the parts: first those that change the chart, then the ties."""
    people = chart.size
    parts = Cast(
        ties=web.ties.copy(),
        taken=np.zeros(people, bool),
        first_day=np.zeros(people, int),
        last_day=np.full(people, days.count),
        protected=np.zeros(people, bool),
        blind=np.zeros(people, bool),
    )
    parts.taken[[0, *chart.heads]] = True
    parts.taken[chart.level * (chart.department == SUPPORT) == 4] = True
    _reorganise(parts, chart, web, days)
    _promote(parts, chart, web, days)
    if days.weeks < SHORTEST_LOG:
        return parts
    count = max(1, round(people / 40))
    few = max(1, round(people / 60))
    in_ring = max(1, count // 3)
    _holes(parts, web, rng, chart)
    _fade_in_ring(parts, chart, web, in_ring, rng)
    _lose_in_blocks(parts, chart, web, days, count - in_ring, few, rng)
    _thin(parts, chart, web, count, rng)
    _blind(parts, chart, count, rng)
    _crowds(parts, chart, web, count, rng)
    _ties_alike(parts, days, count, few, rng)
    _project(parts, chart, days, max(1, people // 120), rng)
    _joiners(parts, chart, web, days, few, rng)
    return parts


def _shuffled(candidates: np.ndarray, rng: np.random.Generator) -> list[int]:
    return rng.permutation(np.asarray(candidates, int)).tolist()


def _reorganise(parts: Cast, chart: Chart, web: Web, days: Days) -> None:
    """Move the last team of the spare department, with its lead, to a department of the same ring."""
    group = next(group for group in web.groups if web.spare in group)
    goal = next(int(d) for d in group if d not in (web.spare, SUPPORT))
    team, day = chart.teams_of(web.spare)[-1], days.at_52(30)
    lead = int(chart.leads[team])
    parts.changes.append(Change(lead, day, department=goal, manager=int(chart.heads[goal])))
    parts.changes += [Change(int(person), day, department=goal) for person in chart.members[team]]
    parts.moved = (team, goal, day)
    parts.taken[[lead, *chart.members[team]]] = True


def _promote(parts: Cast, chart: Chart, web: Web, days: Days) -> None:
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
    parts.promoted = (heir, lead, day)
    parts.taken[[lead, heir]] = True


def _free(parts: Cast, ties: pd.DataFrame) -> pd.DataFrame:
    return ties[~parts.taken[ties["a"]] & ~parts.taken[ties["b"]]]


def _holes(parts: Cast, web: Web, rng: np.random.Generator, chart: Chart) -> None:
    """never_formed: remove few ties from the rings, where every other pair has a contact each week or two."""
    ring = parts.ties[parts.ties["kind"] == "ring"]
    across = ring[chart.department[ring["a"]] != chart.department[ring["b"]]]
    wanted = max(1, round(len(across) / 36))
    dropped = []
    for label in _shuffled(across.index.to_numpy(), rng):
        a, b = int(across.at[label, "a"]), int(across.at[label, "b"])
        if len(dropped) == wanted or parts.taken[a] or parts.taken[b]:
            continue
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
    ring = _free(parts, parts.ties[parts.ties["kind"] == "ring"])
    across = ring[chart.department[ring["a"]] != chart.department[ring["b"]]]
    done = 0
    for label in _shuffled(across.index.to_numpy(), rng):
        a, b = int(across.at[label, "a"]), int(across.at[label, "b"])
        if done == count or parts.taken[a] or parts.taken[b]:
            continue
        _fade(parts, label, "a standing meeting of up to 18 over a dying tie", rng)
        parts.series.append(_round(parts, chart, web, int(across.at[label, "group"]), (a, b), 18, 2))
        done += 1


def _round(parts: Cast, chart: Chart, web: Web, ring: int, guests: tuple[int, int], size: int, every: int) -> Series:
    """Return a meeting of more than eight in which all peers but the guests know each other."""
    in_gap = {person for person, _, kind, _ in parts.rows if kind == "never_formed"} | set(parts.promoted[:2])
    leads = [int(lead) for lead in web.rings[ring] if lead not in in_gap and lead not in guests][: size - 9]
    groups = head_groups(chart)  # heads of one round know each other
    heads = [int(head) for head in groups[ring % len(groups)]][: size - 3 - len(leads)]
    return Series((0, *heads, *leads, *guests), every_weeks=every, weekday=int(sum(guests)) % 5, fewest=9)


def _lose_in_blocks(
    parts: Cast, chart: Chart, web: Web, days: Days, fading: int, few: int, rng: np.random.Generator
) -> None:
    """Fading ties, leavers and movers in blocks, never so many that a teammate's tie is left alone."""
    left = [min(len(chart.members[a]), len(chart.members[b])) - 2 for a, b in web.blocks]
    order = _shuffled(np.arange(len(web.blocks)), rng)
    ties = parts.ties
    jobs = [("fading", fading), ("left", few), ("moved", few)]
    for job, wanted in jobs:
        for block in order * 2:
            if wanted == 0:
                break
            own = _free(parts, ties[(ties["kind"] == "block") & (ties["group"] == block)])
            if left[block] < 1 or own.empty:
                continue
            label = _shuffled(own.index.to_numpy(), rng)[0]
            person = int(ties.at[label, "a"])
            theirs = ties[(ties["kind"] == "block") & (ties["a"] == person)]
            if job == "fading":
                _fade(parts, label, "weekly for months, then nothing", rng)
            elif job == "left":
                parts.take(person)
                parts.last_day[person] = days.week(-7) - 3
                for other in theirs["b"]:
                    parts.plant(other, person, "none", "look-alike: the colleague has left")
            else:
                day = days.week(-6)
                team = chart.teams_of(int(chart.department[person]))[-1]
                parts.take(person)
                parts.handed_over.append((person, team, day))
                parts.changes.append(Change(person, day, manager=int(chart.leads[team])))
                ties.loc[theirs.index, ["to_day", "silence", "rhythm"]] = [day - 1, 0, 5.0]
                for other in theirs["b"]:
                    parts.plant(other, person, "none", "look-alike: handed over when the colleague moved team")
                    parts.plant(person, other, "none", "look-alike: handed over when moving team")
            left[block] -= 1
            wanted -= 1


def _thin(parts: Cast, chart: Chart, web: Web, count: int, rng: np.random.Generator) -> None:
    """thin_bridge: one weak tie into a department that two whole teams of the own department know well."""
    directions = [side for pair in web.pairs for side in (pair, pair[::-1])]
    frames = []
    for turn in range(count):
        here, there = directions[turn % len(directions)]
        teams = [team for pair in web.blocks for team in pair]
        known = sum(len(chart.members[team]) for team in chart.teams_of(here) if team in teams)
        own = [p for p in _shuffled(chart.members[chart.teams_of(here)[-1]], rng) if not parts.taken[p]]
        far = np.concatenate([chart.members[team] for team in chart.teams_of(there)[:-1]])
        others = [p for p in _shuffled(far, rng) if not parts.taken[p]]
        if known < 7 or not own or not others:
            continue
        person, other = own[0], others[0]
        parts.take(person, other)
        frames.append(tie_frame([(person, other)], "thin", 14.0, silence=35))
        parts.plant(person, other, "thin_bridge", "the one tie into a department the own colleagues know well")
    parts.ties = pd.concat([parts.ties, *frames], ignore_index=True)


def _blind(parts: Cast, chart: Chart, count: int, rng: np.random.Generator) -> None:
    """blind_spot: people who never ask Support, as nearly everyone of their level does."""
    tied = np.unique(parts.ties[["a", "b"]].to_numpy())
    free = [p for p in np.flatnonzero(chart.level == 4) if not parts.taken[p] and p not in set(tied.tolist())]
    teams: set[int] = set()
    for person in _shuffled(np.array(free), rng):
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
    partners = {frozenset((int(chart.team[a]), int(chart.team[b]))) for a, b in parts.ties[["a", "b"]].to_numpy()}
    free = [p for p in _shuffled(np.flatnonzero(chart.level == 4), rng) if not parts.taken[p]]
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


def _ties_alike(parts: Cast, days: Days, count: int, few: int, rng: np.random.Generator) -> None:
    """one_sided, and ties that are quiet for a reason: monthly, bursty, holidays, a long leave."""
    jobs = ["one_sided"] * count + [kind for kind in ("holidays", "leave", "away", "monthly", "bursty") for _ in range(few)]
    ties = parts.ties
    usual = ties["kind"].isin(["block", "partner"])
    for job in jobs:
        free = _free(parts, ties[usual])
        if free.empty:
            return
        label = _shuffled(free.index.to_numpy(), rng)[0]
        a, b = int(ties.at[label, "a"]), int(ties.at[label, "b"])
        parts.take(a, b)
        columns = ["kind", "rhythm", "pattern", "silence", "pause", "starter", "to_day"]
        old = ties.loc[label, columns]
        new, note = _part(job, days)
        ties.loc[label, columns] = [new.get(name, old[name]) for name in columns]
        if job == "one_sided":
            parts.plant(a, b, "one_sided", "the other side starts nearly every time and is always answered")
            continue
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
        "one_sided": ({**steady, "kind": "one_sided", "rhythm": 7.0, "starter": "b"}, ""),
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
        free = [p for p in _shuffled(np.flatnonzero(chart.level == 4), rng) if not parts.taken[p]]
        for limit in (1, 2):  # people of one department, if there are too few departments
            for person in free:
                same = [p for p in five if chart.department[p] == chart.department[person]]
                known = any(chart.team[p] == chart.team[person] or frozenset((p, person)) in tied for p in five)
                if len(five) < 5 and person not in five and len(same) < limit and not known:
                    five.append(person)
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


def _joiners(parts: Cast, chart: Chart, web: Web, days: Days, few: int, rng: np.random.Generator) -> None:
    """Some people join in the course of the year, some in the last weeks, and some leave early on."""
    tied = set(np.unique(parts.ties[["a", "b"]].to_numpy()).tolist())
    free = [p for p in _shuffled(np.flatnonzero(chart.level == 4), rng) if not parts.taken[p]]
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
