"""Delimited text as vendors write it: any encoding, any separator, cells with line breaks, preambles, sections."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import InputError, Problem
from peerlens.records.lines import CELL_BYTES
from peerlens.records.sniff import DELIMITERS

if TYPE_CHECKING:
    from peerlens.records.formats.sink import Sink

HEAD_BYTES = 65_536
"""bytes of a file that a format is shown to recognise it by"""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TRIED = 30
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""str.splitlines would also end a line at separators that stand inside cells"""


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text file by its first bytes: byte order mark, zero bytes, or what decodes.

    Examples
    --------
    >>> encoding_of("é".encode()), encoding_of("é,ü".encode("cp1252")), encoding_of("ab".encode("utf-16"))
    ('utf-8', 'cp1252', 'utf-16')
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if head.count(0) > 0.3 * len(head):
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def head_rows(head: bytes) -> list[list[str]]:
    """Return the first records in the first bytes of a file, cells stripped; nothing when it is not text.

    Parameters
    ----------
    head
        What ``Format.recognises`` is given.

    Examples
    --------
    >>> head_rows(b"Name;User Email\\nAna;ana@x\\n")
    [['Name', 'User Email'], ['Ana', 'ana@x']]
    """
    return [list(cells) for cells in _head_rows(head)]


@lru_cache(maxsize=4)
def _head_rows(head: bytes) -> tuple[tuple[str, ...], ...]:
    """Return the rows once for all the formats that look at one file."""
    encoding = encoding_of(head)
    if not encoding.startswith("utf-16") and b"\0" in head:
        return ()
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head, final=False).lstrip("\ufeff")
    found: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        for cells in reader:
            found.append(tuple(cell.strip() for cell in cells))
            if len(found) == _TRIED:
                break
    except csv.Error:
        pass
    return tuple(found)


def delimiter_of(text: str) -> str:
    """Return the separator of the first line that has several of one: a header, before lists and sentences in cells mislead.

    Examples
    --------
    >>> delimiter_of("Name\\tEmail\\n11/26/25, 4:16 PM\\tx"), delimiter_of('"A","B","C"\\n"x;y;z;w",,')
    ('\\t', ',')
    """
    lines = [line for line in text.splitlines()[:_TRIED] if line.strip()]
    if any("\t" in line for line in lines[:12]) and sum("\t" in line for line in lines) >= len(lines) / 3:
        return "\t"
    for least in (2, 1):
        for line in lines:
            best = max(DELIMITERS, key=lambda delimiter, line=line: _outside_quotes(line).count(delimiter))
            if _outside_quotes(line).count(best) >= least:
                return best
    return DELIMITERS[0]


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def records(path: Path, *, sink: Sink | None = None, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of each record that is not empty, cells stripped; streams.

    Parameters
    ----------
    path
        The file.
    sink
        Told of bytes read, for the progress bar.
    delimiter
        Where it is known.

    Raises
    ------
    InputError
        The file is not text, or a quote is never closed.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    encoding = encoding_of(head)
    if not encoding.startswith("utf-16") and b"\0" in head:
        raise _refusal(path, head[: head.index(0)].count(b"\n") + 1, "a zero byte", "text")
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head, final=False).lstrip("\ufeff")
    before = csv.field_size_limit(CELL_BYTES)
    try:
        with path.open("rb") as raw:
            reader = csv.reader(_lines(raw, encoding, sink), delimiter=delimiter or delimiter_of(text))
            while True:
                start = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    yield start, stripped
    except csv.Error as error:
        raise _refusal(path, None, f"broken text ({error})", "quotes in pairs around a cell") from error
    finally:
        csv.field_size_limit(before)


def _lines(raw: io.BufferedIOBase, encoding: str, sink: Sink | None) -> Iterator[str]:
    """Yield lines with their ends; a file that is UTF-8 at first and not later is read as Windows-1252 from there on."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    is_first = True
    while True:
        chunk = raw.read(1 << 18)
        if sink is not None:
            sink.advance(len(chunk))
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            pending = decoder.getstate()[0]
            other = "cp1252" if encoding.startswith("utf-8") else encoding
            decoder = codecs.getincrementaldecoder(other)(errors="replace")
            text = decoder.decode(pending + chunk, final=not chunk)
        text = text.replace("\0", "")
        if is_first:
            text, is_first = text.lstrip("\ufeff"), False
        lines = _LINES.findall(rest + text) if "\r" in text or "\n" in text or not chunk else None
        if lines is None:
            rest += text
            if len(rest) > 4 * CELL_BYTES:
                raise csv.Error("no line break in megabytes")
            continue
        # The last piece may go on, and a \r may be half of a \r\n.
        rest = lines.pop() if chunk and lines else ""
        yield from lines
        if not chunk:
            return


def _refusal(path: Path, line: int | None, found: str, expected: str) -> InputError:
    fix = "The file is damaged or is not text: export it again, and leave it as it was downloaded."
    return InputError([Problem(path.name, line, None, found, expected, fix)])
