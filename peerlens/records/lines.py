"""The lines of a delimited text file: a UTF-8 copy where one is needed, their number, and what is wrong with them.

Small tables are read from here. Large ones are read by the engine, which names only the first
broken line; then the file is walked here once more to name them all.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from peerlens.errors import InputError, Problem
from peerlens.records.checks import shown
from peerlens.records.quotes import Quotes
from peerlens.records.sniff import Sniff, zero_byte

CHUNK_BYTES = 1 << 18
SMALL_BYTES = 1 << 20
"""a file of fewer is not worth an import"""
CELL_BYTES = 8_000_000
"""longest cell read; a longer one is an unclosed quote"""


@dataclass(frozen=True)
class Lines:
    """A text file that an engine can read.

    Parameters
    ----------
    path
        The file, or a copy of it in UTF-8.
    encoding
        What the file was written in.
    sha256
        Hexadecimal digest of the file as it lies on the disk.
    count
        Number of lines, without empty ones at the end.
    """

    path: Path
    encoding: str
    sha256: str
    count: int


@contextmanager
def opened(path: Path, sniff: Sniff, *, copy: bool = False) -> Iterator[Lines]:
    """Read a file once from end to end: digest, encoding, lines; give a UTF-8 copy if it is something else.

    Parameters
    ----------
    path
        The file.
    sniff
        What its first megabyte says.
    copy
        Make a copy in any case (with plain line ends).

    Raises
    ------
    InputError
        The file holds zero bytes, or bytes that no encoding explains.
    """
    found = walk(path, sniff.encoding)
    if found.is_plain and not copy:
        yield Lines(path, found.encoding, found.sha256, found.count)
        return
    with tempfile.TemporaryDirectory(prefix="peerlens-") as folder:
        plain = Path(folder) / "plain.csv"
        count = _transcode(path, plain, found.encoding)
        yield Lines(plain, found.encoding, found.sha256, count)


@dataclass(frozen=True)
class Walk:
    """What one walk over a file from end to end says.

    Parameters
    ----------
    encoding
        What it is written in.
    sha256
        Hexadecimal digest of the file as it lies on the disk.
    count
        Number of lines, without empty ones at the end.
    is_plain
        Whether an engine can read the file as it is.
    is_regular
        Whether every quote stands at the start or the end of a cell, or is doubled within one, and all lines end alike; where no
        delimiter is given nobody looks, and it is False.
    """

    encoding: str
    sha256: str
    count: int
    is_plain: bool
    is_regular: bool


def walk(path: Path, encoding: str, *, delimiter: str = "") -> Walk:
    """Read a file once.

    Raises
    ------
    InputError
        It holds zero bytes.
    """
    digest = hashlib.sha256()
    is_utf8 = encoding in ("utf-8", "utf-8-sig")
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes = Quotes(delimiter) if delimiter else None
    breaks = old_breaks = both = trailing = 0
    is_small = path.stat().st_size < SMALL_BYTES
    is_cut = False
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            if not encoding.startswith("utf-16") and b"\0" in chunk:
                raise InputError([zero_byte(path.name, breaks + chunk[: chunk.index(b"\0")].count(b"\n") + 1)])
            # Plain letters need no decoding unless a character was cut in two before them.
            if is_utf8 and (is_cut or not chunk.isascii()):
                try:
                    decoder.decode(chunk)
                    is_cut = bool(decoder.getstate()[0])
                except UnicodeDecodeError:
                    encoding, is_utf8 = "cp1252", False
            breaks += chunk.count(b"\n") if is_small else _count_breaks(chunk)
            if b"\r" in chunk or last == b"\r":
                old_breaks += chunk.count(b"\r")
                both += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            if quotes is not None:
                quotes.see(chunk if last else chunk.removeprefix(codecs.BOM_UTF8))
            last = chunk[-1:]
            body = chunk.rstrip(b"\r\n")
            end = chunk[len(body) :].count(b"\n")
            trailing = end if body else trailing + end
    is_alike = old_breaks == both and old_breaks in (0, breaks)
    return Walk(
        encoding,
        digest.hexdigest(),
        breaks - trailing + 1,
        is_plain=is_utf8 and old_breaks <= breaks,
        is_regular=is_alike and quotes is not None and quotes.are_regular(),
    )


def _count_breaks(chunk: bytes) -> int:
    """Count line breaks by comparing all bytes at once, which takes half as long as looking for one after the other."""
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(chunk, dtype="uint8") == ord("\n")))


def _transcode(source: Path, target: Path, encoding: str) -> int:
    """Write a file again in UTF-8 with plain line ends; return its number of lines."""
    count = trailing = 0
    try:
        with source.open(encoding=encoding) as file, target.open("w", encoding="utf-8", newline="\n") as out:
            # In pieces, not lines: a file without line breaks must not fill the memory.
            while piece := file.read(CHUNK_BYTES):
                out.write(piece)
                count += piece.count("\n")
                body = piece.rstrip("\n")
                trailing = len(piece) - len(body) if body else trailing + len(piece)
    except UnicodeDecodeError as error:
        raise InputError(
            [
                Problem(
                    source.name,
                    None,
                    None,
                    f"bytes that are neither UTF-8 nor {encoding}",
                    "text in one encoding",
                    "Open the file in a spreadsheet or editor and save it as CSV (UTF-8).",
                )
            ]
        ) from error
    return count - trailing + 1


@dataclass(frozen=True)
class Scan:
    """Records of a file as lists of cells, the line each starts on, and what is wrong."""

    lines: list[int]
    records: list[list[str]]
    problems: list[Problem]


def scan(path: Path, *, delimiter: str, width: int, name: str, keep: bool = True) -> Scan:
    """Walk over the records of a UTF-8 file; report every one that is broken.

    Parameters
    ----------
    path
        The file.
    delimiter
        Character between cells.
    width
        Number of cells in the header.
    name
        Name of the file, for the problems.
    keep
        Whether to keep the cells, or only the line numbers.
    """
    found = Scan([], [], [])
    before = csv.field_size_limit(CELL_BYTES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            is_header = True
            while True:
                start = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    found.problems.append(_broken(name, start, reader.line_num, str(error)))
                    is_header = False
                    continue
                if not cells:
                    continue
                if is_header:
                    is_header = False
                    continue
                # One empty cell too many is a line that ends in a delimiter: harmless.
                if len(cells) != width and not (len(cells) == width + 1 and not cells[-1].strip()):
                    found.problems.append(_ragged(name, start, cells, width, delimiter))
                    continue
                found.lines.append(start)
                if keep:
                    found.records.append(cells)
    finally:
        csv.field_size_limit(before)
    return found


def _broken(name: str, start: int, end: int, reason: str) -> Problem:
    what = "a quote that is not closed" if "unexpected end" in reason else f"a quote out of place ({reason})"
    if "field larger" in reason:
        what = "a cell of more than 8 MB, as after a quote that is not closed"
    if end > start:
        what += f" (it swallows the lines up to {end})"
    return Problem(
        name,
        start,
        None,
        what,
        "quotes in pairs around a cell, doubled inside it",
        "Close or remove the quote on this line.",
    )


def _ragged(name: str, line: int, cells: list[str], width: int, delimiter: str) -> Problem:
    fix = f"Put cells that hold {shown(delimiter)} in double quotes."
    if len(cells) < width:
        fix = "Add the missing cells."
    found = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
    return Problem(name, line, None, found, f"{width} cells, as in the header", fix)


def starts(path: Path, *, delimiter: str, width: int) -> list[int]:
    """Return the line each record of a sound file starts on (cells may hold line breaks, lines may be empty)."""
    with suppress(csv.Error):
        return scan(path, delimiter=delimiter, width=width, name="", keep=False).lines
    return []
