"""One tree of errors. Each says what was found, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class PeerlensError(Exception):
    """Base of everything peerlens raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    Parameters
    ----------
    table
        Table or file the problem is in.
    row
        Line of the file (the header is line 1), or None when the whole table is meant.
    column
        Column name, or None when the whole row or table is meant.
    found
        What stood there.
    expected
        What should have stood there.
    fix
        What the user can do about it.
    """

    table: str
    row: int | None
    column: str | None
    found: str
    expected: str
    fix: str

    def __str__(self) -> str:
        place = self.table
        if self.row is not None:
            place += f", line {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: found {self.found}; expected {self.expected}. {self.fix}"


class InputError(PeerlensError):
    """The input cannot be used; lists every problem at once.

    Parameters
    ----------
    problems
        All problems found, in the order of files and lines.

    Examples
    --------
    >>> problem = Problem("people.csv", 3, "level", "'x'", "a number", "Correct the cell.")
    >>> print(InputError([problem]))
    1 problem with the input:
      - people.csv, line 3, column level: found 'x'; expected a number. Correct the cell.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} with the input:"
        super().__init__("\n  - ".join([head, *map(str, self.problems)]))


class NotEnoughData(PeerlensError):
    """What was asked for cannot be known from what was read; names the missing file or column."""


class SettingsError(PeerlensError, ValueError):
    """A setting is unknown or out of range."""


class UnknownPerson(PeerlensError, KeyError):
    """Nobody with this id was read; suggests the nearest ids.

    Parameters
    ----------
    person_id
        The id asked for.
    known
        Ids (and names) to look for near ones in.
    """

    def __init__(self, person_id: str, known: Sequence[str]) -> None:
        self.person_id = person_id
        super().__init__(
            f"No person {person_id!r} among the {len(known)} people read. " + did_you_mean(person_id, known)
        )

    def __str__(self) -> str:
        return str(self.args[0])


def did_you_mean(word: str, known: Iterable[str], *, count: int = 3) -> str:
    """Write a sentence that names the nearest known words.

    Examples
    --------
    >>> did_you_mean("sent_att", ["sent_at", "sender_id"])
    'Did you mean sent_at?'
    >>> did_you_mean("zzz", ["sent_at"])
    'Known: sent_at.'
    """
    names = list(known)
    folded = {name.casefold(): name for name in reversed(names)}
    near = [folded[m] for m in get_close_matches(word.casefold(), list(folded), count, 0.5)]
    if near:
        return f"Did you mean {', '.join(near)}?"
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"Known: {shown}." if names else "Nothing is known here."
