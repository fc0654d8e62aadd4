"""Commands about one person's ties."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from peerlens.cli.terminal import (
    AsOf,
    Cache,
    Data,
    Flags,
    OtherId,
    PersonId,
    Zone,
    app,
    as_day,
    as_text,
    open_network,
    out,
    print_json,
)
from peerlens.errors import PeerlensError
from peerlens.records.pages import Marks, Page, page_of

if TYPE_CHECKING:
    from peerlens.network import Person

_LATER_DAYS = 56


@app.command()
def audit(
    data: Data,
    person: PersonId,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(help="How many ties to list; 0 for all flags.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    timezone: Zone = None,
    flags: Flags = False,
) -> None:
    """List the peer ties of one person that may need attention, why, and what to do next."""
    asked = ("audit", person, as_of, limit, as_json, timezone, flags)

    def make() -> Page:
        return listed(open_network(data, as_of=as_of, timezone=timezone, flags=flags).person(person), limit, as_json)

    page = page_of(data, asked, make, is_kept=Cache.on)
    if as_json:
        print_json(page)
    else:
        print_list(page)


@app.command()
def explain(
    data: Data,
    person: PersonId,
    other: OtherId,
    as_of: AsOf = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    timezone: Zone = None,
    flags: Flags = False,
) -> None:
    """Show every number of one tie, the rows behind it, and why each kind did or did not fire."""
    asked = ("explain", person, other, as_of, as_json, timezone, flags)

    def make() -> Page:
        asking = open_network(data, as_of=as_of, timezone=timezone, flags=flags).person(person)
        found = asking.explain(other)
        value = json.loads(as_text(found.to_dict())) if as_json else str(found)
        # Of people it holds ids alone, so it may stay as it is.
        marked = value if _may_stay(asking) else None
        return Page(value, asking.person_id, asking.network.as_of, marked)

    page = page_of(data, asked, make, is_kept=Cache.on)
    if as_json:
        print_json(page)
    else:
        out.print(page, markup=False)


@app.command()
def verdict(
    data: Data,
    answer: Annotated[str, typer.Argument(help="useful, finished, alive_elsewhere, not_my_job, wrong or later")],
    person: PersonId,
    other: OtherId,
    until: Annotated[
        str | None, typer.Option(help="Last day it holds, YYYY-MM-DD; `later` holds 8 weeks by default.")
    ] = None,
) -> None:
    """Answer a flag; the next run respects it."""
    from peerlens.records.verdicts import add_verdict

    network = open_network(data)
    mine, theirs = network.person(person), network.person(other)
    day = as_day(until) if until else None
    if day is None and answer == "later":
        day = network.as_of + timedelta(days=_LATER_DAYS)
    path = add_verdict(data, person_id=mine.person_id, other_id=theirs.person_id, verdict=answer, until_on=day)
    out.print(
        f"{path}: {answer}{f' until {day}' if day else ''}, on the tie of {mine.person_id} with {theirs.person_id}"
    )


@app.command()
def report(
    data: Data,
    output: Annotated[Path, typer.Option("-o", "--output", help="File (.html, .pdf, .pptx), or with --all a folder.")],
    person: Annotated[str | None, typer.Option("--person", help="Whose network: id or e-mail address.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody on released.csv, a file each.")] = False,
    share: Annotated[
        str, typer.Option(help="self, coach (tokens for names) or aggregate (nobody else named).")
    ] = "self",
    screen: Annotated[bool, typer.Option("--screen", help="Cover names until they are clicked (HTML).")] = False,
    suffix: Annotated[str, typer.Option("--format", help="With --all: html, pdf or pptx.")] = "html",
    processes: Annotated[
        int | None, typer.Option(min=1, help="With --all: how many work at it; default is one per core.")
    ] = None,
    as_of: AsOf = None,
    timezone: Zone = None,
    flags: Flags = False,
) -> None:
    """Write a report about one person's network, or one for each of a cohort."""
    if everybody == (person is not None):
        raise PeerlensError("Give either --person ID, for one report, or --all, for everybody on released.csv.")
    network = open_network(data, as_of=as_of, timezone=timezone, flags=flags)
    if person is not None:
        out.print(f"Written: {network.person(person).report(output, share=share, screen=screen)}")
        return
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Reports", total=None)
        paths = network.report_all(
            output,
            suffix=f".{suffix.removeprefix('.')}",
            share=share,
            processes=processes,
            done=lambda at, of: bar.update(task, completed=at, total=of),
        )
    out.print(f"Written: {len(paths)} reports in {output}")


def listed(person: Person, limit: int, as_json: bool) -> Page:
    """Return the short list of one person as it is printed, and as it may be kept."""
    from peerlens.lenses.listing import listing, numbers

    said, ties, marks = (numbers if as_json else listing), person.network.ties, Marks()
    value = said(ties, person.person_id, limit=limit or None)
    # To whom nothing is shown may be told why, as that they have been away: nobody else ever reads that.
    may_stay = _may_stay(person) and bool(ties.person(person.person_id)["is_open"])
    marked = said(ties, person.person_id, limit=limit or None, called=marks.of) if may_stay else None
    return Page(value, person.person_id, person.network.as_of, marked, marks.people)


def _may_stay(person: Person) -> bool:
    """Tell whether the folder holds all that decides: words that tell asks may lie elsewhere."""
    return not person.network.settings.read.flag_words


def print_list(found: Mapping[str, Any]) -> None:
    """Print the short list of one person."""
    out.print(f"[bold]{found['name']}[/bold], as of {found['as_of']}", highlight=False)
    out.print(found["headline"], style="bold")
    for position, tie in enumerate(found["ties"], start=1):
        table = Table(show_header=False, box=None, padding=(0, 1))
        table.add_row(f"{position}.", f"[bold]{tie['other']}[/bold]  {tie['other_department']}  ({tie['kind']})")
        table.add_row("", tie["because"])
        table.add_row("", f"How unusual: {tie['severity']:.1f} of 1.  {tie['chance']}")
        table.add_row("", f"Next: {tie['suggestion']}")
        out.print(table)
    for caveat in found["caveats"]:
        out.print(caveat, style="dim")
    out.print(
        "For self-development; not for selection, promotion, appraisal, pay, redundancy or discipline.", style="dim"
    )
