"""Plants for lenses about teams: a lead through whom everything passes, a team that changed on a date, and one that dipped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from peerlens.sample.people import SUPPORT, Change
from peerlens.sample.stage import HALF_YEAR, Stage

FEWEST_REPORTS = 5
PARTNERS, MOST_PARTNERS = 2, 6
CHANGE_WEEK = 14
"""so early that what else changes in the year lies in the lesser part of the half-year after it"""
THROUGH_WEEK = 30
PASSES, CHANGED, DIPPED = "passes_through", "changed", "dipped"


def cast_teams(stage: Stage) -> None:
    """Give two teams of one department to one lead, for each part a team plays, before people get parts of their own.

    A department serves one part only, and none that changes as a whole is asked whether one of its teams changed.
    """
    teams = _pairs_of_teams(stage)
    outside = {pair: _outside_letters(stage, members) / len(members) for pair, members in teams.items()}
    quiet = sorted(teams, key=lambda pair: (outside[pair], pair))
    partners = {pair: len(_partners(stage, pair[0])[:MOST_PARTNERS]) for pair in teams}
    known = [pair for pair in quiet if partners[pair] >= PARTNERS]
    # Little contact of the members, and much that the lead may have.
    through = min(known, key=lambda pair: (outside[pair] * len(teams[pair]) / partners[pair], pair), default=None)
    used = {int(stage.department[through[0]])} if through else set()
    # A team of a department that changes as a whole would change with it.
    rest = _one_a_department(stage, quiet, skip=used | stage.parts.restless)
    for job, pair in ((PASSES, through), (CHANGED, next(rest, None)), (DIPPED, next(rest, None))):
        if pair is not None:
            stage.teams[job] = (pair[0], _merge(stage, pair))


def plant_delegation(stage: Stage, rng: np.random.Generator) -> None:
    """delegation: a lead of two teams through whom their contact with other departments passes.

    The look-alike leads two teams whose members have partners elsewhere of their own (:func:`plant_team_changes` gives them).
    """
    if PASSES in stage.teams:
        lead = stage.teams[PASSES][0]
        for partner in _partners(stage, lead)[:MOST_PARTNERS]:
            days = stage.days_of(lead, partner, first=stage.days.at_52(THROUGH_WEEK))
            stage.talk(lead, partner, days, rng)
            stage.talk(lead, partner, days[::2], rng)
        note = "what two teams hear of other departments comes through their lead"
        stage.parts.plant_lens("delegation", lead, PASSES, note)
    if DIPPED in stage.teams:
        note = "look-alike: two teams whose members have partners elsewhere"
        stage.parts.plant_lens("delegation", stage.teams[DIPPED][0], "none", note)


def plant_team_changes(stage: Stage, rng: np.random.Generator) -> None:
    """team_lift: a team whose members find partners in other departments from the day their lead began the role.

    The look-alike had them all year, but for six weeks that ended well before that day.
    """
    day = stage.days.at_52(CHANGE_WEEK)
    busy = _busy_teams(stage)
    for job in (CHANGED, DIPPED):
        if job not in stage.teams:
            continue
        lead, members = stage.teams[job]
        stage.parts.changes.append(Change(lead, day, new_role=True))
        hole = range(day - 14 * 7, day - 8 * 7)
        used = {p for p in range(stage.chart.size) if int(stage.chart.team[p]) not in busy}
        for member in members * PARTNERS:
            partner = stage.stranger(member, used, rng)
            if partner is None:
                continue
            # One of a team, and of a team with much contact elsewhere: else it would change as much as the one this is about.
            used |= {partner, *stage.chart.members[int(stage.chart.team[partner])].tolist()}
            days = stage.days_of(member, partner, first=day if job == CHANGED else 0)
            stage.talk(member, partner, days if job == CHANGED else [on for on in days if on not in hole][::2], rng)
        kind, note = {
            CHANGED: ("changed", "partners in other departments since the lead's new role"),
            DIPPED: ("none", "look-alike: fewer outside contacts for six weeks, and back well before the date"),
        }[job]
        stage.parts.plant_lens("team_lift", lead, kind, note, since=day)


def _pairs_of_teams(stage: Stage) -> dict[tuple[int, int], list[int]]:
    """Return pairs of leads of one department whose teams stay as they are all year, with all members of both."""
    chart, parts = stage.chart, stage.parts
    moved = {change.person for change in parts.changes}
    upset = {parts.moved[0], *(int(chart.team[person]) for person in parts.promoted)}
    found: dict[tuple[int, int], list[int]] = {}
    for department in range(len(chart.departments)):
        if department == SUPPORT:  # others come to it: its members have partners everywhere
            continue
        steady = []
        for team in chart.teams_of(department):
            lead = int(chart.leads[team])
            lead_stays = bool((parts.first_day[lead] == 0) & (parts.last_day[lead] >= stage.days.count))
            if lead_stays and team not in upset:
                steady.append(team)
        for place, one in enumerate(steady):
            for two in steady[place + 1 :]:
                members = [*chart.members[one].tolist(), *chart.members[two].tolist()]
                members = [p for p in members if parts.last_day[p] >= stage.days.count and p not in moved]
                if len(members) >= FEWEST_REPORTS:
                    found[int(chart.leads[one]), int(chart.leads[two])] = members
    return found


def _one_a_department(stage: Stage, pairs: list[tuple[int, int]], *, skip: set[int]) -> Iterator[tuple[int, int]]:
    used = set(skip)
    for pair in pairs:
        department = int(stage.department[pair[0]])
        if department not in used:
            used.add(department)
            yield pair


def _merge(stage: Stage, pair: tuple[int, int]) -> list[int]:
    """Let the members of the second lead's team report to the first; return everybody who does then."""
    chart = stage.chart
    members = [*chart.members[int(chart.team[pair[0]])].tolist(), *chart.members[int(chart.team[pair[1]])].tolist()]
    chart.manager[members] = pair[0]
    stage.taken |= {*pair, *members}
    moved = {change.person for change in stage.parts.changes}
    return [person for person in members if stage.parts.last_day[person] >= stage.days.count and person not in moved]


def _outside_letters(stage: Stage, members: list[int]) -> int:
    letters = stage.letters
    recent = letters[(letters["day"] >= stage.days.week(-HALF_YEAR)) & letters["sender"].isin(members)]
    to = recent[["sender", "recipients"]].explode("recipients")
    sender, other = to["sender"].to_numpy(int), to["recipients"].to_numpy(int)
    return int((stage.department[sender] != stage.department[other]).sum())


def _busy_teams(stage: Stage) -> set[int]:
    """Return the two thirds of teams whose members write most to other departments."""
    to = stage.letters[["sender", "recipients"]].explode("recipients")
    sender, other = to["sender"].to_numpy(int), to["recipients"].to_numpy(int)
    team = stage.chart.team[sender[stage.department[sender] != stage.department[other]]]
    count = np.bincount(team[team >= 0], minlength=len(stage.chart.leads))
    return set(np.argsort(-count, kind="stable")[: 2 * len(count) // 3].tolist())


def _partners(stage: Stage, lead: int) -> list[int]:
    """Return leads of other departments whom the lead writes to already, none of them part of a planted tie."""
    letters = stage.letters[stage.letters["sender"] == lead]
    count = letters["recipients"].explode().value_counts()
    planted = {frozenset((person, other)) for person, other, _, _ in stage.parts.rows if other >= 0}
    gone, chart = stage.parts.last_day < stage.days.count, stage.chart
    return sorted(
        int(other) for other, times in count.items()
        if times >= 10 and chart.level[int(other)] == 3 and stage.department[int(other)] != stage.department[lead]
        and frozenset((lead, int(other))) not in planted and not gone[int(other)]
    )  # fmt: skip
