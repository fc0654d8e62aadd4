"""Commands for what other products export: turn it into tables, or begin with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from peerlens.cli.terminal import Zone, app, open_network, out
from peerlens.errors import PeerlensError, UnknownPerson

if TYPE_CHECKING:
    from peerlens.network import Network
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
    from peerlens.records.formats.mapped import remember

    with progress_bar(progress_total(path for path in paths if path.exists())) as advance:
        options = read_options(timezone, date_order, mapping, progress=advance)
        if options.mapping:
            remember(options.mapping, paths)
        done = convert_files(paths, output, options=options)
    out.print(str(done), markup=False)
    if done.owner:
        out.print(f"It seems to be the export of {done.owner}.", markup=False)
    out.print(f"Next: peerlens check {quoted(output)}", markup=False)


@app.command()
def start(
    file: Annotated[
        Path | None, typer.Argument(help="An export: a file, folder or zip. Without one: where to find it.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")] = Path("peerlens-start"),
    person: Annotated[str | None, typer.Option("--person", help="Whose it is, where the file does not tell.")] = None,
    timezone: Zone = None,
    date_order: DateOrder = None,
    mapping: Mapping = None,
) -> None:
    """Begin here: see who is in your world and what has gone quiet, from one export of your own."""
    if file is None:
        print_click_paths()
        return
    from peerlens.records.completion import FILE, write_form
    from peerlens.records.conversion import convert as convert_files
    from peerlens.records.conversion import progress_total
    from peerlens.records.formats.click_paths import MAY_I
    from peerlens.records.formats.mapped import remember
    from peerlens.report.first_page import make_first_page, people_to_ask, render_first_page
    from peerlens.report.write import write_report

    with progress_bar(progress_total([file] if file.exists() else [])) as advance:
        options = read_options(timezone, date_order, mapping, progress=advance)
        if options.mapping:
            remember(options.mapping, [file])
        done = convert_files([file], output, options=options)
    for line in done.said:
        out.print(line, markup=False)
    network = open_network(output)
    owner = owner_among(network, person or done.owner)
    page = make_first_page(network.ties, owner, exports=done.said)
    path = write_report(output / "first_page.html", render_first_page(page))
    write_form(output / FILE, people_to_ask(network.ties, owner))
    out.print(f"\n[bold]{escape(page.label)}[/bold], {page.first_on} to {page.as_of}")
    out.print(page.headline, style="bold", markup=False)
    for item in page.quiet:
        out.print(f"  {item.strip.label} ({item.kind}): {item.because}", markup=False)
    report = f"peerlens report {quoted(output)} --person {quoted(Path(owner))} -o me.html"
    lines = (
        f"\n1. Open the first page in any browser (it needs no network): {path}",
        f"2. Fill in the ten people in {output / FILE}: department, and manager, report or peer; blank is fine.",
        f"3. Run: {report}",
        "",
        *MAY_I,
    )
    for line in lines:
        out.print(line, markup=False)


def owner_among(network: Network, named: str | None) -> str:
    """Return the id of the owner: as given or as the files tell, else whose log it is by who takes part in everything."""
    ties = network.ties
    if named is not None:
        try:
            return network.person(named).person_id
        except UnknownPerson:
            by_name = ties.persons["name"].fillna("").str.casefold() == named.casefold()
            if by_name.sum() == 1:
                return str(ties.persons.loc[by_name, "person_id"].iloc[0])
            if ties.owner_id is None:
                raise
    if ties.owner_id is not None:
        return ties.owner_id
    raise PeerlensError("Whose export this is cannot be told from it: say so with --person and an id or address.")


def print_click_paths() -> None:
    """Print where each product's export is found, and whether one may use it."""
    from peerlens.records.formats.click_paths import CLICK_PATHS, MAY_I

    out.print("Get one export of your own, then run: peerlens start FILE\n", markup=False)
    for path in CLICK_PATHS:
        out.print(f"{path.product}: {path.gives}", style="bold", markup=False)
        out.print(f"  {' > '.join(path.steps)}", markup=False)
    out.print("\nMay I use this file?", style="bold", markup=False)
    for sentence in MAY_I:
        out.print(sentence, markup=False)


def read_options(
    timezone: str | None, date_order: str | None, mapping: list[str] | None, *, progress: Callable[[int], None] | None
) -> Options:
    """Return the options of a conversion; refuse what they cannot mean."""
    from peerlens.records.exports import Options
    from peerlens.records.formats.mapped import mapping_from_options
    from peerlens.records.instants import known_zone

    if date_order not in (None, "dmy", "mdy"):
        raise PeerlensError(f"--date-order: found {date_order!r}, expected dmy (3/4 is 3 April) or mdy (4 March).")
    zone = known_zone(timezone, place="--timezone") if timezone else "UTC"
    return Options(zone=zone, date_order=date_order, mapping=mapping_from_options(mapping or []), progress=progress)


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
