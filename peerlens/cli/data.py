"""Commands about the data: look at it, make some up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peerlens.cli.person import listed, print_list
from peerlens.cli.terminal import Data, Flags, Zone, app, open_network, open_records, out


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")] = Path("peerlens-demo"),
) -> None:
    """Make the bundled firm, audit one person, and write the report."""
    from peerlens.sample import make_firm

    data = output / "data"
    data.mkdir(parents=True, exist_ok=True)
    make_firm(seed=7).write(data)
    for name in ("planted.csv", "planted_groups.csv"):
        (data / name).replace(output / name)
    network = open_network(data)
    flagged = network.neglected()
    person = network.person(flagged.groupby("person_id")["kind"].nunique().sort_index().idxmax())
    page = person.report(output / "report.html")
    print_list(listed(person, limit=5, as_json=False).value)
    out.print(
        f"\nThe made-up firm: {data}\nThe report: [bold]{page}[/bold] (open it in any browser; it needs no network)"
    )


@app.command()
def check(data: Data, timezone: Zone = None, flags: Flags = False) -> None:
    """Read the data and account for every row."""
    out.print(str(open_records(data, timezone=timezone, flags=flags).account), markup=False)


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
