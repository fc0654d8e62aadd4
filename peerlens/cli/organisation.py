"""The command about groups of people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peerlens.cli.terminal import AsOf, Data, Zone, app, open_network, out


@app.command()
def org(
    data: Data,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    purpose: Annotated[
        str, typer.Option(help="What the figures are for, in a sentence; printed on the page. Required.", show_default=False)
    ] = "",
    by: Annotated[str, typer.Option(help="A column of people, or two with a comma: department, level, country …")] = "department",
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Last days of two periods to compare: BEFORE AFTER.", show_default=False),
    ] = None,
    membership: Annotated[
        str, typer.Option(help="With --compare: people stay in the group of the 'first' period, or in that of 'each' day.")
    ] = "first",
    k: Annotated[int | None, typer.Option(help="Fewest people behind a figure; raising it is free.", show_default=False)] = None,
    members: Annotated[
        str, typer.Option(help="Whether everybody 'listed' belongs to a group, or only those 'seen' in the last 26 weeks.")
    ] = "listed",
    members_on: Annotated[
        str | None,
        typer.Option(help="Groups as of this day; default: the day of the question, with --compare the last of BEFORE.",
                     show_default=False),
    ] = None,
    as_of: AsOf = None,
    timezone: Zone = None,
) -> None:  # fmt: skip
    """Write one page about contact between groups: never about one person."""
    from peerlens.organisation import check_purpose

    check_purpose(purpose)  # before anything is read
    network = open_network(data, as_of=as_of, timezone=timezone)
    columns = tuple(part.strip() for part in by.split(","))
    # One chart for the whole page: two charts a few people apart could be subtracted from each other.
    if members_on is None and compare and membership == "first":
        members_on = compare[0]
    organisation = network.organisation(
        columns if len(columns) > 1 else columns[0],
        purpose=purpose,
        k=k,
        members_on=members_on,
        members=members,  # type: ignore[arg-type]
    )
    comparison = organisation.compare(*compare, membership=membership) if compare else None  # type: ignore[arg-type]
    path = organisation.report(output, comparison=comparison)
    for sentence in (*(comparison.findings() if comparison else ()), *organisation.findings()):
        out.print(sentence, style="bold")
    if comparison:
        out.print(comparison.note(), style="dim")
    out.print(organisation.drift_note(), style="dim")
    if organisation.set_aside_note():
        out.print(organisation.set_aside_note(), style="dim")
    out.print(
        "A group figure says nothing about any one person. Not for selection, promotion, appraisal, pay or discipline.",
        style="dim",
    )
    out.print(f"Written: {path}")
