"""Commands for what other products export: turn it into tables, or begin with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peerlens.cli.terminal import Zone, app, out
from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    from peerlens.records.exports import Options

DateOrder = Annotated[
    str | None, typer.Option("--date-order", help="dmy or mdy, where the dates of an export do not say.")
]
Mapping = Annotated[
    list[str] | None,
    typer.Option("--map", help='Column of a CSV of no known format, as sent_at="Date Sent"; give it once per column.'),
]


@app.command()
def convert(
    paths: Annotated[list[Path], typer.Argument(help="Exports: files, folders, zip files.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")],
    timezone: Zone = None,
    date_order: DateOrder = None,
    mapping: Mapping = None,
) -> None:
    """Turn exports of calendars, mailboxes, chats and reports into a folder of plain tables."""
    from peerlens.records.conversion import convert as convert_files
    from peerlens.records.conversion import progress_total

    with progress_bar(progress_total(path for path in paths if path.exists())) as advance:
        options = read_options(timezone, date_order, mapping, progress=advance)
        done = convert_files(paths, output, options=options)
    out.print(str(done), markup=False)
    if done.owner:
        out.print(f"It seems to be the export of {done.owner}.", markup=False)
    out.print(f"Next: peerlens check {quoted(output)}", markup=False)


def read_options(
    timezone: str | None, date_order: str | None, mapping: list[str] | None, *, progress: Callable[[int], None] | None
) -> Options:
    """Return the options of a conversion; refuse what they cannot mean."""
    from peerlens.records.exports import Options
    from peerlens.records.instants import known_zone

    if date_order not in (None, "dmy", "mdy"):
        raise PeerlensError(f"--date-order: found {date_order!r}, expected dmy (3/4 is 3 April) or mdy (4 March).")
    zone = known_zone(timezone, place="--timezone") if timezone else "UTC"
    return Options(zone=zone, date_order=date_order, mapping=pairs(mapping or []), progress=progress)


def pairs(given: list[str]) -> dict[str, str]:
    """Return ``--map`` options as canonical column and column of the export.

    Examples
    --------
    >>> pairs(["sent_at=Date Sent"])
    {'sent_at': 'Date Sent'}
    """
    found: dict[str, str] = {}
    for text in given:
        column, equals, title = text.partition("=")
        if not equals or not column.strip() or not title.strip():
            raise PeerlensError(
                f'--map: found {text!r}, expected COLUMN="Title in the file", as in sent_at="Date Sent".'
            )
        found[column.strip()] = title.strip().strip("\"'")
    return found


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[int], None] | None]:
    """Show a bar of bytes read while the context lasts, where somebody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=max(total, 1))
        yield lambda size: bar.advance(task, size)


def quoted(path: Path) -> str:
    """Return a path as it is typed: in quotes where it has spaces."""
    text = str(path)
    return f'"{text}"' if " " in text else text
