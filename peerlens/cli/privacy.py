"""Commands about privacy: pseudonyms, forgetting a person, texts for an agreement, and what happened to the data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peerlens.cli.terminal import Data, Zone, app, open_network, out


@app.command()
def pseudonymise(
    data: Data,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to; must not exist or be empty.")],
    key: Annotated[Path, typer.Option(help="Key file, made if it is not there; keep it apart from the data.")],
    keep_domain: Annotated[bool, typer.Option("--keep-domain", help="Leave the domain of addresses readable.")] = False,
    also: Annotated[list[str] | None, typer.Option(help="Another column to hide, as people.department.")] = None,
    timezone: Zone = None,
) -> None:
    """Write the data with tokens in place of people; names, addresses and columns not in the schema stay out."""
    import peerlens
    from peerlens.privacy.tokens import key_for
    from peerlens.records.pseudonymise import pseudonymise as write

    secret, is_new = key_for(key, data=output)
    key_for(key, data=data)
    counts = write(peerlens.read(data, timezone=timezone), output, secret, keep_domain=keep_domain, also=also or ())
    for name, rows in counts.items():
        out.print(f"{name}.csv: {rows:,} rows")
    said = "made just now; whoever has it can tell who is who" if is_new else "as for earlier files"
    out.print(f"Written: {output}. Key: {key} ({said}).")


@app.command()
def governance(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")],
    data: Annotated[Path | None, typer.Argument(help="Data whose peerlens.toml is in force.")] = None,
) -> None:
    """Write texts to start from: a works agreement, an impact assessment, a notice to staff."""
    from peerlens.report.governance import write_governance
    from peerlens.settings import Settings

    file = data / "peerlens.toml" if data is not None else None
    settings = Settings.from_file(file) if file is not None and file.is_file() else Settings()
    for path in write_governance(output, settings):
        out.print(f"Written: {path}")


@app.command()
def privacy(data: Data, timezone: Zone = None) -> None:
    """Say what was read, dropped and kept, who may be looked at, and how small groups are guarded."""
    out.print(str(open_network(data, timezone=timezone).privacy_report()), markup=False)
