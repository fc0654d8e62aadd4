"""Plants for lenses about whom one reaches: those around the manager, other departments, and leaders.

Contact that is planted here is there all year: what begins on a day would be a change of somebody's team on that day.
"""

from __future__ import annotations

import numpy as np

from peerlens.sample.people import SUPPORT
from peerlens.sample.stage import HALF_YEAR, Stage

FEW_CONTACTS, MANY_CONTACTS = 8, 12
STALLED = 3


def plant_known(stage: Stage, rng: np.random.Generator) -> None:
    """promotion_table: a member in touch both ways with the head and all leads of the department.

    The look-alike writes to them as often and hears back in circulars to many only.
    """
    answered = _answered_by(stage)
    jobs = ["known", "none"]
    for person in stage.pool(rng):
        above = _around(stage, person)
        if not jobs or len(above) < 3:
            continue
        if jobs[0] == "none" and any((other, person) in answered for other in above):
            continue
        stage.taken.add(person)
        for other in above:
            days = stage.days_of(person, other)[other % 4 :: 4]
            if jobs[0] == "known":
                stage.talk(person, other, days, rng)
            else:
                stage.write([{"day": day, "sender": person, "recipients": [other]} for day in days])
        note = {
            "known": "in touch both ways with the manager's manager and the manager's peers",
            "none": "look-alike: writes to the manager's manager and peers, and only circulars come back",
        }[jobs[0]]
        stage.parts.plant_lens("promotion_table", person, jobs.pop(0), note, other=above[0])


def plant_broad(stage: Stage, rng: np.random.Generator) -> None:
    """broad_base: a member with a tie in every department, or in all but one.

    The look-alike has as much contact and as many ties, but hardly any outside the own department and one other.
    """
    everywhere = set(range(len(stage.chart.departments)))
    found: list[tuple[int, int, list[int]]] = []
    for person in stage.pool(rng):
        known = _contacts(stage, person)
        # Everybody has somebody in Support.
        missing = everywhere - {SUPPORT, *(int(stage.department[other]) for other in known)}
        met = _one_each(stage, person, missing, rng)
        if len(known) >= FEW_CONTACTS and len(missing) - len(met) <= 1:
            found.append((len(missing) - len(met), person, met))
    # One department may be out of reach for what was planted about neglect; the first who reaches all comes first.
    for _, person, met in sorted(found, key=lambda one: one[0])[:1]:
        for turn, other in enumerate(met):
            days = stage.days_of(person, other)
            stage.talk(person, other, days[turn % 4 :: 4], rng)
        stage.taken |= {person, *met}
        stage.parts.plant_lens("broad_base", person, "broad", "a tie in every department, or in all but one")
    alike = {p: known for p in stage.pool(rng) if len(known := _contacts(stage, p, weeks=HALF_YEAR)) >= MANY_CONTACTS}
    for person in sorted(alike, key=lambda p: (-_in_two_departments(stage, alike[p]), p))[:1]:
        mates = [other for other in alike[person] if stage.department[other] == stage.department[person]]
        for turn, other in enumerate(mates):
            days = stage.days_of(person, other)
            stage.talk(person, other, days[turn % 3 :: 3], rng)
        stage.taken.add(person)
        note = "look-alike: much contact and many ties, in few departments"
        stage.parts.plant_lens("broad_base", person, "none", note)


def plant_access(stage: Stage, rng: np.random.Generator) -> None:
    """access: one-to-ones with the manager that came close together and then not for months; threads nobody answered.

    The look-alikes: somebody who had none for eight weeks because they were away, and one whose thread is a day or two old.
    """
    parts, days = stage.parts, stage.days
    for person in stage.pool(rng):
        lead = int(stage.chart.manager[person])
        close = stage.days_of(person, lead, first=days.week(-25), last=days.week(-18))[::3]
        if len(close) < 6 or not _calls_off(stage, person, lead, days.week(-18), days.week(-2)):
            continue
        stage.hold([{"day": day, "people": [lead, person]} for day in close])
        stage.taken.add(person)
        note = "one-to-ones with the manager close together, then none for sixteen weeks"
        parts.plant_lens("access", person, "uneven", note, other=lead, since=days.week(-18))
        break
    moved = {change.person for change in parts.changes}
    for person, start, end in parts.leaves:  # being away, they have no other part that counts here
        if days.week(-HALF_YEAR) < start and start + 42 <= end < days.week(-2) and person not in moved:
            note = "look-alike: no one-to-one for eight weeks, all of them away"
            parts.plant_lens("access", person, "none", note, other=int(stage.chart.manager[person]), since=start)
            break
    for kind in ("stalled", "none"):
        for person in stage.pool(rng):
            other = next((o for o in _contacts(stage, person) if _may_wait(stage, person, o)), None)
            if other is None:
                continue
            later = stage.days_of(person, other, first=days.week(-2)) if kind == "none" else []
            when = [later[-2:]] if kind == "none" else _twice(stage.days_of(person, other, first=days.week(-12)))
            if any(len(pair) < 2 or (kind == "none" and pair[0] < days.count - 7) for pair in when):
                continue
            for number, pair in enumerate(when):
                talk = f"stalled {person} {number}"
                stage.write([{"day": day, "sender": person, "recipients": [other], "talk": talk} for day in pair])
            stage.taken.add(person)
            note = "asked another department twice in a thread, three times over, and nobody answered"
            note = note if kind == "stalled" else "look-alike: a thread to another department that is a day or two old"
            parts.plant_lens("access", person, kind, note, other=other, since=when[0][0])
            break


def _around(stage: Stage, person: int) -> list[int]:
    """Return the head of a member's department and whom else it manages beside the member's lead, as on the last day."""
    manager = stage.chart.manager.copy()
    for change in sorted(stage.parts.changes, key=lambda change: change.day):
        manager[change.person] = manager[change.person] if change.manager is None else change.manager
    lead = int(manager[person])
    head = int(manager[lead])
    leads = np.flatnonzero((manager == head) & (stage.parts.last_day >= stage.days.count)).tolist()
    return [head, *(other for other in leads if other != lead)]


def _answered_by(stage: Stage) -> set[tuple[int, int]]:
    """Return who wrote to whom among few in the last half-year."""
    recent = stage.letters[stage.letters["day"] >= stage.days.week(-HALF_YEAR) - 7]
    few = recent[recent["recipients"].map(len) <= 5][["sender", "recipients"]].explode("recipients").drop_duplicates()
    return set(zip(few["sender"].astype(int), few["recipients"].astype(int), strict=True))


def _contacts(stage: Stage, person: int, *, weeks: int = 8) -> list[int]:
    """Return with whom somebody wrote both ways in the last weeks."""
    recent = stage.letters[stage.letters["day"] >= stage.days.week(-weeks)]
    to = recent.loc[recent["sender"] == person, "recipients"].explode().astype(int)
    back = recent.loc[[person in people for people in recent["recipients"]], "sender"].astype(int)
    return sorted(set(to) & set(back))


def _in_two_departments(stage: Stage, others: list[int]) -> float:
    """Return the share of people who belong to the two largest departments among them."""
    count = np.bincount(stage.department[others][stage.department[others] >= 0])
    return float(np.sort(count)[-2:].sum() / len(others))


def _one_each(stage: Stage, person: int, departments: set[int], rng: np.random.Generator) -> list[int]:
    """Choose one member of each department whom somebody may come to know, no two of them from teams that pair up."""
    chosen: dict[int, int] = {}
    for other in stage.pool(rng):
        department = int(stage.department[other])
        if department in departments and department not in chosen and stage.may_meet(person, other):
            chosen[department] = other
    return list(chosen.values())


def _calls_off(stage: Stage, person: int, lead: int, first: int, until: int) -> bool:
    """Take the one-to-ones of two people out of some weeks; tell whether there were any."""
    rounds = stage.rounds
    both = rounds["people"].map(lambda people: len(people) == 2 and {*people} == {person, lead})
    off = both & (rounds["day"] >= first) & (rounds["day"] < until)
    if off.sum() < 4 or not (both & (rounds["day"] >= until)).any():
        return False
    stage.rounds = rounds[~off].reset_index(drop=True)
    return True


def _may_wait(stage: Stage, person: int, other: int) -> bool:
    """Tell whether two people of different departments have no planted tie, and the other stays."""
    planted = any({person, other} == {one, two} for one, two, _, _ in stage.parts.rows)
    stays = stage.parts.last_day[other] >= stage.days.count and stage.chart.level[other] == 4
    return not planted and bool(stays) and stage.department[person] != stage.department[other]


def _twice(days: list[int]) -> list[list[int]]:
    """Return three pairs of days apart from each other, the last of them three weeks before the end."""
    return (
        [days[place : place + 2] for place in range(0, 12 * STALLED, 12)][:STALLED]
        if len(days) > 12 * STALLED
        else [[]]
    )
