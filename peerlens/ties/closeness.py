"""How near two people are in the chart, and how long both have been there: what makes contact likely before any is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from peerlens.blocks import over_blocks, parts
from peerlens.records.cells import places_of

MOST_LEVELS = 20
"""steps up the reporting lines that are followed; a circle of managers ends here too"""
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Closeness:
    """What the organisation chart and time say of many pairs.

    Parameters
    ----------
    a, b
        Person numbers of each pair.
    steps
        Steps up and down the reporting lines from one to the other, per pair; -1 where no such way is known.
    distance
        ``log(1 + steps)`` by number of steps; the last is for no known way: the mean of the pairs that have one.
    known_ways
        Number of pairs with a known way.
    there_days
        Days each person has been there, the median of the others for whom that is not known; None where it is of nobody.
    """

    a: np.ndarray
    b: np.ndarray
    steps: np.ndarray
    distance: np.ndarray
    known_ways: int
    there_days: np.ndarray | None

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray, persons: pd.DataFrame) -> Closeness:
        """Describe pairs of people.

        Parameters
        ----------
        a, b
            Person numbers of each pair.
        persons
            One row per person in order of ``person_no``: ``person_id, manager_id, there_days``.
        """
        lines = Lines(places_of(persons["manager_id"], persons["person_id"]))
        steps = np.empty(len(a), dtype="int8")

        def walk(part: slice) -> np.ndarray:
            steps[part] = lines.steps(a[part], b[part])
            return np.bincount(steps[part] + 1, minlength=2 * MOST_LEVELS + 2)

        count = sum(over_blocks(walk, parts(len(a), _ROWS_AT_ONCE)), np.zeros(2 * MOST_LEVELS + 2, dtype="int64"))
        distance = np.log1p(np.arange(2 * MOST_LEVELS + 1))
        known = int(count[1:].sum())
        mean = (distance * count[1:]).sum() / max(known, 1)
        days = persons["there_days"].to_numpy(float)
        is_known = ~np.isnan(days)
        there_days = np.where(is_known, days, np.median(days[is_known])) if is_known.any() else None
        return cls(a, b, steps, np.append(distance, mean), known, there_days)

    def columns(self, part: slice) -> list[np.ndarray]:
        """Return a column for each thing known of some of the pairs, none where nothing is.

        They are ``log(1 + steps)``; whether no way is known, unless one is for all; ``log(1 + days)``, days being those both have
        been there.
        """
        found = []
        if self.known_ways:
            found.append(self.distance.take(self.steps[part], mode="wrap"))
            if self.known_ways < len(self.steps):
                found.append((self.steps[part] < 0).astype(float))
        if self.there_days is not None:
            both = np.minimum(self.there_days.take(self.a[part]), self.there_days.take(self.b[part]))
            found.append(np.log1p(np.maximum(both, 0.0)))
        return found


class Lines:
    """Everybody's reporting line, from its top down.

    Parameters
    ----------
    manager
        Number of each person's manager; -1 for none.

    Examples
    --------
    1 and 2 report to 0, and 3 to 1; nobody knows about 4.

    >>> lines = Lines(np.array([-1, 0, 0, 1, -1]))
    >>> lines.steps(np.array([1, 1, 3, 3]), np.array([2, 3, 2, 4])).tolist()
    [2, 1, 3, -1]
    """

    def __init__(self, manager: np.ndarray) -> None:
        lines = [np.arange(len(manager))]
        while len(lines) <= MOST_LEVELS and (lines[-1] >= 0).any():
            lines.append(np.where(lines[-1] >= 0, manager[np.maximum(lines[-1], 0)], -1))
        self._depth = (sum((line >= 0).astype("int8") for line in lines) - 1).astype("int8")
        whole = np.column_stack(lines).astype("int32")
        # Below the end of a line stands a number nobody else has: two people share a manager for as long as lines agree.
        nobody = -1 - np.arange(len(manager), dtype="int32")
        self._at_level = []
        for level in range(int(self._depth.max(initial=0)) + 1):
            from_top = np.take_along_axis(whole, np.maximum(self._depth - level, 0)[:, None].astype("int64"), axis=1)[
                :, 0
            ]
            self._at_level.append(np.where(self._depth >= level, from_top, nobody))

    def steps(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Count the steps from one up to the nearest manager of both and down to the other; -1 where there is none."""
        shared, agrees = np.zeros(len(a), dtype="int8"), np.ones(len(a), dtype=bool)
        for person in self._at_level:
            agrees &= person.take(a) == person.take(b)
            shared += agrees
        depth_a, depth_b = self._depth.take(a), self._depth.take(b)
        # Somebody's own line agrees with itself beyond its end.
        shared = np.minimum(shared, depth_a + np.int8(1))
        return np.where(shared > 0, depth_a + depth_b - 2 * (shared - 1), -1)
