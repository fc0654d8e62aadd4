"""Where a format puts what it finds: canonical CSV files in a private folder, and a count of every row.

Rows go to disk as they come, so that a mailbox of any size passes through little memory.
"""

from __future__ import annotations

import copy
import csv
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from peerlens.records.cells import clean_id, guarded
from peerlens.schema import TABLES

_PARTIES = {
    "messages": ("sender_id", "recipient_ids"),
    "meetings": ("organizer_id", "attendee_ids"),
}
_GUARDED_TYPES = ("id", "ids", "text")
NAMES_KEPT = 8
"""spellings of one person's name that are kept"""


@dataclass
class Tally:
    """What became of the rows of all files of one format.

    Parameters
    ----------
    format
        Name of the format.
    files
        Files read.
    rows
        Rows seen in them.
    drops, merges
        Rows left out, and rows that told of something already told, by reason.
    notes
        One phrase each.
    """

    format: str
    files: int = 0
    rows: int = 0
    drops: Counter[str] = field(default_factory=Counter)
    merges: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Rows that count: all that were neither dropped nor merged."""
        return self.rows - self.drops.total() - self.merges.total()

    def __str__(self) -> str:
        """Say it in one line.

        Examples
        --------
        >>> tally = Tally("Teams attendance report", 3, 41)
        >>> tally.drops["guest"] += 2
        >>> tally.merges["duplicate join"] += 1
        >>> str(tally)
        'recognised as Teams attendance report, 3 files; 41 rows, 38 kept, 2 guest, 1 duplicate join merged'
        """
        files = f"{self.files:,} file{'' if self.files == 1 else 's'}"
        parts = [f"{self.rows:,} row{'' if self.rows == 1 else 's'}", f"{self.kept:,} kept"]
        parts += [f"{number:,} {reason}" for reason, number in sorted(self.drops.items())]
        parts += [f"{number:,} {what} merged" for what, number in sorted(self.merges.items())]
        said = f"recognised as {self.format}, {files}; {', '.join(parts)}"
        return "; ".join([said, *self.notes])


class Sink:
    """Writer of canonical tables. A format calls it while it reads; it never sees the files.

    Parameters
    ----------
    folder
        Where the tables are written: ``messages.csv`` …, made with the first row.
    date_order
        ``dmy`` or ``mdy`` where the user said how dates are written; None leaves it to the file.
    mapping
        Canonical column and column of the export, where the user gave one.
    progress
        Called with the number of bytes read since the last call.
    """

    def __init__(
        self,
        folder: Path,
        *,
        date_order: str | None = None,
        mapping: Mapping[str, str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.folder = folder
        self.date_order = date_order
        self.mapping = dict(mapping or {})
        self.tallies: dict[str, Tally] = {}
        self.names: dict[str, Counter[str]] = {}
        self.seen: set[str] = set()
        self.owners: Counter[str] = Counter()
        self.columns: dict[str, set[str]] = {}
        self.written: Counter[str] = Counter()
        self._progress = progress
        self._files: dict[str, tuple[IO[str], Any]] = {}
        self._tally = Tally("")
        self._before: Tally | None = None
        self._orders: dict[str, set[str]] = {}

    def begin(self, name: str) -> None:
        """Start a file of the named format; what follows is counted under it."""
        self._before = copy.deepcopy(self.tallies.get(name))
        self._tally = self.tallies.setdefault(name, Tally(name))
        self._tally.files += 1

    def take_back(self) -> None:
        """Forget the file begun last, of which no row was written yet."""
        if self._before is None:
            self.tallies.pop(self._tally.format, None)
        else:
            self.tallies[self._tally.format] = self._before

    def saw_order(self, order: str | None) -> None:
        """Note the order of day and month that the dates of this file tell by themselves."""
        if order is not None:
            self._orders.setdefault(self._tally.format, set()).add(order)

    def order_in(self, name: str) -> str | None:
        """Return the order that all files of the named format tell which tell one; None where there is none, or two."""
        orders = self._orders.get(name, set())
        return next(iter(orders)) if len(orders) == 1 else None

    def row(self, table: str, values: Mapping[str, str]) -> None:
        """Write one row; columns that are not given stay empty.

        Parameters
        ----------
        table
            Canonical table.
        values
            Canonical columns as text. Instants as ``2024-03-05T14:00:00Z`` (see ``dates.utc``), whole days as ``2024-03-05``,
            several people as ``recipient_ids`` or ``attendee_ids`` with ``;`` between them.
        """
        known = TABLES[table]
        unknown = set(values) - set(known.names)
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)[0]!r}")
        row = {column: text for column, value in values.items() if (text := _plain(value))}
        for single, several in known.either:
            if single in row:
                row[several] = row.pop(single)
        used = self.columns.setdefault(table, set())
        used.update(row)
        self.reopen(table)
        if table not in self._files:
            file = (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="")
            self._files[table] = file, csv.writer(file, lineterminator="\n")
            self._files[table][1].writerow(known.names)
        self._files[table][1].writerow(
            [
                guarded(row.get(column.name, "")) if column.type in _GUARDED_TYPES else row.get(column.name, "")
                for column in known.columns
            ]
        )
        self.written[table] += 1
        for column in _PARTIES.get(table, ()):
            if column in row:
                self.seen.update(item.strip() for item in row[column].split(";") if item.strip())

    def read_rows(self, rows: int = 1) -> None:
        """Count rows of the export, whatever becomes of them."""
        self._tally.rows += rows

    def drop(self, reason: str, rows: int = 1) -> None:
        """Count rows of the export that are left out, by reason."""
        if rows:
            self._tally.drops[reason] += rows

    def merged(self, what: str, rows: int = 1) -> None:
        """Count rows of the export that told of something already told, such as ``duplicate join``."""
        if rows:
            self._tally.merges[what] += rows

    def note(self, text: str) -> None:
        """Note what was assumed; a phrase, said once. Never a person's name."""
        if text not in self._tally.notes:
            self._tally.notes.append(text)

    def owner(self, person_id: str, *, signs: int = 1) -> None:
        """Say whose mailbox or calendar it may be; whoever has most signs in the end is taken for the owner."""
        if person_id.strip():
            self.owners[person_id.strip().lower() if "@" in person_id else person_id.strip()] += signs

    def name(self, person_id: str, display_name: str) -> None:
        """Note a name seen beside an id or address."""
        key, shown = clean_id(person_id), " ".join(display_name.split())
        if not key or not shown or shown.lower() == key.lower() or "@" in shown:
            return
        seen = self.names.setdefault(key, Counter())
        if shown in seen or len(seen) < NAMES_KEPT:
            seen[shown] += 1

    def advance(self, size: int) -> None:
        """Tell how many more bytes of the export were read, for the progress bar."""
        if self._progress is not None:
            self._progress(size)

    def reopen(self, table: str) -> None:
        """Go on with a table that was closed."""
        path = self.folder / f"{table}.csv"
        if path.is_file() and table not in self._files:
            file = path.open("a", encoding="utf-8", newline="")
            self._files[table] = file, csv.writer(file, lineterminator="\n")

    def close(self) -> None:
        """Finish the files."""
        for file, _ in self._files.values():
            file.close()
        self._files.clear()


def _plain(value: object) -> str:
    """Return a cell in one line, without bytes that no text file should hold."""
    return " ".join(str(value).replace("\0", "").split()) if value is not None else ""
