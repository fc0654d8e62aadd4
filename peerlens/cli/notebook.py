"""The command that writes a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peerlens.cli.terminal import AsOf, Data, Flags, PersonId, Zone, app, open_network, out
from peerlens.errors import PeerlensError


@app.command()
def notebook(
    data: Data,
    person: PersonId,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write (.ipynb).")],
    as_of: AsOf = None,
    timezone: Zone = None,
    flags: Flags = False,
) -> None:
    """Write a Jupyter notebook about one person, ready to be run cell by cell."""
    from peerlens.report.notebook import SUFFIX, Asked, first_to_explain, render_notebook, seen_from
    from peerlens.report.write import write_report

    if output.suffix != SUFFIX:
        raise PeerlensError(f"-o: found {output.name!r}, expected a name that ends in {SUFFIX}, such as audit{SUFFIX}.")
    found = open_network(data, as_of=as_of, timezone=timezone, flags=flags).person(person)
    asked = Asked(
        data=seen_from(output.parent, data),
        person_id=found.person_id,
        other_id=first_to_explain(found.network.ties, found.person_id),
        as_of=as_of,
        timezone=timezone,
        flags=flags,
    )
    out.print(f"Written: {write_report(output, render_notebook(asked))}", markup=False)
    out.print(f'Next: jupyter lab "{output}"', markup=False)
