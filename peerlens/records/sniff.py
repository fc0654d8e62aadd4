"""What a text file is, from its first megabyte, before any engine sees it.

Refuses early, and in words, what would otherwise fail late: empty files, web pages and
workbooks named ``.csv``, and hundreds of megabytes without a line break.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from peerlens.errors import InputError, Problem
from peerlens.records.headers import fold

HEAD_BYTES = 1_000_000
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OTHER_THINGS = (
    (b"PK\x03\x04", "a zip file or an Excel workbook", "Open it in a spreadsheet and save it as CSV (UTF-8)."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Open it in a spreadsheet and save it as CSV (UTF-8)."),
    (b"\x1f\x8b", "a gzip file", "Unpack it first."),
    (b"%PDF", "a PDF", "Export the data as CSV instead."),
    (b"PAR1", "a Parquet file", "Rename it so that its name ends in .parquet."),
)


@dataclass(frozen=True)
class Sniff:
    """How to read a delimited text file.

    Parameters
    ----------
    encoding
        Python's name of the encoding.
    delimiter
        Character between cells.
    header
        Cells of the first line, as written.
    has_rows
        Whether anything follows the header.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    has_rows: bool


def sniff(path: Path, *, known: Collection[str] = ()) -> Sniff:
    """Find encoding, delimiter and header from the first megabyte of a file.

    Parameters
    ----------
    path
        The file.
    known
        Folded column names; the delimiter that yields most of them is taken.

    Raises
    ------
    InputError
        The file is empty, is not delimited text, or has no line breaks.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    size = path.stat().st_size
    _refuse_other_things(path.name, head)
    encoding = _encoding(path.name, head)
    # A character cut in two at the end of the head is not a wrong one.
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head, final=False)
    if not text.strip():
        raise _refusal(path.name, "an empty file", "a header line and rows", "Export the file again, or remove it.")
    _refuse_web_pages(path.name, text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n").split("\n")
    if size > len(head) and len(lines) < 3:
        breaks = "no line break" if len(lines) == 1 else "one line break"
        found = f"{breaks} in the first megabyte of {size / 1e6:,.0f} MB"
        raise _refusal(path.name, found, "one record a line", "Export the file again as CSV with one record a line.")
    delimiter = _delimiter("\n".join(lines[:50]), known)
    header = tuple(cell.strip() for cell in _header(lines, delimiter))
    return Sniff(encoding, delimiter, header, has_rows=any(line.strip() for line in lines[1:]))


def _refusal(name: str, found: str, expected: str, fix: str) -> InputError:
    return InputError([Problem(name, None, None, found, expected, fix)])


def _refuse_other_things(name: str, head: bytes) -> None:
    for magic, what, fix in _OTHER_THINGS:
        if head.startswith(magic):
            raise _refusal(name, what, "text with one record a line (CSV)", fix)


def _refuse_web_pages(name: str, text: str) -> None:
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<head", "<table")):
        raise _refusal(
            name,
            "a web page or XML",
            "text with one record a line (CSV)",
            "The download may have been a sign-in page: sign in, download again, and look at the file first.",
        )
    if start.startswith(("{", "[{")):
        raise _refusal(name, "JSON", "text with one record a line (CSV)", "Export the data as CSV instead.")


def _encoding(name: str, head: bytes) -> str:
    """Return the encoding by byte order mark, by where the zero bytes stand, or by what decodes."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    zeros = head.count(0)
    if zeros:
        # Western text in UTF-16 has a zero in every second byte.
        if zeros > 0.3 * len(head):
            return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        line = head[: head.index(0)].count(b"\n") + 1
        raise InputError([zero_byte(name, line)])
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def zero_byte(name: str, line: int) -> Problem:
    """Return the problem of a zero byte in a text file."""
    return Problem(
        name,
        line,
        None,
        "a zero byte",
        "text",
        "The file is damaged or is not text: export it again as CSV (UTF-8).",
    )


def _header(lines: list[str], delimiter: str) -> list[str]:
    return next(csv.reader(iter([line + "\n" for line in lines[:50]]), delimiter=delimiter), [])


def _delimiter(start: str, known: Collection[str]) -> str:
    """Return the delimiter that yields most known column names, then most columns, in the header."""

    def score(delimiter: str) -> tuple[int, int]:
        cells = _header(start.split("\n"), delimiter)
        return sum(fold(cell) in known for cell in cells), len(cells)

    return max(DELIMITERS, key=score)
