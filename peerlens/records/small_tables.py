"""The small tables: people, absences, survey and the lists; read as text, typed and checked in pandas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from peerlens.errors import Problem, did_you_mean
from peerlens.records import people
from peerlens.records.cells import typed
from peerlens.records.checks import Problems, shown
from peerlens.records.sources import LARGE, Source, small
from peerlens.schema import ACCOUNT_KINDS, TABLES, VERDICT_VALUES

if TYPE_CHECKING:
    import pandas as pd

RANGES = {
    "absences": ("from_on", "to_on"),
    "released": ("from_on", "until_on"),
}
WORDS = {"verdicts": ("verdict", VERDICT_VALUES), "accounts": ("kind", ACCOUNT_KINDS)}


@dataclass(frozen=True)
class SmallTables:
    """All tables but messages and meetings, typed and checked, before anyone is left out.

    Parameters
    ----------
    frames
        By table name, canonical columns; tables without a file are not in it.
    sources
        Where they come from, by table name.
    empty_lines
        Lines without any cell, by table name.
    notes
        For the account.
    names
        Ids or addresses, and names that exports show beside them.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    empty_lines: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, sources: list[Source], problems: Problems) -> SmallTables:
        """Read and check the small tables among the sources."""
        frames: dict[str, pd.DataFrame] = {}
        done: dict[str, Source] = {}
        empty_lines: dict[str, int] = {}
        notes: list[str] = []
        for source in sources:
            name = source.table.name
            if name in LARGE:
                continue
            found = problems.attempt(lambda source=source: small(source))
            if found is None:
                continue
            rows, source = found
            is_empty = rows[list(source.table.names)].isna().all(axis=1)
            rows = rows[~is_empty].reset_index(drop=True)
            frame = typed(source.table, rows, problems, name=source.name)
            if name == "people":
                has_history = bool({"valid_from_on", "valid_to_on"} & set(source.header.positions))
                frame, said = people.checked(frame, problems, name=source.name, has_history=has_history)
                notes += said
            if name in WORDS:
                frame = _check_words(frame, WORDS[name], problems, name=source.name)
            if name in RANGES:
                _check_ranges(frame, RANGES[name], problems, name=source.name)
            frames[name], done[name], empty_lines[name] = frame, source, int(is_empty.sum())
        return cls(frames, done, empty_lines, tuple(notes))

    def frame(self, name: str) -> pd.DataFrame:
        """Return a table; without rows where there was no file."""
        if name in self.frames:
            return self.frames[name].drop(columns="line")
        return empty(name)


def empty(name: str) -> pd.DataFrame:
    """Return a table without rows, its columns in their types."""
    import pandas as pd

    types = {"day": "datetime64[s]", "number": "float64"}
    return pd.DataFrame(
        {column.name: pd.Series(dtype=types.get(column.type, "str")) for column in TABLES[name].columns}
    )


def _check_words(
    frame: pd.DataFrame, wanted: tuple[str, tuple[str, ...]], problems: Problems, *, name: str
) -> pd.DataFrame:
    """Note words that mean nothing here; return the table with the others in their own spelling."""
    column, words = wanted
    plain = frame[column].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    for at in frame.index[frame[column].notna() & ~plain.isin(words)]:
        problems.add(
            Problem(
                name,
                int(frame["line"][at]),
                column,
                shown(frame[column][at]),
                f"one of {', '.join(words)}",
                did_you_mean(str(plain[at]), words),
            )
        )
    return frame.assign(**{column: plain})


def _check_ranges(frame: pd.DataFrame, ends: tuple[str, str], problems: Problems, *, name: str) -> None:
    first, last = ends
    for row in frame[frame[last] < frame[first]].itertuples():
        problems.add(people.backwards(name, row, first, last))
