"""Commands about what peerlens keeps beside the data."""

from __future__ import annotations

from typing import Annotated

import typer

from peerlens.cli.terminal import Data, app, out


@app.command()
def forget(
    data: Data,
    person: Annotated[
        str | None, typer.Option("--person", help="Take this person out of all that peerlens made there.")
    ] = None,
) -> None:
    """Delete what peerlens keeps beside the data (the cache), or one person in it; your own files stay."""
    if person is not None:
        from peerlens.records.forgotten import forget_person

        out.print(str(forget_person(data, person)), markup=False)
        return
    from peerlens.records import forget as forget_data

    deleted = forget_data(data)
    for path in deleted:
        out.print(f"Deleted: {path}", markup=False)
    if not deleted:
        out.print(f"Nothing was kept in {data}.", markup=False)
