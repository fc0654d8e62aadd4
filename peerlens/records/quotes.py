"""Quotes of a delimited text file: whether they stand where every reader of CSV takes them for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


LINE_BYTES = 8_000_000
"""longest line looked at; a longer one is an unclosed quote"""


class Quotes:
    """Whether quotes are where they should be: opening ones after a delimiter or line break, closing ones before one.

    Readers of CSV agree on a file whose quotes are; of a quote in the midst of a cell each makes something else. Line breaks
    between quotes may or may not be noticed: they show in the number of records.

    Parameters
    ----------
    delimiter
        Character between cells.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = ord(delimiter)
        self._are_wrong = False
        self._start_of_line = b""
        self._room: np.ndarray | None = None

    def see(self, chunk: bytes) -> None:
        """Look at the next piece of the file."""
        if self._are_wrong:
            return
        end = chunk.rfind(b"\n") + 1
        if end == 0:
            self._start_of_line += chunk
            self._are_wrong = len(self._start_of_line) > LINE_BYTES
            return
        whole = b"".join((b"\n", self._start_of_line, chunk[:end]))
        self._start_of_line = chunk[end:]
        self._are_wrong = b'"' in whole and not self._are_fine(whole)

    def are_regular(self) -> bool:
        """Say so of all pieces seen, the last of which ends the file."""
        self.see(b"\n")
        return not self._are_wrong

    def _are_fine(self, lines: bytes) -> bool:
        """Look at whole lines, after a line break."""
        import numpy as np

        data = np.frombuffer(lines, dtype="uint8")
        # Always in the same place: to be given fresh memory for each step takes longer than the step.
        if self._room is None or self._room.shape[1] < len(data):
            self._room = np.empty((4, 2 * len(data)), dtype=bool)
        is_quote, is_between, is_break, around = self._room[:, : len(data)]
        np.equal(data, ord('"'), out=is_quote)
        np.equal(data, self._delimiter, out=is_between)
        is_between |= np.equal(data, ord("\n"), out=is_break)
        # Where every cell is quoted, all quotes but the first and the last stand around a delimiter or line break.
        around = np.logical_and(is_quote[:-2], is_between[1:-1], out=around[:-2])
        around &= is_quote[2:]
        count = np.count_nonzero(is_quote)
        if count == 2 * np.count_nonzero(around) + 2 and not (around[:-2] & around[2:]).any():
            first, last = lines.find(b'"'), lines.rfind(b'"')
            if is_between[first - 1] and is_between[last + 1] and not around[first] and not around[last - 2]:
                return True
        places = np.flatnonzero(is_quote)
        opening, closing = places[::2], places[1::2]
        # A quote beside a quote is one doubled inside a cell, or an empty cell.
        is_outer = is_between | is_quote
        is_outer |= data == ord("\r")
        return len(places) % 2 == 0 and bool(is_outer[opening - 1].all() and is_outer[closing + 1].all())
