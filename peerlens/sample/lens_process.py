"""Plants for lenses about process and purpose: what passes through a lead, a changed team, a lost owner, a message
that misses.
"""

from __future__ import annotations

import numpy as np

from peerlens.sample.people import SUPPORT, Change
from peerlens.sample.stage import Stage

WINDOW_WEEKS = 26
FEWEST_REPORTS = 5
BROADCAST = 20
CREW, PARTNERS = 3, 2


def plant_delegation(stage: Stage, rng: np.random.Generator) -> None:
    """delegation: a lead of two teams through whom their contact with other departments passes.

    The look-alike leads two teams whose members have partners elsewhere of their own.
    """
    parts = stage.parts
    teams = _pairs_of_teams(stage)
    outside = {pair: _outside_letters(stage, members) / len(members) for pair, members in teams.items()}
    order = sorted(teams, key=lambda pair: (outside[pair], pair))
    for pair in order:
        lead = pair[0]
        partners = _partners(stage, lead)
        if len(partners) < 2:
            continue
        _merge(stage, pair)
        for partner in partners[:6]:
            days = stage.days_of(lead, partner, first=stage.days.at_52(14))
            _talk(stage, lead, partner, days, rng)
        parts.plant_lens(
            "delegation", lead, "passes_through", "what two teams hear of other departments comes through their lead"
        )
        break
    for pair in reversed(order):
        if pair[0] not in stage.taken and stage.department[pair[0]] not in stage.department[list(stage.taken)]:
            _merge(stage, pair)
            parts.plant_lens(
                "delegation", pair[0], "none", "look-alike: two teams whose members have partners elsewhere"
            )
            return


def plant_team_changes(stage: Stage, rng: np.random.Generator) -> None:
    """team_lift: a team whose members find partners in other departments from the day their lead began the role.

    The look-alike had them all year, but for six weeks that ended well before that day.
    """
    day = stage.days.at_52(33)
    merged = {int(stage.department[person]) for person in stage.taken if stage.chart.level[person] == 3}
    # A team of a department that changes as a whole would change with it.
    merged |= stage.parts.restless
    teams = {
        pair: members for pair, members in _pairs_of_teams(stage).items() if stage.department[pair[0]] not in merged
    }
    done: set[int] = set()
    for job, pair in zip(("changed", "dipped"), _one_a_department(stage, teams, rng), strict=False):
        members = _merge(stage, pair)
        lead = pair[0]
        stage.parts.changes.append(Change(lead, day, new_role=True))
        hole = range(day - 14 * 7, day - 8 * 7)
        for member in members:
            for _ in range(PARTNERS):
                partner = _stranger(stage, member, done, rng)
                if partner is None:
                    continue
                done.add(partner)
                days = stage.days_of(member, partner, first=day if job == "changed" else 0)
                _talk(
                    stage,
                    member,
                    partner,
                    days if job == "changed" else [on for on in days if on not in hole][::2],
                    rng,
                )
        if job == "changed":
            stage.parts.plant_lens(
                "team_lift", lead, "changed", "partners in other departments since the lead's new role", since=day
            )
        else:
            note = "look-alike: fewer outside contacts for six weeks, and back well before the date"
            stage.parts.plant_lens("team_lift", lead, "none", note, since=day)


def plant_lost_owner(stage: Stage, rng: np.random.Generator) -> None:
    """initiative: a weekly meeting across departments that goes on after its owner left, and nobody calls.

    Nothing else holds its people together: one cancellation away (room_to_rise). In the look-alike somebody took over.
    """
    parts, days = stage.parts, stage.days
    gone = np.flatnonzero((parts.last_day > days.week(8)) & (parts.last_day < days.week(-6)) & (parts.first_day == 0))
    owners = [int(person) for person in gone if person not in stage.taken]
    if not owners:
        return
    for place, job in enumerate(("lost", "taken over")):
        owner = owners[min(place, len(owners) - 1)]
        crew = _crew(stage, owner, rng)
        if len(crew) < CREW:
            return
        rows: list[dict[str, object]] = []
        number = int(stage.rounds["series"].max()) + 1
        until = int(parts.last_day[owner])
        for monday in range(0, days.count, 7):
            on = monday + 1 + place
            there = [person for person in crew if stage.work[person, on]]
            is_owned = on <= until and bool(stage.work[owner, on])
            if len(there) < 2 or (on <= until and not is_owned):
                continue
            people = [owner, *there] if is_owned else there
            is_called = is_owned or job == "taken over"
            rows.append(
                {"day": on, "minute": 630 + 60 * place, "people": people, "series": number, "is_called": is_called}
            )
        stage.hold(rows)
        stage.taken |= {owner, *crew}
        for person in crew:
            if job == "lost":
                parts.plant_lens(
                    "initiative", person, "without_owner", "a weekly meeting whose owner left", since=until
                )
            else:
                note = "look-alike: a weekly meeting that a colleague took over when its owner left"
                parts.plant_lens("initiative", person, "none", note, since=until)
        if job == "lost":
            note = "the two meet in one series and nowhere else"
            parts.plant_lens("room_to_rise", crew[0], "one_series", note, other=crew[1])


def plant_starters(stage: Stage, rng: np.random.Generator) -> None:
    """first_months: those who joined in the last weeks are learning; the look-alike has been there for years."""
    parts = stage.parts
    for person in np.flatnonzero((parts.first_day > 0) & (parts.last_day >= stage.days.count)):
        since = int(parts.first_day[person])
        parts.plant_lens("first_months", int(person), "learning", "joined in the course of the year", since=since)
    for person in stage.free(4, rng)[:2]:
        parts.plant_lens("first_months", person, "none", "look-alike: there since before the log began")


def plant_message_that_misses(stage: Stage, rng: np.random.Generator) -> None:
    """shared_narrative: the chief's meeting for all does not invite two departments.

    The look-alikes are heads whose own meetings reach everybody of their department again and again.
    """
    chart, rounds = stage.chart, stage.rounds
    size = rounds["people"].map(len)
    called = rounds["people"].map(lambda people: people[0] == 0)
    for_all = called & (size > max(BROADCAST, chart.size // 2))
    if not for_all.any():
        return
    recent = rounds[called & ~for_all & (size > 8) & (rounds["day"] > stage.days.week(-WINDOW_WEEKS) - 7)]
    reached = set(recent["people"].explode())
    share = {}
    for department in range(len(chart.departments)):
        own = np.flatnonzero((stage.department == department) & (stage.parts.last_day >= stage.days.count))
        share[department] = sum(person in reached for person in own) / len(own)
    missed = sorted(share, key=lambda department: (share[department], department))[:2]
    if max(share[department] for department in missed) >= 0.2:
        return
    out = set(np.flatnonzero(np.isin(stage.department, missed)).tolist())
    kept = rounds.loc[for_all, "people"].map(lambda people: [person for person in people if person not in out])
    stage.rounds.loc[for_all, "people"] = kept
    for department in missed:
        stage.parts.plant_lens(
            "shared_narrative", 0, "left_out", "the chief's meeting for all does not invite this department",
            other=int(chart.heads[department]),
        )  # fmt: skip
    for head in chart.heads[[d for d in range(len(chart.heads)) if d not in missed][:2]]:
        stage.parts.plant_lens(
            "shared_narrative", int(head), "none", "look-alike: tells the own department again and again"
        )
    rng.random()


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
            people = [int(chart.leads[team]), *chart.members[team].tolist()]
            lead_stays = bool((parts.first_day[people[0]] == 0) & (parts.last_day[people[0]] >= stage.days.count))
            if lead_stays and team not in upset:
                steady.append(team)
        for place, one in enumerate(steady):
            for two in steady[place + 1 :]:
                members = [*chart.members[one].tolist(), *chart.members[two].tolist()]
                members = [p for p in members if parts.last_day[p] >= stage.days.count and p not in moved]
                if len(members) >= FEWEST_REPORTS:
                    found[int(chart.leads[one]), int(chart.leads[two])] = members
    return found


def _one_a_department(
    stage: Stage, teams: dict[tuple[int, int], list[int]], rng: np.random.Generator
) -> list[tuple[int, int]]:
    pairs = sorted(teams)
    shuffled = [pairs[place] for place in rng.permutation(len(pairs))]
    first: dict[int, tuple[int, int]] = {}
    for pair in shuffled:
        first.setdefault(int(stage.department[pair[0]]), pair)
    return list(first.values())


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
    recent = letters[(letters["day"] >= stage.days.week(-WINDOW_WEEKS)) & letters["sender"].isin(members)]
    to = recent[["sender", "recipients"]].explode("recipients")
    sender, other = to["sender"].to_numpy(int), to["recipients"].to_numpy(int)
    return int((stage.department[sender] != stage.department[other]).sum())


def _planted(stage: Stage) -> set[frozenset[int]]:
    return {frozenset((person, other)) for person, other, _, _ in stage.parts.rows if other >= 0}


def _partners(stage: Stage, lead: int) -> list[int]:
    """Return leads of other departments whom the lead writes to already, none of them part of a planted tie."""
    letters = stage.letters[stage.letters["sender"] == lead]
    count = letters["recipients"].explode().value_counts()
    planted, gone = _planted(stage), stage.parts.last_day < stage.days.count
    chart = stage.chart
    return sorted(
        int(other) for other, times in count.items()
        if times >= 10 and chart.level[int(other)] == 3 and stage.department[int(other)] != stage.department[lead]
        and frozenset((lead, int(other))) not in planted and not gone[int(other)]
    )  # fmt: skip


def _pool(stage: Stage, rng: np.random.Generator) -> list[int]:
    """Return members without a part on this stage, there all year, shuffled; others come to Support, so none of it."""
    parts = stage.parts
    moved = {change.person for change in parts.changes}
    there = (parts.first_day == 0) & (parts.last_day >= stage.days.count) & (stage.chart.level == 4)
    there &= stage.chart.department != SUPPORT
    free = [int(p) for p in np.flatnonzero(there) if p not in moved and p not in stage.taken]
    return rng.permutation(free).tolist()


def _may_meet(stage: Stage, one: int, two: int) -> bool:
    """Tell whether two people may come to know each other without touching what was planted about neglect."""
    for person, other in ((one, two), (two, one)):
        theirs = {int(stage.department[end]) for who, end, _, _ in stage.parts.rows if who == person and end >= 0}
        if int(stage.department[other]) in theirs:
            return False
    return stage.department[one] != stage.department[two]


def _stranger(stage: Stage, person: int, used: set[int], rng: np.random.Generator) -> int | None:
    """Return a member of another department without a part."""
    return next((other for other in _pool(stage, rng) if other not in used and _may_meet(stage, person, other)), None)


def _crew(stage: Stage, owner: int, rng: np.random.Generator) -> list[int]:
    """Return three members of different departments without a part, who know none of each other."""
    known = _known(stage)
    crew: list[int] = []
    for person in _pool(stage, rng):
        strange = all(frozenset((person, other)) not in known and _may_meet(stage, person, other) for other in crew)
        if strange and _may_meet(stage, person, owner):
            crew.append(int(person))
        if len(crew) == CREW:
            break
    return crew


def _known(stage: Stage) -> set[frozenset[int]]:
    """Return all pairs who wrote to each other, or were in a meeting of at most eight."""
    written = stage.letters[["sender", "recipients"]].explode("recipients").drop_duplicates()
    pairs = {
        frozenset(pair) for pair in zip(written["sender"].astype(int), written["recipients"].astype(int), strict=True)
    }
    small = {tuple(people) for people in stage.rounds["people"] if len(people) <= 8}
    return pairs | {
        frozenset((int(one), int(two))) for people in small for one in people for two in people if one != two
    }


def _talk(stage: Stage, one: int, two: int, days: list[int], rng: np.random.Generator) -> None:
    """Let two people write to each other on some days, taking turns to begin, and always answered."""
    rows: list[dict[str, object]] = []
    for turn, day in enumerate(days):
        starter, other = (one, two) if turn % 2 == 0 else (two, one)
        second = int(rng.integers(7 * 3600, 13 * 3600))
        talk = f"with {one} {two} {day}"
        rows.append({"day": day, "second": second, "sender": starter, "recipients": [other], "talk": talk})
        later = second + int(rng.integers(300, 7200))
        rows.append(
            {"day": day, "second": later, "sender": other, "recipients": [starter], "talk": talk, "is_answer": True}
        )
    if rows:
        stage.write(rows)
