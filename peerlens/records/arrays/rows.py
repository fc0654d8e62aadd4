"""Lines of a log as arrays, and what rows have in common however many people a line names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from peerlens.records.account import Drop
from peerlens.records.arrays import clock, files
from peerlens.records.arrays.cells import Cells, picked
from peerlens.records.arrays.unusual import Unusual
from peerlens.records.events import Part, Tally
from peerlens.records.identities import Who
from peerlens.records.sources import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

PEOPLE = {"messages": ("recipient_id", "recipient_ids"), "meetings": ("attendee_id", "attendee_ids")}
"""the column of one and the column of several, by table"""
FIRST_LINE = 2
"""the header is line 1"""


@dataclass(frozen=True)
class Loaded:
    """A log, one row per line; nothing sorted out yet.

    Parameters
    ----------
    parts
        Its files.
    rows
        Lines of each.
    cells
        Columns of text; those that no file has are not there.
    instants
        Columns of instants, in microseconds since 1970 in UTC.
    is_day
        Lines that give a day and no time.
    """

    parts: tuple[Part, ...]
    rows: tuple[int, ...]
    cells: dict[str, Cells]
    instants: dict[str, np.ndarray]
    is_day: np.ndarray

    @property
    def lines(self) -> int:
        """Number of lines."""
        return sum(self.rows)

    @property
    def people(self) -> Cells:
        """Who takes part: one, or several with ``;`` between them."""
        return self.cells["people"]

    def column(self, name: str) -> Cells:
        """Return a column of text, empty throughout where no file has it."""
        return self.cells[name] if name in self.cells else Cells.nothing(self.lines)

    def has(self, column: str) -> bool:
        """Return whether any file has a column."""
        return any(column in part.source.header.positions for part in self.parts)

    def places(self, kept: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the number of the file and the line in it, of all rows or of those at some places."""
        import numpy as np

        at = np.arange(self.lines) if kept is None else kept
        starts = np.cumsum([0, *self.rows])
        numbers = np.array([part.number for part in self.parts], dtype="int32")
        if len(self.parts) == 1:
            return np.full(len(at), numbers[0], "int32"), at.astype("int64") + FIRST_LINE
        own = np.searchsorted(starts, at, side="right") - 1
        return numbers[own], at - starts[own] + FIRST_LINE


def load(source: Source, *, number: int, zone: str, keys: Sequence[str]) -> Loaded:
    """Read one file of a log.

    Parameters
    ----------
    source
        The file or frame.
    number
        Its position among all files read.
    zone
        IANA zone of instants without one.
    keys
        Columns of which one at least is filled in a line that is not empty; the first is the instant that every such line has.

    Raises
    ------
    Unusual
        It has to be read the general way; that is where every line that is wrong is told.
    """
    import numpy as np

    found = files.read(source, zone=zone)
    one, several = PEOPLE[source.table.name]
    written = found.cells[several if several in found.cells else one]
    people, has_lists = written.with_lists_tidied()
    cells = {column: own for column, own in found.cells.items() if column not in (one, several)} | {"people": people}
    instants = {column: own.at for column, own in found.instants.items()}
    is_filled = people.codes >= 0
    for column in keys:
        is_filled |= cells[column].codes >= 0 if column in cells else instants[column] != clock.MISSING
    naive = np.zeros(found.rows, dtype=bool)
    for own in found.instants.values():
        naive |= own.is_naive
        if (own.at[is_filled] == clock.MISSING).any():
            raise Unusual("a line without an instant")
    if found.rows >= 1 << 31:
        raise Unusual("more lines than a short number counts")
    years = [own.years for own in found.instants.values() if own.years is not None] or [(1970, 1970)]
    is_day = found.instants[keys[0]].is_day
    part = Part(
        number,
        found.source,
        lines=found.rows,
        years=(min(first for first, _ in years), max(last for _, last in years)),
        naive=int(naive.sum()),
        day_only=int(is_day.sum()) if naive.any() else 0,
        has_lists=has_lists,
    )
    return Loaded((part,), (found.rows,), cells, instants, is_day)


def together(parts: Sequence[Loaded]) -> Loaded:
    """Join the files of one log."""
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.cells))
    columns = {name: [part.column(name) for part in parts] for name in names}
    return Loaded(
        tuple(part for item in parts for part in item.parts),
        tuple(rows for item in parts for rows in item.rows),
        {name: Cells.joined([(own.codes, own.values) for own in pieces]) for name, pieces in columns.items()},
        {name: np.concatenate([part.instants[name] for part in parts]) for name in parts[0].instants},
        np.concatenate([part.is_day for part in parts]),
    )


@dataclass(frozen=True)
class Rows:
    """Rows of a log: one for each person that a line names, and one for a line that names nobody.

    Parameters
    ----------
    line_at
        The line of each row; None where each line is one row.
    person
        Place of each row's person among ``values``; -1 for nobody.
    values
        Ids of people, as written.
    """

    line_at: np.ndarray | None
    person: np.ndarray
    values: pa.Array

    @classmethod
    def of(cls, people: Cells) -> Rows:
        """Take lists of people apart."""
        import numpy as np
        import pyarrow.compute as pc

        if not pc.any(pc.match_substring(people.values, ";"), min_count=0).as_py():
            return cls(None, people.codes, people.values)
        lists = pc.split_pattern(people.values, ";")
        named = lists.flatten()
        own = Cells.joined([(np.arange(len(named)), named)])
        starts = lists.offsets.to_numpy()
        counts = picked(np.diff(starts), people.codes, empty=1)
        line_at = np.repeat(np.arange(len(counts), dtype="int32"), counts)
        ends = np.cumsum(counts)
        within = np.arange(len(line_at)) - (ends - counts)[line_at]
        place = picked(starts[:-1], people.codes, empty=-1)[line_at] + within
        return cls(line_at, picked(own.codes, place, empty=-1), own.values)

    def spread(self, by_line: np.ndarray) -> np.ndarray:
        """Return for each row what belongs to its line."""
        return by_line if self.line_at is None else by_line[self.line_at]


class Judged:
    """Whom the ids of a column stand for; every array has one more place at its end, for nobody (-1).

    Parameters
    ----------
    values
        Distinct ids as written.
    who
        Who they are.
    """

    def __init__(self, values: pa.Array, who: Who) -> None:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        written = pa.array(who.known["written"], type=values.type)
        place = np.append(pc.fill_null(pc.index_in(values, value_set=written), -1).to_numpy(), -1)
        self.number = np.append(who.known["number"].fillna(-1).to_numpy("int32"), np.int32(-1))[place]
        self.reason = np.append(who.reason_codes, np.int8(0))[place]
        self.is_confidential = np.append(who.known["is_confidential"].to_numpy(bool), False)[place]


def tallied(loaded: Loaded, numbers: np.ndarray, reasons: np.ndarray, names: Sequence[str]) -> dict[int, Tally]:
    """Count all rows of each file, and those with a reason to be dropped.

    Parameters
    ----------
    loaded
        The log.
    numbers
        The file of each row; they rise.
    reasons
        Place of each row's reason among the names; 0 for none.
    names
        What the reasons are called.
    """
    import numpy as np

    tallies = {}
    for part in loaded.parts:
        own = reasons[np.searchsorted(numbers, part.number) : np.searchsorted(numbers, part.number, side="right")]
        counts = np.bincount(own, minlength=len(names))
        found = sorted((name, int(count)) for name, count in zip(names[1:], counts[1:], strict=True) if count)
        drops = tuple(Drop(part.source.name, name, count) for name, count in found)
        tallies[part.number] = Tally(part.source.name, len(own), drops)
    return tallies


def by_source(numbers: np.ndarray) -> dict[int, int]:
    """Count the rows of each file."""
    import numpy as np

    return {number: int(count) for number, count in enumerate(np.bincount(numbers)) if count}


def span(at: np.ndarray) -> tuple[int, int] | None:
    """Return the first and the last of some instants, in seconds since 1970."""
    import numpy as np

    first, last = at.min(initial=np.iinfo("int64").max, where=at != clock.MISSING), at.max(initial=clock.MISSING)
    if last == clock.MISSING:
        return None
    # To the nearest second, as the engine rounds.
    return int(np.rint(first / clock.SECOND)), int(np.rint(last / clock.SECOND))


def days(numbers: np.ndarray, *, less: np.ndarray) -> pd.DataFrame:
    """Return ``day, events``: how often each day is among some day numbers, less how often it is among others."""
    import numpy as np
    import pandas as pd

    first = int(numbers.min()) if len(numbers) else 0
    counts = np.bincount(numbers - first)
    counts[: int(less.max()) - first + 1 if len(less) else 0] -= np.bincount(less - first)
    (filled,) = np.nonzero(counts)
    return pd.DataFrame(
        {"day": (filled + first).astype("datetime64[D]").astype("datetime64[s]"), "events": counts[filled]}
    )


def ends(days: Sequence[int]) -> tuple[date, date] | None:
    """Return the first and the last of some day numbers."""
    first = date(1970, 1, 1)
    return (first + timedelta(days=int(min(days))), first + timedelta(days=int(max(days)))) if days else None
