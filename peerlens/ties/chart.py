"""The organisation chart as arrays: who two people are to each other, for any number of pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.records.cells import places_of

if TYPE_CHECKING:
    import pyarrow as pa

    from peerlens.settings import TieSettings
    from peerlens.ties.grouped import Arrays

DIRECTIONS = ("up", "down", "external", "unplaced", "sideways")
UP, DOWN, EXTERNAL, UNPLACED, SIDEWAYS = range(5)
NOBODY = -1
"""no manager, no department"""


@dataclass(frozen=True, eq=False)
class Chart:
    """What decides how two people stand to each other, by ``person_no``.

    Parameters
    ----------
    rank
        0 is most senior; NaN where unknown.
    department
        Number of the department; ``NOBODY`` where unknown.
    manager
        Number of the manager, if the chart has one.
    has_reports, in_people, may_be_peer, is_external, is_open
        As in :attr:`peerlens.ties.Ties.persons`.
    is_named
        Whether the person is on a list of peers that a user gave.
    rank_from
        See :class:`peerlens.ties.place.Places`.
    has_list
        Whether a user gave a list of peers.
    depth_slack
        How far apart peers may stand where only depth is known.
    """

    rank: np.ndarray
    department: np.ndarray
    manager: np.ndarray
    has_reports: np.ndarray
    in_people: np.ndarray
    may_be_peer: np.ndarray
    is_external: np.ndarray
    is_open: np.ndarray
    is_named: np.ndarray
    rank_from: str
    has_list: bool
    depth_slack: int

    @classmethod
    def of(cls, persons: pd.DataFrame, settings: TieSettings, *, rank_from: str) -> Chart:
        """Take the chart of everybody, in order of ``person_no``."""
        truths = {
            name: persons[column].to_numpy(bool)
            for name, column in (
                ("has_reports", "has_reports"),
                ("in_people", "is_in_people"),
                ("may_be_peer", "may_be_peer"),
                ("is_external", "is_external"),
                ("is_open", "is_open"),
            )
        }
        return cls(
            rank=persons["rank"].to_numpy(float),
            department=pd.factorize(persons["department"], sort=True)[0].astype("int32"),
            manager=places_of(persons["manager_id"], persons["person_id"]).astype("int32"),
            **truths,
            is_named=persons["person_id"].isin(settings.peers).to_numpy(bool),
            rank_from=rank_from,
            has_list=bool(settings.peers),
            depth_slack=settings.peer_depth_slack,
        )

    def places(self, a: np.ndarray, b: np.ndarray) -> Arrays:
        """Say of pairs who the two are to each other.

        Parameters
        ----------
        a, b
            ``person_no`` of the two.

        Returns
        -------
        dict of str to numpy.ndarray
            ``direction_a`` (B as A sees it, a number of ``DIRECTIONS``) and ``direction_b``, ``is_peer_a, is_peer_b`` (whether B
            is a peer to A, A to B), ``is_open_a, is_open_b, in_people_a, in_people_b, department_a, department_b``, and
            ``is_cross_department, same_team``.

        Notes
        -----
        Direction, first match: B in A's chain of managers is ``up``, the reverse ``down``; without organisation data ``external``
        (address outside the people's domains) or ``unplaced``; equal rank ``sideways``; more senior ``up``, else ``down``.
        """
        above, below = self._is_above(b, a), self._is_above(a, b)
        own, other = self.rank[a], self.rank[b]
        department_a, department_b = self.department[a], self.department[b]
        both = self.in_people[a] & self.in_people[b] & self.may_be_peer[a] & self.may_be_peer[b] & ~(above | below)
        manager = self.manager[a]
        if self.rank_from == "nothing":
            is_peer_a = is_peer_b = both
        elif self.rank_from == "depth":
            near = np.abs(own - other) <= self.depth_slack
            is_peer_a = is_peer_b = both & near & (self.has_reports[a] == self.has_reports[b])
        else:
            is_peer_a = is_peer_b = both & (own == other)
        if self.has_list:
            is_peer_a, is_peer_b = both & self.is_named[b], both & self.is_named[a]
        return {
            "direction_a": self._direction(above, below, own, other, self.is_external[b]),
            "direction_b": self._direction(below, above, other, own, self.is_external[a]),
            "is_peer_a": is_peer_a,
            "is_peer_b": is_peer_b,
            "is_open_a": self.is_open[a],
            "is_open_b": self.is_open[b],
            "in_people_a": self.in_people[a],
            "in_people_b": self.in_people[b],
            "department_a": department_a,
            "department_b": department_b,
            "is_cross_department": (department_a != department_b) & (department_a != NOBODY) & (department_b != NOBODY),
            "same_team": (manager == self.manager[b]) & (manager != NOBODY),
        }

    @cached_property
    def _manages(self) -> np.ndarray:
        """Whether each person is anybody's manager."""
        return np.bincount(self.manager[self.manager >= 0], minlength=len(self.manager)) > 0

    def _is_above(self, senior: np.ndarray, junior: np.ndarray) -> np.ndarray:
        """Tell whether one of two people is in the other's chain of managers."""
        found = np.zeros(len(senior), dtype=bool)
        # Most people manage nobody, and are in nobody's chain.
        rows = np.flatnonzero(self._manages.take(senior))
        at = self.manager.take(junior.take(rows))
        for _ in range(len(self.manager)):
            onward = np.flatnonzero(at >= 0)
            if not len(onward):
                break
            if len(onward) < len(at):
                rows, at = rows.take(onward), at.take(onward)
            found[rows.take(np.flatnonzero(at == senior.take(rows)))] = True
            at = self.manager.take(at)
        return found

    @staticmethod
    def _direction(
        above: np.ndarray, below: np.ndarray, own: np.ndarray, other: np.ndarray, is_external: np.ndarray
    ) -> np.ndarray:
        found = np.where(other < own, UP, DOWN).astype("int8")
        found[own == other] = SIDEWAYS
        found[np.isnan(own) | np.isnan(other)] = UNPLACED
        found[is_external] = EXTERNAL
        found[below] = DOWN
        found[above] = UP
        return found


def in_words(directions: np.ndarray) -> pa.Array:
    """Return directions as text."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(directions, pa.int8()), pa.array(DIRECTIONS)).cast(pa.string())
