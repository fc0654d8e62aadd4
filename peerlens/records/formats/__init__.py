"""One file per kind of export. Adding one: a module with a format, and a line in ``FORMATS``.

A format says whether it recognises a file by its name and first bytes, and yields the canonical
tables in it as sources: the file itself, or frames made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from peerlens.records.formats.canonical import Canonical
from peerlens.records.sources import Source

__all__ = ["FORMATS", "Format", "recognised"]


class Format(Protocol):
    """What every kind of export can do."""

    @property
    def name(self) -> str:
        """What the kind of export is called."""
        ...

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a file is of this kind, by its name and its first bytes."""
        ...

    def read(self, path: Path, *, table: str | None = None) -> Iterator[Source]:
        """Yield the tables in a file; ``table`` is given when the user said what the file holds."""
        ...


FORMATS: list[Format] = [Canonical()]


def recognised(path: Path) -> Format | None:
    """Return the first format that recognises a file."""
    with path.open("rb") as file:
        head = file.read(4096)
    return next((item for item in FORMATS if item.recognises(path, head)), None)
