"""What every command shares: the application, its options, and how it prints."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    from peerlens.network import Network
    from peerlens.records import Records

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


Flags = Annotated[
    bool,
    typer.Option("--flags", help="Make asks, thanks and agendas from subject lines; the text is dropped at once."),
]


class Debug:
    """Whether tracebacks are wanted."""

    on = False


class Cache:
    """Whether anything may be kept beside the data, or read from there."""

    on = True


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Keep nothing beside the data, and read the files.")
    ] = False,
) -> None:
    Debug.on = debug
    Cache.on = not no_cache


def open_records(data: Path, *, timezone: str | None = None, flags: bool = False) -> Records:
    """Read a folder."""
    import peerlens

    return peerlens.read(data, timezone=timezone, flags=flags or None, cache=Cache.on)


def open_network(data: Path, *, as_of: str | None = None, timezone: str | None = None, flags: bool = False) -> Network:
    """Read a folder and return its network."""
    import peerlens

    return peerlens.Network(open_records(data, timezone=timezone, flags=flags), as_of=as_of)


def as_day(text: str) -> date:
    """Return the day that an option names.

    Raises
    ------
    PeerlensError
        It is not a day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PeerlensError(f"--until: found {text!r}, expected a day such as 2026-09-25.") from error


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(as_text(value) + "\n")


def as_text(value: Any) -> str:
    """Write a value as JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False, default=str)
