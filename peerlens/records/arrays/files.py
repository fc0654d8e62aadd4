"""Files and frames in pieces: text as codes, instants as numbers, a few megabytes at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.blocks import over_blocks
from peerlens.errors import InputError
from peerlens.records import lines
from peerlens.records.arrays import clock
from peerlens.records.arrays.cells import Cells, encoded
from peerlens.records.arrays.unusual import Unusual
from peerlens.records.sources import Source, digest_of

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 16 << 20
"""a piece of a text file: large enough for most people to be in it once, small enough for several to be in memory"""
BLOCK_ROWS = 1 << 19


@dataclass(frozen=True)
class Columns:
    """What a file holds, one entry for each canonical column that it has.

    Parameters
    ----------
    source
        Where it comes from, with its digest.
    rows
        Number of rows.
    cells
        Columns of text.
    instants
        Columns of instants.
    """

    source: Source
    rows: int
    cells: dict[str, Cells]
    instants: dict[str, clock.Instants]


def read(source: Source, *, zone: str) -> Columns:
    """Read a source.

    Raises
    ------
    Unusual
        It has to be read the general way.
    """
    import pyarrow as pa

    if source.rows is not None:
        raise Unusual("a table that lives in an engine")
    try:
        if source.path is None or source.sniff is None:
            return _gathered(replace(source, sha256=digest_of(source)), _typed(source), zone)
        if source.sniff.encoding not in ("utf-8", "utf-8-sig"):
            raise Unusual(f"text in {source.sniff.encoding}")
        with ThreadPoolExecutor(1) as beside:
            # The digest takes no part of the file away from the parser, and the other way round.
            walking = beside.submit(lines.walk, source.path, source.sniff.encoding, delimiter=source.sniff.delimiter)
            found = _gathered(source, _text(source), zone)
            walk = walking.result()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, InputError, OSError) as error:
        raise Unusual(str(error)) from error
    if not walk.is_plain or not walk.is_regular or found.rows != walk.count - 1:
        raise Unusual("cells with line breaks, empty lines, stray quotes, or letters that are not UTF-8")
    return replace(found, source=replace(source, encoding=walk.encoding, sha256=walk.sha256))


def _gathered(source: Source, pieces: Iterator[dict[str, pa.Array]], zone: str) -> Columns:
    """Take pieces as they come, so that no more than a few are in memory at once."""
    kinds = {column: source.table.type_of(column) for column in source.header.positions}
    cells: dict[str, list[Any]] = {}
    instants: dict[str, list[Any]] = {}
    rows = 0

    def understood(piece: dict[str, pa.Array]) -> tuple[int, dict[str, Any]]:
        return len(next(iter(piece.values()))), {
            column: _instants(values, zone) if kinds[column] == "instant" else encoded(values)
            for column, values in piece.items()
        }

    # The next piece is parsed while those before it are worked on.
    for size, piece in over_blocks(understood, pieces):
        rows += size
        for column, values in piece.items():
            (instants if kinds[column] == "instant" else cells).setdefault(column, []).append(values)
    joined = {column: Cells.joined(cells.pop(column)) for column in list(cells)}
    return Columns(source, rows, joined, {column: clock.joined(own) for column, own in instants.items()})


def _instants(values: pa.Array, zone: str) -> clock.Instants:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(values.type):
        return clock.from_timestamps(values, zone)
    return clock.from_text(pc.fill_null(values, ""), zone)


def _text(source: Source) -> Iterator[dict[str, pa.Array]]:
    """Yield the pieces of a text file."""
    import pyarrow as pa
    import pyarrow.csv

    path, sniff = source.path, source.sniff
    assert path is not None
    assert sniff is not None
    if _first_line(path, sniff.delimiter) != sniff.header:
        raise Unusual("a header of several lines")
    kinds = {column: source.table.type_of(column) for column in source.header.positions}
    places = {column: f"c{at}" for column, at in source.header.positions.items()}
    coded = pa.dictionary(pa.int32(), pa.string())
    reading = pa.csv.open_csv(
        path,
        # Names in the file play no part: they may be there twice, or hold anything.
        read_options=pa.csv.ReadOptions(
            block_size=BLOCK_BYTES, skip_rows=1, column_names=[f"c{at}" for at in range(len(source.names))]
        ),
        parse_options=pa.csv.ParseOptions(delimiter=sniff.delimiter),
        convert_options=pa.csv.ConvertOptions(
            include_columns=list(places.values()),
            column_types={place: pa.string() if kinds[name] == "instant" else coded for name, place in places.items()},
        ),
    )
    with reading:
        for batch in reading:
            yield {column: batch.column(place) for column, place in places.items()}


def _first_line(path: Path, delimiter: str) -> tuple[str, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = next(csv.reader([file.readline(lines.CELL_BYTES)], delimiter=delimiter), [])
    return tuple(cell.strip() for cell in cells)


def _typed(source: Source) -> Iterator[dict[str, pa.Array]]:
    """Yield the pieces of a Parquet file or frame: text and instants; other types go the general way."""
    for batch in _batches(source):
        columns = {}
        for column, at in source.header.positions.items():
            columns[column] = _usual(batch.column(at), is_instant=source.table.type_of(column) == "instant")
        yield columns


def _batches(source: Source) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if source.path is not None:
        with pq.ParquetFile(source.path) as file:
            yield from file.iter_batches(BLOCK_ROWS)
        return
    from peerlens.records.cells import loadable

    assert source.frame is not None
    frame = loadable(source.frame, source.header.positions)
    at = {column: place for place, column in enumerate(frame.columns)}
    whole = pa.Table.from_pandas(frame, preserve_index=False)
    names = [whole.column(at[name]) if name is not None else pa.nulls(len(whole)) for name in source.columns]
    yield from pa.table(names, names=[str(place) for place in range(len(names))]).to_batches(BLOCK_ROWS)


def _usual(column: pa.Array, *, is_instant: bool) -> pa.Array:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or (is_instant and pa.types.is_timestamp(kind)):
        return column
    if pa.types.is_null(kind) and not is_instant:
        return column.cast(pa.string())
    raise Unusual(f"a column of type {kind}")
