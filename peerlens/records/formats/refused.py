"""Exports that are recognised only to say why they cannot be read, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from peerlens.errors import InputError, Problem
from peerlens.records.formats.sink import Sink


@dataclass(frozen=True)
class Refused:
    """A kind of export that cannot be used.

    Parameters
    ----------
    name
        What the kind of export is called.
    test
        Tells whether a file is of this kind, by its path and first bytes.
    expected
        What would have been needed.
    fix
        What to do instead.
    """

    name: str
    test: Callable[[Path, bytes], bool]
    expected: str
    fix: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file is of this kind."""
        return self.test(path, head)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Refuse the file.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError([Problem(path.name, None, None, self.name, self.expected, self.fix)])
