"""Commands about one person's ties."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from peerlens.cli.terminal import AsOf, Data, Flags, OtherId, PersonId, Zone, app, as_day, open_network, out, print_json
from peerlens.errors import PeerlensError

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
    found = open_network(data, as_of=as_of, timezone=timezone, flags=flags).person(person)
    if as_json:
        _print_json(found, limit or None)
    else:
        print_list(found, limit or None)


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
    explanation = open_network(data, as_of=as_of, timezone=timezone, flags=flags).person(person).explain(other)
    if as_json:
        print_json(explanation.to_dict())
    else:
        out.print(str(explanation), markup=False)


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


def print_list(person: Person, limit: int | None) -> None:
    """Print the short list of one person."""
    from peerlens.draw import kind_words
    from peerlens.lenses.neglect import RULES
    from peerlens.words import chance

    horizon = person.network.settings.quiet_chance.horizon_days
    finding = person.finding("neglected_peers")
    out.print(f"[bold]{person.name}[/bold], as of {person.network.as_of}", highlight=False)
    out.print(finding.headline, style="bold")
    for position, row in enumerate(person.neglected(limit=limit).to_dict("records"), start=1):
        table = Table(show_header=False, box=None, padding=(0, 1))
        words = kind_words(row["kind"], department=row["other_department"])
        table.add_row(f"{position}.", f"[bold]{row['other']}[/bold]  {row['other_department']}  ({words})")
        table.add_row("", str(row["because"]))
        note = row["quiet_chance_note"] if RULES[row["kind"]].has_quiet_chance else None
        said = chance(row["quiet_share"], n=row["quiet_chance_n"], note=note, horizon_days=horizon)
        table.add_row("", f"How unusual: {row['severity']:.1f} of 1.  {said}")
        table.add_row("", f"Next: {row['suggestion']}")
        out.print(table)
    for caveat in finding.caveats:
        out.print(caveat, style="dim")
    out.print(
        "For self-development; not for selection, promotion, appraisal, pay, redundancy or discipline.", style="dim"
    )


def _print_json(person: Person, limit: int | None) -> None:
    from peerlens.schema import SCHEMA_VERSION

    network = person.network
    flags = person.neglected(limit=limit)
    print_json(
        {
            "schema_version": SCHEMA_VERSION,
            "person_id": person.person_id,
            "as_of": network.as_of.isoformat(),
            "headline": person.finding("neglected_peers").headline,
            "input": network.records.fingerprint,
            "settings": network.settings.fingerprint(),
            "flags": [
                {name: value for name, value in row.items() if value is not None}
                for row in json.loads(flags.to_json(orient="records", date_format="iso", force_ascii=False))
            ],
        }
    )
