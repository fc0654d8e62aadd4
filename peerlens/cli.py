"""peerlens on the command line: the same face as the notebook, no logic of its own."""

from __future__ import annotations

import gc
import json
import sys
import traceback
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    from peerlens.network import Network, Person

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="See which peer ties at work may need attention, why, and what to do next.",
)
out = Console(soft_wrap=True, highlight=False)

Data = Annotated[Path, typer.Argument(help="Folder with people.csv, messages.csv, meetings.csv …", show_default=False)]
PersonId = Annotated[str, typer.Option("--person", help="Whose network: id or e-mail address.", show_default=False)]
OtherId = Annotated[str, typer.Option("--other", help="The tie with whom.", show_default=False)]
AsOf = Annotated[
    str | None, typer.Option(help="The day of the question, YYYY-MM-DD; default: the last day of the log.")
]
Zone = Annotated[str | None, typer.Option(help="IANA zone of times without one, such as Europe/Lisbon.")]
_LATER_DAYS = 56


@app.callback()
def _options(debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False) -> None:
    _Debug.on = debug


class _Debug:
    on = False


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")] = Path("peerlens-demo"),
) -> None:
    """Make the bundled firm, audit one person, and write the report."""
    from peerlens.sample import make_firm

    data = output / "data"
    data.mkdir(parents=True, exist_ok=True)
    make_firm(seed=7).write(data)
    (data / "planted.csv").replace(output / "planted.csv")
    network = _network(data)
    flagged = network.neglected()
    person = network.person(flagged.groupby("person_id")["kind"].nunique().sort_index().idxmax())
    page = person.report(output / "report.html")
    _print_list(person, limit=5)
    out.print(
        f"\nThe made-up firm: {data}\nThe report: [bold]{page}[/bold] (open it in any browser; it needs no network)"
    )


@app.command()
def check(data: Data, timezone: Zone = None) -> None:
    """Read the data and account for every row."""
    import peerlens

    out.print(str(peerlens.read(data, timezone=timezone).account), markup=False)


@app.command()
def audit(
    data: Data,
    person: PersonId,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(help="How many ties to list; 0 for all flags.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    timezone: Zone = None,
) -> None:
    """List the peer ties of one person that may need attention, why, and what to do next."""
    found = _network(data, as_of=as_of, timezone=timezone).person(person)
    if as_json:
        _print_json(found, limit or None)
    else:
        _print_list(found, limit or None)


@app.command()
def explain(
    data: Data,
    person: PersonId,
    other: OtherId,
    as_of: AsOf = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    timezone: Zone = None,
) -> None:
    """Show every number of one tie, the rows behind it, and why each kind did or did not fire."""
    explanation = _network(data, as_of=as_of, timezone=timezone).person(person).explain(other)
    if as_json:
        _json(explanation.to_dict())
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

    network = _network(data)
    mine, theirs = network.person(person), network.person(other)
    day = _day(until) if until else None
    if day is None and answer == "later":
        day = network.as_of + timedelta(days=_LATER_DAYS)
    path = add_verdict(data, person_id=mine.person_id, other_id=theirs.person_id, verdict=answer, until_on=day)
    out.print(
        f"{path}: {answer}{f' until {day}' if day else ''}, on the tie of {mine.person_id} with {theirs.person_id}"
    )


@app.command()
def report(
    data: Data,
    person: PersonId,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    as_of: AsOf = None,
    timezone: Zone = None,
) -> None:
    """Write one self-contained page about one person's network."""
    path = _network(data, as_of=as_of, timezone=timezone).person(person).report(output)
    out.print(f"Written: {path}")


@app.command()
def sample(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")],
    people: Annotated[int, typer.Option(help="People in the firm.")] = 120,
    weeks: Annotated[int, typer.Option(help="Weeks of log.")] = 52,
    seed: Annotated[int, typer.Option(help="Another seed, another firm.")] = 7,
) -> None:
    """Write a made-up firm with planted answers, of any size."""
    from peerlens.sample import make_firm

    make_firm(people=people, weeks=weeks, seed=seed).write(output)
    out.print(
        f"Written: {output} ({people} people, {weeks} weeks, seed {seed}); the planted answers are in planted.csv"
    )


def main() -> None:
    """Run the command line; exit code 0 only when it did what was asked."""
    # One short run that builds many small expression objects: looking for cycles among them all the time costs a sixth of it.
    gc.set_threshold(200_000, 50, 50)
    try:
        app()
    except PeerlensError as error:
        if _Debug.on:
            traceback.print_exc()
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"peerlens: {error}", markup=False)
        sys.exit(1)
    except OSError as error:
        if _Debug.on:
            traceback.print_exc()
        where = f"{error.filename}: " if error.filename else ""
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            f"peerlens: {where}{error.strerror or error}. Check that the path exists and may be written.", markup=False
        )
        sys.exit(1)


def _network(data: Path, *, as_of: str | None = None, timezone: str | None = None) -> Network:
    import peerlens

    return peerlens.Network(peerlens.read(data, timezone=timezone), as_of=as_of)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PeerlensError(f"--until: found {text!r}, expected a day such as 2026-09-25.") from error


def _print_list(person: Person, limit: int | None) -> None:
    from peerlens.draw import kind_words
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
        said = chance(row["quiet_chance"], n=row["quiet_chance_n"], note=None, horizon_days=horizon)
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
    _json(
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


def _json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False, default=str) + "\n")


if __name__ == "__main__":
    main()
