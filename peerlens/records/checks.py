"""Problems with the input, collected over all tables before anything is raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from peerlens.errors import InputError, Problem

LISTED = 20
"""problems listed of one kind; the rest are counted"""

Result = TypeVar("Result")


class Problems:
    """What is wrong with the input so far; raised once, all together.

    Examples
    --------
    >>> problems = Problems()
    >>> problems.add(Problem("people.csv", 3, "joined_on", "'soon'", "a day", "Correct the cell."))
    >>> problems.raise_any()
    Traceback (most recent call last):
    ...
    peerlens.errors.InputError: 1 problem with the input:
      - people.csv, line 3, column joined_on: found 'soon'; expected a day. Correct the cell.
    """

    def __init__(self) -> None:
        self._listed: list[Problem] = []
        self._more: dict[tuple[str, str | None, str], int] = {}
        self._counts: dict[tuple[str, str | None, str], int] = {}

    def __len__(self) -> int:
        return len(self._listed)

    def add(self, problem: Problem, *, more: int = 0) -> None:
        """Note a problem, and how many like it are known but not given."""
        kind = (problem.table, problem.column, problem.expected)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] > LISTED:
            more += 1
        else:
            self._listed.append(problem)
        self._more[kind] = self._more.get(kind, 0) + more

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several problems."""
        for problem in problems:
            self.add(problem)

    def attempt(self, action: Callable[[], Result]) -> Result | None:
        """Return what ``action`` returns, or note the problems it raises and return None."""
        try:
            return action()
        except InputError as error:
            self.extend(error.problems)
            return None

    def raise_any(self) -> None:
        """Raise everything noted, if anything was.

        Raises
        ------
        InputError
            Something is wrong; lists at most 20 problems of a kind and counts the rest.
        """
        if not self._listed:
            return
        shown: list[Problem] = []
        last = {(item.table, item.column, item.expected): at for at, item in enumerate(self._listed)}
        for at, problem in enumerate(self._listed):
            shown.append(problem)
            kind = (problem.table, problem.column, problem.expected)
            if last[kind] == at and self._more[kind]:
                shown.append(replace(problem, row=None, found=f"{self._more[kind]:,} more like these"))
        raise InputError(shown)


def shown(value: object) -> str:
    """Write a cell for a message: quoted, and cut when long."""
    text = str(value)
    return repr(text if len(text) <= 60 else text[:59] + "…")
