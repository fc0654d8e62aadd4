"""Plants for lenses about people: mentors heard from or not, somebody who lifts others, asks that go unanswered, ratings."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from peerlens.sample.stage import HALF_YEAR, Stage

RATED = 8


def plant_mentors(stage: Stage, rng: np.random.Generator) -> None:
    """mentor_loops: a member asks the head of the own department, who answers; then a report back, or none.

    The look-alikes: one whose sixty days are not over, and one who reported in a meeting of two.
    """
    days, chart = stage.days, stage.chart
    jobs = ("open", "closed", "still time", "in a meeting")
    people = [p for p in stage.free(4, rng) if stage.department[p] == chart.department[p]]
    for job, person in zip(jobs, people, strict=False):
        mentor = int(chart.heads[chart.department[person]])
        begin = days.week(-4) if job == "still time" else days.week(-20)
        together = stage.days_of(person, mentor, first=begin)
        if len(together) < 2:
            continue
        asked, answered = together[0], together[1]
        later = together[min(12, len(together) - 1)]
        _forget(stage, person, mentor, asked)
        talk = f"mentor {person}"
        rows: list[dict[str, object]] = [
            {"day": asked, "sender": person, "recipients": [mentor], "talk": talk, "is_ask": True},
            {"day": answered, "sender": mentor, "recipients": [person], "talk": talk, "is_answer": True},
        ]
        if job == "closed":
            rows.append({"day": later, "sender": person, "recipients": [mentor], "is_thanks": True})
        stage.write(rows)
        if job == "in a meeting":
            stage.hold([{"day": later, "people": [person, mentor]}])
        stage.taken.add(person)
        note = {
            "open": "advice asked and given twenty weeks ago, and no word since",
            "closed": "advice asked and given, and reported back with thanks",
            "still time": "look-alike: advice given under four weeks ago",
            "in a meeting": "look-alike: reported back in a meeting of two",
        }[job]
        kind = job if job in ("open", "closed") else "none"
        stage.parts.plant_lens("mentor_loops", person, kind, note, other=mentor, since=answered)


def _forget(stage: Stage, one: int, two: int, day: int) -> None:
    """Take out what one person wrote to another alone from a day on, and the other back."""
    letters = stage.letters
    ends = [(sender, tuple(people)) for sender, people in zip(letters["sender"], letters["recipients"], strict=True)]
    between = np.array([ends_of in ((one, (two,)), (two, (one,))) for ends_of in ends])
    stage.letters = letters[~between | (letters["day"] < day).to_numpy()].reset_index(drop=True)


def plant_lifters(stage: Stage, rng: np.random.Generator) -> None:
    """lifting_others: a lead who takes a peer along to the chief, and whose introduction of two members took.

    The look-alike is a lead whose introduction came to nothing.
    """
    chart, parts, days = stage.chart, stage.parts, stage.days
    leads = [p for p in stage.free(3, rng) if stage.department[p] == chart.department[p]]
    met = _who_met(stage)
    told = _wrote_to_chief(stage)
    done = 0
    # One message changes nothing that was planted about neglect, so the look-alike may have a part in it.
    for lead in [*leads, *(p for p in stage.pool(rng, level=3) if p not in leads)]:
        pair = _strangers(stage, lead, met)
        if pair is None or lead in stage.taken or (done == 0 and lead not in leads):
            continue
        here, there = pair
        together = stage.days_of(lead, here, there, first=days.week(-16))
        if not together:
            continue
        day = together[0]
        stage.write([{"day": day, "sender": lead, "recipients": [here, there], "second": 34_200}])
        stage.taken |= {lead, here, there}
        if done == 1:
            note = "look-alike: an introduction that came to nothing"
            parts.plant_lens("lifting_others", lead, "none", note, other=min(here, there), since=day)
            return
        own = stage.days_of(here, there, first=day + 1)[2::6]
        turns = [(here, there) if turn % 2 == 0 else (there, here) for turn in range(len(own))]
        for turn, (when, (starter, other)) in enumerate(zip(own, turns, strict=True)):
            talk = f"introduced {lead} {turn}"
            stage.write(
                [
                    {"day": when, "sender": starter, "recipients": [other], "talk": talk},
                    {
                        "day": when,
                        "sender": other,
                        "recipients": [starter],
                        "second": 39_600,
                        "talk": talk,
                        "is_answer": True,
                    },
                ]
            )
        note = "two members who met through this lead stayed in touch"
        parts.plant_lens("lifting_others", lead, "introduction", note, other=min(here, there), since=day)
        done += 1
        # One who has written to the chief already would not be taken along, but meet somebody known.
        others = [
            p
            for p in leads
            if p != lead and p not in stage.taken | told and chart.department[p] != chart.department[lead]
        ]
        for peer in others[:1]:
            rooms = stage.days_of(lead, peer, 0, first=days.week(-14))[:2]
            stage.hold([{"day": when, "people": [lead, peer, 0], "minutes": 45} for when in rooms])
            stage.taken.add(peer)
            note = "took a peer along to the chief"
            parts.plant_lens("lifting_others", lead, "room", note, other=peer, since=rooms[0])


def _wrote_to_chief(stage: Stage) -> set[int]:
    """Return who sent the chief anything in the last half-year: where a manager is away, notes go higher."""
    recent = stage.letters[stage.letters["day"] >= stage.days.week(-HALF_YEAR) - 7]
    return set(recent.loc[[0 in people for people in recent["recipients"]], "sender"].astype(int))


def _who_met(stage: Stage) -> set[frozenset[int]]:
    """Return pairs with any contact: a message, or a meeting that is no broadcast."""
    pairs = {
        frozenset((int(sender), int(person)))
        for sender, people in zip(stage.letters["sender"], stage.letters["recipients"], strict=True)
        for person in people
    }
    groups = {tuple(people) for people in stage.rounds["people"] if len(people) <= 20}
    return pairs | {frozenset((a, b)) for people in groups for a in people for b in people if a < b}


def _strangers(stage: Stage, lead: int, met: set[frozenset[int]]) -> tuple[int, int] | None:
    """Find a member of a lead's team and one of another department whom neither has met.

    Each knows the other's department through a team of its own already, so neither becomes a thin bridge into it.
    """
    chart, parts = stage.chart, stage.parts
    team = int(chart.team[lead])
    partners = dict(stage.web.blocks) | {right: left for left, right in stage.web.blocks}
    if team not in partners:
        return None
    goal = chart.department_of_team(partners[team])
    far = [t for t, partner in partners.items() if chart.department_of_team(t) == goal and partner != team]
    far = [t for t in far if chart.department_of_team(partners[t]) == chart.department_of_team(team)]
    there_all_year = (parts.first_day == 0) & (parts.last_day >= stage.days.count) & ~parts.blind
    moved = {change.person for change in parts.changes} | {person for person, _, _ in parts.leaves} | stage.taken
    for here in chart.members[team].tolist():
        for there in (int(p) for t in far for p in chart.members[t]):
            fit = there_all_year[[here, there]].all() and not {here, there} & moved
            if fit and not {frozenset((here, there)), frozenset((lead, there))} & met:
                return int(here), there
    return None


def plant_askers(stage: Stage, rng: np.random.Generator) -> None:
    """asking_for_help: a lead whose asks are answered less than other messages to the same people, and one like the rest."""
    first = stage.days.week(-HALF_YEAR)
    for kind, person in zip(("unanswered", "none"), stage.free(3, rng), strict=False):
        letters = stage.letters
        alone = letters["recipients"].map(len) == 1
        opens = (letters["sender"] == person) & letters["talk"].notna() & ~letters["is_answer"] & alone
        opens &= letters["day"] >= first
        asks = opens & (rng.random(len(letters)) < 0.5)
        stage.letters = letters = letters.assign(is_ask=letters["is_ask"].where(~opens, asks))
        if kind == "unanswered":
            _leave_unanswered(stage, letters[asks], person)
        stage.taken.add(person)
        note = "asks wait, other messages to the same people do not"
        note = note if kind != "none" else "look-alike: asks as often, answered like everything else"
        stage.parts.plant_lens("asking_for_help", person, kind, note, since=first)


def _leave_unanswered(stage: Stage, asks: pd.DataFrame, person: int) -> None:
    """Take out what came back from those asked within eight days of an ask."""
    letters = stage.letters
    waits: dict[int, set[int]] = {}
    for day, people in zip(asks["day"], asks["recipients"], strict=True):
        waits.setdefault(int(people[0]), set()).update(range(int(day), int(day) + 9))
    back = [
        [*people] == [person] and int(day) in waits.get(int(sender), ())
        for sender, people, day in zip(letters["sender"], letters["recipients"], letters["day"], strict=True)
    ]
    stage.letters = letters[~np.array(back)].reset_index(drop=True)


def rate_ties(stage: Stage, rng: np.random.Generator) -> None:
    """perception_gap: everybody rates up to eight peers by how much contact there is; one thinks a tie closer than it is.

    The look-alike rates everybody five, which says nothing of any one tie.
    """
    days = _contact_days(stage)
    # A rating changes nothing else, so a part in neglect does not matter.
    free = {p for p in stage.pool(rng) if len(days.get(p, {})) >= 6}
    plants = dict(zip(sorted(free, key=lambda p: (-len(days[p]), p)), ("closer in mind", "none"), strict=False))
    for person in range(stage.chart.size):
        counts = days.get(person, {})
        ranked = sorted(counts, key=lambda other: (counts[other], other))
        if len(ranked) < 3:
            continue
        chosen = [
            ranked[place] for place in np.linspace(0, len(ranked) - 1, min(RATED, len(ranked))).round().astype(int)
        ]
        for place, other in enumerate(chosen):
            value = 1 + round(4 * place / (len(chosen) - 1))
            if plants.get(person) == "none" or (plants.get(person) == "closer in mind" and place == 0):
                value = 5
            stage.ratings.append((person, other, "closeness", float(value)))
        if person in plants:
            note = "rates the quietest of the rated ties as one of the closest"
            note = note if plants[person] != "none" else "look-alike: gives everybody the same"
            stage.parts.plant_lens("perception_gap", person, plants[person], note, other=chosen[0])


def _contact_days(stage: Stage) -> dict[int, dict[int, int]]:
    """Count days with close contact at one's own level, by person and other, in the last half-year."""
    level, first = stage.chart.level, stage.days.week(-HALF_YEAR)
    letters, rounds = stage.letters, stage.rounds
    letters, rounds = letters[letters["day"] >= first], rounds[rounds["day"] >= first]
    sent = zip(letters["day"], letters["sender"], letters["recipients"], strict=True)
    met = zip(rounds["day"], rounds["people"], strict=True)
    pairs = [(day, int(one), int(two)) for day, one, people in sent if len(people) <= 5 for two in people]
    pairs += [(day, int(a), int(b)) for day, people in met if len(people) <= 8 for a, b in combinations(people, 2)]
    found: dict[tuple[int, int], set[int]] = {}
    for day, one, two in pairs:
        if level[one] == level[two]:
            found.setdefault((one, two), set()).add(int(day))
            found.setdefault((two, one), set()).add(int(day))
    counts: dict[int, dict[int, int]] = {}
    for (one, two), when in found.items():
        counts.setdefault(one, {})[two] = len(when)
    return counts
