"""Headers of exports: which column is which, by the names that vendors gave it over the years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import InputError, Problem
from peerlens.records.formats.dates import Order
from peerlens.records.formats.delimited import head_rows, records
from peerlens.records.headers import fold

if TYPE_CHECKING:
    from peerlens.records.formats.sink import Sink

CUT_SHORT = "row cut short at the end of the file"
SEARCHED = 30
"""records in which a header is looked for: titles and summaries stand before it"""


@dataclass(frozen=True)
class Layout:
    """The columns that are read from one kind of table; no other column is.

    Parameters
    ----------
    needed
        Names of each column without which it is another table; case, spaces and dots do not count.
    optional
        Names of columns read where they are there.
    absent
        Columns that tell that it is another table.

    Examples
    --------
    >>> Layout({"sender": ("Sender",)}, {"to": ("To", "Recipient")}).places(["Size", "SENDER", "recipient"])
    {'sender': 1, 'to': 2}
    >>> Layout({"sender": ("Sender",)}).places(["From", "To"])
    """

    needed: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    def places(self, cells: Sequence[str]) -> dict[str, int] | None:
        """Return where the columns stand in a header; None if it is not the header of this table."""
        folded = [fold(cell) for cell in cells]
        if any(fold(name) in folded for name in self.absent):
            return None
        found: dict[str, int] = {}
        for columns in (self.needed, self.optional):
            for column, names in columns.items():
                at = next((folded.index(name) for name in map(fold, names) if name in folded), None)
                if at is not None:
                    found[column] = at
        return found if all(column in found for column in self.needed) else None

    def fits(self, head: bytes) -> bool:
        """Return whether the header of this table stands near the start of a file."""
        return any(self.places(cells) is not None for cells in head_rows(head))


def rows(path: Path, layout: Layout, sink: Sink | None, *, count: bool = True) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and the cells, by column, of each row under the header; streams.

    Parameters
    ----------
    path
        The file.
    layout
        Its columns.
    sink
        Told of the rows; None looks at them only.
    count
        Whether each row counts as one row of the export; otherwise the caller counts.

    Raises
    ------
    InputError
        There is no such header, or the text is broken.
    """
    places: dict[str, int] | None = None
    width, first = 0, ""
    held: tuple[int, list[str]] | None = None
    for number, (line, cells) in enumerate(records(path, sink=sink)):
        if places is None:
            places, width, first = layout.places(cells), len(cells), cells[0]
            if places is None and number >= SEARCHED:
                break
            continue
        # Two exports pasted together have a second header.
        if cells[0] == first and layout.places(cells) is not None:
            continue
        if count and sink is not None:
            sink.read_rows()
        if held is not None:
            yield held[0], _row(held[1], places)
        held = line, cells
    if held is not None and places is not None:
        if len(held[1]) < width and sink is not None:
            # The file ends inside this row: what stands in it may be half an address.
            sink.read_rows(0 if count else 1)
            sink.drop(CUT_SHORT)
        else:
            yield held[0], _row(held[1], places)
    if places is None:
        raise no_header(path, layout)


def _row(cells: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {column: cells[at] if at < len(cells) else "" for column, at in places.items()}


def order_of(path: Path, layout: Layout, columns: Iterable[str], sink: Sink, *, hint: str | None = None) -> Order:
    """Return the order of day and month in a file, from all its dates.

    Parameters
    ----------
    path
        The file.
    layout, columns
        Its columns, and which of them hold dates.
    sink
        Knows what the user said.
    hint
        What else the file tells of it, for dates that may be read in two ways.

    Raises
    ------
    InputError
        The dates may be read in two ways.
    """
    columns = tuple(columns)
    return decided(
        (row.get(column, "") for _, row in rows(path, layout, None) for column in columns),
        sink,
        name=path.name,
        column={**layout.needed, **layout.optional}[columns[0]][0],
        hint=hint,
    )


def decided(cells: Iterable[str], sink: Sink, *, name: str, column: str, hint: str | None = None) -> Order:
    """Return the order of day and month in cells; a hint of the file counts where no date says it.

    Raises
    ------
    InputError
        The dates may be read in two ways.
    """
    order = Order(given=sink.date_order)
    year_first = 0
    for cell in cells:
        order.see(cell)
        year_first += cell[:4].isdigit()
        # A log whose first thousand dates begin with the year has no order to find out.
        if year_first == 1000 and not (order.first_over or order.second_over or order.open_example):
            break
    if hint and not order.given and not (order.first_over or order.second_over):
        if order.open_example:
            sink.note(f"{'day before month' if hint == 'dmy' else 'month before day'}, as the rest of the file tells")
        order.given = hint
    order.decide(name, column)
    sink.saw_order(order.told)
    return order


def no_header(path: Path, layout: Layout) -> InputError:
    """Return the error of a file whose header is not there."""
    expected = f"a header with {', '.join(names[0] for names in layout.needed.values())}"
    fix = "Export the file again, and leave it as it was downloaded."
    return InputError([Problem(path.name, None, None, "no header", expected, fix)])


def no_rows(path: Path, expected: str) -> InputError:
    """Return the error of a file in which nothing could be used."""
    fix = "Look at the file: the export may have found nothing, or have been cut short."
    return InputError([Problem(path.name, None, None, "a header and no rows", expected, fix)])
