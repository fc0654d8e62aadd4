"""Commands about what peerlens keeps beside the data."""

from __future__ import annotations

from peerlens.cli.terminal import Data, app, out


@app.command()
def forget(data: Data) -> None:
    """Delete what peerlens keeps beside the data (the cache); your own files stay."""
    from peerlens.records import forget as forget_data

    deleted = forget_data(data)
    for path in deleted:
        out.print(f"Deleted: {path}", markup=False)
    if not deleted:
        out.print(f"Nothing was kept in {data}.", markup=False)
