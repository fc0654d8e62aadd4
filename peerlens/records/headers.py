"""Which column of a file is which column of a canonical table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from peerlens.errors import Problem, did_you_mean
from peerlens.schema import ALIASES, TABLES, Table


@dataclass(frozen=True)
class Header:
    """Where the columns of a table stand in a file.

    Parameters
    ----------
    positions
        Canonical column name and its position in the file.
    not_read
        Columns of the file that mean nothing to this table.
    problems
        What is missing, or there twice.
    """

    positions: dict[str, int]
    not_read: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=2048)
def fold(name: str) -> str:
    """Reduce a column name to its letters and digits, for comparison.

    Examples
    --------
    >>> fold(" Sent-At "), fold("sent.at"), fold("SentAt")
    ('sentat', 'sentat', 'sentat')
    """
    return re.sub(r"[\W_]+", "", name.casefold())


@cache
def known_names() -> frozenset[str]:
    """Return all column names and aliases of all tables, folded."""
    aliases = (fold(alias) for table in ALIASES.values() for names in table.values() for alias in names)
    return frozenset(aliases) | {fold(column) for table in TABLES.values() for column in table.names}


def match(table: Table, header: Sequence[str], *, name: str) -> Header:
    """Find the columns of a table in a header; say what is missing.

    Parameters
    ----------
    table
        The canonical table.
    header
        Column names as written in the file.
    name
        Name of the file, for the problems.
    """
    folded = [fold(cell) for cell in header]
    positions: dict[str, int] = {}
    problems: list[Problem] = []
    taken: set[int] = set()
    # Columns written under their own name come first, so that an alias never takes their place.
    for names_of in (_own_name, _aliases):
        for column in table.names:
            if column in positions:
                continue
            for candidate in names_of(table, column):
                places = [at for at, cell in enumerate(folded) if cell == candidate and at not in taken]
                if places:
                    positions[column] = places[0]
                    taken.add(places[0])
                    if len(places) > 1:
                        problems.append(_twice(name, header[places[0]], places))
                        taken.update(places)
                    break
    for single, several in table.either:
        if single in positions and several in positions:
            taken.discard(positions.pop(single))
    left_over = tuple(cell or f"(column {at + 1})" for at, cell in enumerate(header) if at not in taken)
    problems += _missing(table, positions, left_over, name)
    return Header(positions, left_over, tuple(problems))


def fits(header: Sequence[str]) -> list[str]:
    """Return the names of the tables that a header could belong to, the fullest fit first."""
    found = [(table, match(table, header, name="")) for table in TABLES.values()]
    # One column alone would make every list of people fit half the tables.
    whole = [(table.name, len(fit.positions)) for table, fit in found if not fit.problems and len(fit.positions) > 1]
    return [name for name, _ in sorted(whole, key=lambda pair: -pair[1])]


def _own_name(table: Table, column: str) -> tuple[str, ...]:
    return (fold(column),)


def _aliases(table: Table, column: str) -> tuple[str, ...]:
    return tuple(fold(alias) for alias in ALIASES.get(table.name, {}).get(column, ()))


def _twice(name: str, cell: str, places: list[int]) -> Problem:
    return Problem(
        name,
        1,
        cell,
        f"this column in places {' and '.join(str(at + 1) for at in places)}",
        "each column once",
        "Remove or rename one of them.",
    )


def _missing(table: Table, positions: dict[str, int], left_over: tuple[str, ...], name: str) -> list[Problem]:
    needed = [(column, column) for column in table.required]
    needed += [(single, f"{single} or {several}") for single, several in table.either]
    alternatives = dict(table.either)
    problems = []
    for column, label in needed:
        if column in positions or alternatives.get(column) in positions:
            continue
        fix = f"{did_you_mean(column, left_over)} Rename that column to {column}, or add it."
        if not left_over:
            fix = f"Add a column {column}."
        elif fix.startswith("Known"):
            fix = f"Columns found: {', '.join(left_over[:8])}. Rename one to {column}, or add it."
        problems.append(Problem(name, 1, label, "no such column", f"a column with {_meaning(table, column)}", fix))
    return problems


def _meaning(table: Table, column: str) -> str:
    return next(item.meaning for item in table.columns if item.name == column)
