"""Instants as numbers: microseconds since 1970 in UTC, from text whose rows look alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from peerlens.records import instants
from peerlens.records.arrays.unusual import Unusual

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SECOND = 1_000_000
DAY = 86_400 * SECOND
MISSING = -(1 << 63)
"""no instant: the line is empty"""
USUAL = re.compile(
    r"(\d{4}-\d\d-\d\d)(?P<time>[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)
"""what Arrow reads in the same way as the engine does; the rest of ``instants.PATTERN`` goes the general way"""
SHAPES = 12
"""ways of writing an instant looked for in a piece of a file"""
LONGEST = 40
FIRST = -30_610_224_000 * SECOND
"""the year 1000: years of fewer digits are written in several ways"""
LINE_BYTES = 1 << 14


@dataclass(frozen=True)
class Instants:
    """A column of instants, or a piece of one.

    Parameters
    ----------
    at
        Microseconds since 1970 in UTC; ``MISSING`` where there is none.
    is_naive, is_day
        Whether no zone, and only a day, was written.
    years
        First and last year among the wall clocks; None without any.
    """

    at: np.ndarray
    is_naive: np.ndarray
    is_day: np.ndarray
    years: tuple[int, int] | None


def from_text(texts: pa.Array, zone: str) -> Instants:
    """Read instants; a text of no characters is a missing one.

    Raises
    ------
    Unusual
        Some of them cannot be read here.
    """
    import numpy as np

    count = len(texts)
    at = np.full(count, MISSING, dtype="int64")
    is_naive, is_day = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    years: list[int] = []
    for rows, shape, alike in _alike(texts):
        found = _cast(alike, has_zone=shape["zone"] is not None)
        low, high = int(found.min()), int(found.max())
        if low < FIRST:
            raise Unusual("an instant of long ago")
        # With an offset the wall clock is up to a day away; a year too many changes nothing.
        away = 0 if shape["zone"] in (None, "Z") else DAY
        years += [_year(low - away), _year(high + away)]
        if shape["zone"] is None:
            is_naive[rows] = True
            found = to_utc(found, zone)
        is_day[rows] = shape["time"] is None
        at[rows] = found
    return Instants(at, is_naive, is_day, (min(years), max(years)) if years else None)


def from_timestamps(column: pa.Array, zone: str) -> Instants:
    """Take a column that holds instants already."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_naive = column.type.tz is None
    whole = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast("int64")
    is_known = pc.is_valid(whole).to_numpy(zero_copy_only=False)
    at = pc.fill_null(whole, MISSING).to_numpy().copy()
    known = at[is_known]
    if len(known) and (known.min() < 0 or known.max() > 7_000 * 366 * DAY):
        raise Unusual("an instant of long ago or far ahead")
    # In which zone an instant that has one is shown plays no part, but for the year of its wall clock.
    years = (_year(int(known.min()) - DAY), _year(int(known.max()) + DAY)) if len(known) else None
    if is_naive:
        at[is_known] = to_utc(known, zone)
    return Instants(at, is_known & is_naive, np.zeros(len(at), dtype=bool), years)


def joined(pieces: list[Instants]) -> Instants:
    """Join pieces of a column."""
    import numpy as np

    years = [piece.years for piece in pieces if piece.years is not None]
    return Instants(
        np.concatenate([piece.at for piece in pieces]) if pieces else np.empty(0, "int64"),
        np.concatenate([piece.is_naive for piece in pieces]) if pieces else np.empty(0, bool),
        np.concatenate([piece.is_day for piece in pieces]) if pieces else np.empty(0, bool),
        (min(first for first, _ in years), max(last for _, last in years)) if years else None,
    )


def to_utc(wall: np.ndarray, zone: str) -> np.ndarray:
    """Return UTC instants for wall clocks of a zone; see ``instants.to_utc``."""
    if zone == "UTC" or not len(wall):
        return wall
    first, changes = instants._offsets(zone, _year(int(wall.min())), _year(int(wall.max())))
    before, edges = first, []
    for at, after in changes:
        edges.append(_micros(at) + max(before, after) // timedelta(microseconds=1))
        before = after
    return wall - _steps(wall, edges, [first, *(after for _, after in changes)])


def to_local(at: np.ndarray, zone: str) -> np.ndarray:
    """Return the wall clock of a zone at UTC instants."""
    if zone == "UTC" or not len(at):
        return at
    first, changes = instants._offsets(zone, _year(int(at.min())) - 1, _year(int(at.max())) + 1)
    return at + _steps(at, [_micros(edge) for edge, _ in changes], [first, *(after for _, after in changes)])


def local_day(at: np.ndarray, zone: str) -> np.ndarray:
    """Return the day in a zone on which instants fall, as days since 1970."""
    return (to_local(at, zone) // DAY).astype("int32")


def _steps(values: np.ndarray, edges: list[int], offsets: list[timedelta]) -> np.ndarray:
    """Return the offset that holds at each value: the first before the first edge, and so on."""
    import numpy as np

    micros = np.array([round(offset.total_seconds()) * SECOND for offset in offsets], dtype="int64")
    if not edges:
        return micros[0]
    return micros[np.searchsorted(np.array(edges, dtype="int64"), values, side="right")]


def _micros(at: object) -> int:
    import numpy as np

    return int(np.datetime64(at, "us").astype("int64"))


def _year(micros: int) -> int:
    import numpy as np

    return int(np.datetime64(micros, "us").astype("datetime64[Y]").astype("int64")) + 1970


def _cast(texts: pa.Array, *, has_zone: bool) -> np.ndarray:
    import pyarrow as pa

    try:
        return texts.cast(pa.timestamp("us", "UTC" if has_zone else None)).cast("int64").to_numpy()
    except pa.ArrowInvalid as error:
        raise Unusual("an instant that is none") from error


def _alike(texts: pa.Array) -> Iterator[tuple[np.ndarray | slice, re.Match[str], pa.Array]]:
    """Yield rows that are written in the same way: which ones, one of them, and their text.

    Text of one length lies in memory as a table of characters. A row shows where its digits stand; the others are of its shape
    if they have digits there too, and the very same characters elsewhere.
    """
    import numpy as np
    import pyarrow as pa

    if pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.string())
    lengths = _lengths(texts)
    counts = np.bincount(lengths, minlength=1)
    shapes = 0
    for length in np.flatnonzero(counts):
        if length == 0:
            continue
        rows = None if counts[length] == len(texts) else np.flatnonzero(lengths == length)
        while rows is None or len(rows):
            alike = texts if rows is None else texts.take(pa.array(rows))
            shape = USUAL.fullmatch(alike[0].as_py())
            shapes += 1
            if shape is None or shapes > SHAPES:
                raise Unusual("an instant written in a rare way")
            fits = _fitting(_characters(alike, int(length)), shape.string.encode())
            if fits is None:
                yield slice(None) if rows is None else rows, shape, alike
                break
            own = np.arange(len(texts)) if rows is None else rows
            yield own[fits], shape, alike.filter(pa.array(fits))
            rows = own[~fits]


def _lengths(texts: pa.Array) -> np.ndarray:
    import numpy as np

    offsets = np.frombuffer(texts.buffers()[1], dtype="int32", count=len(texts) + 1, offset=4 * texts.offset)
    lengths = np.diff(offsets)
    if len(lengths) and lengths.max() > LONGEST:
        raise Unusual("an instant of many characters")
    return lengths


def _characters(texts: pa.Array, length: int) -> np.ndarray:
    import numpy as np

    offsets = np.frombuffer(texts.buffers()[1], dtype="int32", count=len(texts) + 1, offset=4 * texts.offset)
    size = int(offsets[-1] - offsets[0])
    return np.frombuffer(texts.buffers()[2], dtype="uint8", count=size, offset=int(offsets[0])).reshape(-1, length)


def _fitting(characters: np.ndarray, shape: bytes) -> np.ndarray | None:
    """Return which rows are of a shape; None where all are."""
    import numpy as np

    rows, length = characters.shape
    lowest = np.frombuffer(re.sub(rb"\d", b"0", shape), dtype="uint8")
    room = np.where(lowest == ord("0"), 9, 0).astype("uint8")
    # Many rows laid end to end: row by row, numpy would spend its time between rows of twenty bytes.
    at_once = LINE_BYTES // length
    whole = rows // at_once * at_once
    long = characters[:whole].reshape(-1, at_once * length)
    is_long = len(long) == 0 or bool((long - np.tile(lowest, at_once) <= np.tile(room, at_once)).all())
    if is_long and bool((characters[whole:] - lowest <= room).all()):
        return None
    return (characters - lowest <= room).all(axis=1)
