"""The stage lenses play on: everything that was written and held, to which plants add, each with a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast
from peerlens.sample.days import Days
from peerlens.sample.people import SUPPORT, Chart
from peerlens.sample.ties import Web

HALF_YEAR = 26
"""weeks that lenses look back"""


@dataclass
class Stage:
    """What plants for lenses read and change.

    `letters` has `day`, `second`, `sender`, `recipients`, `channel`, `talk` (of one talk: one thread; missing for none),
    `is_answer`, `is_ask`, `is_thanks`; `rounds` has `day`, `minute`, `minutes`, `people` (the first called the meeting),
    `series` (-1: none); `ratings` are rows of survey.csv as numbers; `teams` says which lead and members play which part of a
    team. `parts.plant_lens` fills the answer key.
    """

    letters: pd.DataFrame
    rounds: pd.DataFrame
    chart: Chart
    web: Web
    parts: Cast
    department: np.ndarray
    days: Days
    work: np.ndarray
    ratings: list[tuple[int, int, str, float]] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    teams: dict[str, tuple[int, list[int]]] = field(default_factory=dict)

    def write(self, rows: list[dict[str, object]]) -> None:
        """Add letters; what a row leaves out is ordinary."""
        usual = {
            "second": 36_000,
            "channel": "mail",
            "talk": None,
            "is_answer": False,
            "is_ask": False,
            "is_thanks": False,
        }
        self.letters = pd.concat([self.letters, pd.DataFrame([usual | row for row in rows])], ignore_index=True)

    def hold(self, rows: list[dict[str, object]]) -> None:
        """Add meetings; what a row leaves out is ordinary."""
        usual = {"minute": 600, "minutes": 30, "series": -1}
        self.rounds = pd.concat([self.rounds, pd.DataFrame([usual | row for row in rows])], ignore_index=True)

    def free(self, level: int, rng: np.random.Generator) -> list[int]:
        """Return people of a level without a part in neglect or another lens, there all year, shuffled."""
        return rng.permutation(self.untaken(level)).tolist()

    def untaken(self, level: int) -> list[int]:
        """Return the same people in order."""
        parts = self.parts
        there = (parts.first_day == 0) & (parts.last_day >= self.days.count) & (self.chart.level == level)
        moved = [change.person for change in parts.changes]
        return [int(p) for p in np.flatnonzero(there & ~parts.taken) if p not in self.taken and p not in moved]

    def pool(self, rng: np.random.Generator, *, level: int = 4) -> list[int]:
        """Return people of a level without a part in a lens, there all year, shuffled; neglect may have given them one.

        None of Support, to which everybody comes anyway, and nobody who is away for long.
        """
        parts = self.parts
        kept_out = {change.person for change in parts.changes} | {person for person, _, _ in parts.leaves} | self.taken
        there = (parts.first_day == 0) & (parts.last_day >= self.days.count) & (self.chart.level == level)
        there &= self.chart.department != SUPPORT
        return rng.permutation([int(p) for p in np.flatnonzero(there) if p not in kept_out]).tolist()

    def may_meet(self, one: int, two: int) -> bool:
        """Tell whether two people may come to know each other without touching what was planted about neglect."""
        for person, other in ((one, two), (two, one)):
            theirs = {int(self.department[end]) for who, end, _, _ in self.parts.rows if who == person and end >= 0}
            if int(self.department[other]) in theirs:
                return False
        return self.department[one] != self.department[two]

    def stranger(self, person: int, used: set[int], rng: np.random.Generator) -> int | None:
        """Return a member of another department without a part."""
        return next((other for other in self.pool(rng) if other not in used and self.may_meet(person, other)), None)

    def talk(self, one: int, two: int, days: list[int], rng: np.random.Generator) -> None:
        """Let two people write to each other on some days, taking turns to begin, and always answered."""
        rows: list[dict[str, object]] = []
        for turn, day in enumerate(days):
            starter, other = (one, two) if turn % 2 == 0 else (two, one)
            second = int(rng.integers(7 * 3600, 13 * 3600))
            words = {"day": day, "talk": f"with {one} {two} {day}"}
            later = second + int(rng.integers(300, 7200))
            rows.append(words | {"second": second, "sender": starter, "recipients": [other]})
            rows.append(words | {"second": later, "sender": other, "recipients": [starter], "is_answer": True})
        if rows:
            self.write(rows)

    def days_of(self, *people: int, first: int = 0, last: int | None = None) -> list[int]:
        """Return days on which all of these people are at work."""
        together = np.flatnonzero(self.work[list(people)].all(axis=0))
        return [int(day) for day in together if first <= day <= (self.days.count if last is None else last)]


def set_stage(
    letters: pd.DataFrame,
    rounds: pd.DataFrame,
    *,
    chart: Chart,
    web: Web,
    parts: Cast,
    department: np.ndarray,
    days: Days,
    work: np.ndarray,
) -> Stage:
    """Return the stage before any plant."""
    letters = letters.reset_index(drop=True).assign(is_ask=False, is_thanks=False)
    letters["is_answer"] = letters["is_answer"].fillna(False).astype(bool)
    letters["talk"] = letters["talk"].astype("object").where(letters["talk"].notna(), None)
    return Stage(letters, rounds.reset_index(drop=True), chart, web, parts, department, days, work)


def mark_asks(stage: Stage, rng: np.random.Generator) -> None:
    """Make one in four first messages of a talk an ask, and one in ten answers a thank-you."""
    letters = stage.letters
    drawn = rng.random(len(letters))
    opens = letters["talk"].notna() & ~letters["is_answer"]
    letters["is_ask"] = opens & (drawn < 0.25)
    letters["is_thanks"] = letters["is_answer"] & (drawn < 0.1)
