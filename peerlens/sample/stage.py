"""The stage lenses play on: everything that was written and held, to which plants add, each with a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast
from peerlens.sample.days import Days
from peerlens.sample.people import Chart
from peerlens.sample.ties import Web


@dataclass
class Stage:
    """What plants for lenses read and change.

    `letters` has `day`, `second`, `sender`, `recipients`, `channel`, `talk` (of one talk: one thread; missing for none),
    `is_answer`, `is_ask`, `is_thanks`; `rounds` has `day`, `minute`, `minutes`, `people` (the first called the meeting),
    `series` (-1: none); `ratings` are rows of survey.csv as numbers. `parts.plant_lens` fills the answer key.
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
