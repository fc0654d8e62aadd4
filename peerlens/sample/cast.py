"""The cast of the made-up firm: who plays which part in the answer key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from peerlens.sample.days import Days
from peerlens.sample.people import SUPPORT, Change, Chart
from peerlens.sample.ties import Web


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
    """Who plays which part: filled while parts are given out, then only read.

    `ties` are those of peers across departments. `room` says, per block, how many of its people may still be lost to
    a fading tie, a leaver or a mover without leaving somebody with a single tie into the other team.
    """

    ties: pd.DataFrame
    taken: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    protected: np.ndarray
    blind: np.ndarray
    room: list[int]
    changes: list[Change] = field(default_factory=list)
    leaves: list[tuple[int, int, int]] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    rows: list[tuple[int, int, str, str]] = field(default_factory=list)
    moved: tuple[int, int, int] = (-1, -1, 0)  # team, department it moves to, day
    promoted: tuple[int, int] = (-1, -1)  # heir and lead
    promoted_on: int = 0
    handed_over: list[tuple[int, int, int]] = field(default_factory=list)
    restless: set[int] = field(default_factory=set)  # departments whose contact changes as a whole
    lens_rows: list[tuple[str, int, int, str, int, str]] = field(default_factory=list)

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

    def plant_lens(self, lens: str, person: int, kind: str, note: str, *, other: int = -1, since: int = 0) -> None:
        """Add what a lens should say of a person; kind `none` is a look-alike, `other` -1 where no tie is meant."""
        self.lens_rows.append((lens, int(person), int(other), kind, int(since), note))

    def unplayed(self, ties: pd.DataFrame, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
        """Yield label and ends of ties in random order, as long as neither end plays a part by then."""
        ends = ties[["a", "b"]].to_numpy()
        for place in rng.permutation(len(ties)):
            a, b = ends[place]
            if not self.taken[a] and not self.taken[b]:
                yield int(ties.index[place]), int(a), int(b)

    def free_members(self, chart: Chart, rng: np.random.Generator) -> list[int]:
        """Return members without a part, shuffled."""
        return shuffled(np.flatnonzero((chart.level == 4) & ~self.taken), rng)


def empty_cast(chart: Chart, web: Web, days: Days) -> Cast:
    """Return a cast without parts; the chief, the heads and the agents of Support never get one."""
    people = chart.size
    taken = (chart.level < 3) | ((chart.department == SUPPORT) & (chart.level == 4))
    return Cast(
        ties=web.ties.copy(),
        taken=taken,
        first_day=np.zeros(people, int),
        last_day=np.full(people, days.count),
        protected=np.zeros(people, bool),
        blind=np.zeros(people, bool),
        room=[min(len(chart.members[a]), len(chart.members[b])) - 2 for a, b in web.blocks],
    )


def shuffled(items: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Return numbers in random order."""
    return rng.permutation(np.asarray(items, int)).tolist()
