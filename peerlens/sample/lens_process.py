"""Plants for lenses about process and purpose: a lost owner, a message that misses, people who have just begun."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from peerlens.sample.stage import Stage

BROADCAST, CLOSE = 20, 8
CREW = 3


def plant_lost_owner(stage: Stage, rng: np.random.Generator) -> None:
    """initiative: a weekly meeting across departments that goes on after its owner left, and nobody calls.

    Nothing else holds its people together: one cancellation away (room_to_rise). In the look-alike somebody took over, and
    its people write to each other too.
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
            continue
        for place, (one, two) in enumerate(combinations(crew, 2)):
            stage.talk(one, two, stage.days_of(one, two)[place::15], rng)
        note = "look-alike: the two meet in one series, and write to each other too"
        parts.plant_lens("room_to_rise", crew[0], "none", note, other=crew[1])


def plant_starters(stage: Stage, rng: np.random.Generator) -> None:
    """first_months: those who joined in the last weeks are learning; the look-alike has been there for years."""
    parts = stage.parts
    for person in np.flatnonzero((parts.first_day > 0) & (parts.last_day >= stage.days.count)):
        since = int(parts.first_day[person])
        parts.plant_lens("first_months", int(person), "learning", "joined in the course of the year", since=since)
    for person in stage.pool(rng)[:2]:
        parts.plant_lens("first_months", person, "none", "look-alike: there since before the log began")


def plant_message_that_misses(stage: Stage, rng: np.random.Generator) -> None:
    """shared_narrative: the chief's meeting for all does not invite two departments.

    The look-alikes are heads whose own meetings reach everybody of their department again and again.
    """
    chart, rounds = stage.chart, stage.rounds
    size = rounds["people"].map(len)
    called = rounds["people"].map(lambda people: people[0] == 0)
    for_all = rounds["series"].isin(rounds.loc[called & (size > max(BROADCAST, chart.size // 2)), "series"])
    if not for_all.any():
        return
    # The chief sits in other large rounds, with people of every department; the second of each calls them.
    beyond = rounds["people"].map(lambda people: bool((chart.level[people] > 2).any()))
    wide = called & ~for_all & (size > CLOSE) & beyond
    stage.rounds.loc[wide, "people"] = rounds.loc[wide, "people"].map(lambda people: [people[1], 0, *people[2:]])
    missed = np.sort(rng.permutation(len(chart.departments))[:2]).tolist()
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


def _crew(stage: Stage, owner: int, rng: np.random.Generator) -> list[int]:
    """Return three members of different departments without a part, who know none of each other."""
    known, free = _known(stage), [p for p in stage.pool(rng) if stage.may_meet(p, owner)]

    def strange(person: int, crew: list[int]) -> bool:
        return all(frozenset((person, other)) not in known and stage.may_meet(person, other) for other in crew)

    for start in range(len(free)):
        crew: list[int] = []
        for person in [*free[start:], *free[:start]]:
            if strange(person, crew):
                crew.append(person)
            if len(crew) == CREW:
                return crew
    return []


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
