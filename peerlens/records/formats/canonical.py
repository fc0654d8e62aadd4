"""The canonical tables themselves: ``people.csv``, ``messages.parquet`` and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from peerlens.records.sources import Source, file_source
from peerlens.schema import TABLES, Table

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
LOGS = ("messages", "meetings")
"""tables that may come in several files"""
PART = re.compile(rf"({'|'.join(LOGS)})[-_.](?=.*\d).+")
"""one file of several, told by a number: a week, a month, a part"""


@dataclass(frozen=True)
class Canonical:
    """A CSV or Parquet file named for the table it holds."""

    name: str = "canonical"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file is named for a table."""
        return path.suffix.lower() in SUFFIXES and table_named(path.stem) is not None

    def read(self, path: Path, *, table: str | None = None) -> Iterator[Source]:
        """Yield the one table in the file."""
        found = TABLES[table] if table is not None else table_named(path.stem)
        if found is not None:
            yield file_source(found, path)


def table_named(stem: str) -> Table | None:
    """Return the table a file is named for, if any; of messages and meetings there may be a file a week.

    Examples
    --------
    >>> table_named("Surveys").name
    'survey'
    >>> table_named("messages-2026-W39").name
    'messages'
    >>> table_named("people-2025") is None
    True
    """
    word = stem.strip().lower()
    part = PART.fullmatch(word)
    word = part.group(1) if part else word
    return next((table for table in TABLES.values() if word == table.name or word in table.aliases), None)
