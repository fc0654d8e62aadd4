"""Where a table comes from, and how its text gets in: small tables to pandas, messages and meetings to the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import InputError, Problem
from peerlens.records import lines
from peerlens.records.headers import Header, known_names, match
from peerlens.records.sniff import DELIMITER_NAMES, Sniff, sniff
from peerlens.schema import Table
from peerlens.store import FileDigests, file_digest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine

LARGE = ("messages", "meetings")
NEEDS_ROWS = ("people", "meetings", "messages")
"""tables of which a header alone is a mistake"""


@dataclass(frozen=True)
class Source:
    """One file or frame that holds one canonical table.

    Parameters
    ----------
    table
        The canonical table.
    name
        Name of the file, or of the frame.
    names
        Column names as written.
    header
        Where the canonical columns stand.
    path, frame
        The file, or the frame.
    sniff
        How to read a text file; None for Parquet files and frames.
    kind
        What a table that is no file came as.
    rows
        The table, where it lives in the engine and need not be fetched.
    encoding, sha256
        Known after reading.
    """

    table: Table
    name: str
    names: tuple[str, ...]
    header: Header
    path: Path | None = None
    frame: pd.DataFrame | None = None
    sniff: Sniff | None = None
    kind: str = "DataFrame"
    rows: ir.Table | None = None
    encoding: str = ""
    sha256: str = ""

    @property
    def columns(self) -> list[str | None]:
        """Canonical name of each column as it stands in the source; None where it is not read."""
        by_position = {position: column for column, position in self.header.positions.items()}
        return [by_position.get(at) for at in range(len(self.names))]

    @property
    def format(self) -> str:
        """What kind of source this is, for the account."""
        if self.path is None:
            return self.kind
        if self.sniff is None:
            return "Parquet"
        encoding = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
        return f"CSV, {encoding.get(self.encoding, 'UTF-16')}, {DELIMITER_NAMES[self.sniff.delimiter]}"


def file_source(table: Table, path: Path) -> Source:
    """Look at a file: what its columns are, whether there are rows.

    Raises
    ------
    InputError
        The file is not what it is named, or lacks columns or rows.
    """
    if path.suffix.lower() in (".parquet", ".pq"):
        names, has_rows = _parquet_header(path)
        source = Source(table, path.name, names, match(table, names, name=path.name), path)
    else:
        found = sniff(path, known=known_names())
        names, has_rows = found.header, found.has_rows
        source = Source(table, path.name, names, match(table, names, name=path.name), path, sniff=found)
    return _checked(source, has_rows)


def frame_source(table: Table, frame: pd.DataFrame) -> Source:
    """Look at a frame given by the user.

    Raises
    ------
    InputError
        Columns or rows are missing.
    """
    name = f"{table.name} (DataFrame)"
    names = tuple(str(column) for column in frame.columns)
    return _checked(Source(table, name, names, match(table, names, name=name), frame=frame), len(frame) > 0)


def warehouse_source(table: Table, rows: ir.Table) -> Source:
    """Fetch a table of a warehouse: only the columns that mean something here leave it, in an order that does not depend on it.

    Parameters
    ----------
    table
        What it holds.
    rows
        An Ibis table of any backend.

    Raises
    ------
    InputError
        Columns or rows are missing.
    """
    name = f"{table.name} (Ibis table)"
    names = tuple(str(column) for column in rows.columns)
    header = match(table, names, name=name)
    if header.problems:
        raise InputError(header.problems)
    wanted = [names[at] for at in sorted(header.positions.values())]
    frame = rows.select(*wanted).order_by(wanted).to_pandas().reindex(columns=list(names))
    return _checked(Source(table, name, names, header, frame=frame, kind="Ibis table"), len(frame) > 0)


def resident_source(table: Table, rows: ir.Table) -> Source:
    """Look at a table that lives in the engine: it stays there.

    Raises
    ------
    InputError
        Columns or rows are missing.
    """
    name = f"{table.name} (Ibis table)"
    names = tuple(str(column) for column in rows.columns)
    source = Source(table, name, names, match(table, names, name=name), kind="Ibis table", rows=rows)
    return _checked(source, bool(source.header.problems) or len(rows.limit(1).to_pandas()) > 0)


def _parquet_header(path: Path) -> tuple[tuple[str, ...], bool]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        problem = Problem(
            path.name,
            None,
            None,
            "a file that is not Parquet",
            "a Parquet file",
            "Export it again, or name it .csv if it is text.",
        )
        raise InputError([problem]) from error
    return tuple(meta.schema.to_arrow_schema().names), meta.num_rows > 0


def _checked(source: Source, has_rows: bool) -> Source:
    problems = list(source.header.problems)
    if not has_rows and source.table.name in NEEDS_ROWS and not problems:
        problems.append(
            Problem(
                source.name,
                None,
                None,
                "a header and no rows",
                f"rows: {source.table.meaning}",
                "Export the file again with its rows, or remove it.",
            )
        )
    if problems:
        raise InputError(problems)
    return source


def small(source: Source) -> tuple[pd.DataFrame, Source]:
    """Read a table as text into pandas, with the ``line`` of each row.

    Returns
    -------
    tuple
        All canonical columns (those not in the source are missing throughout) and ``line``; the source, with digest.

    Raises
    ------
    InputError
        Lines are broken.
    """
    import pandas as pd

    from peerlens.records.cells import text

    if source.path is not None and source.sniff is not None:
        with lines.opened(source.path, source.sniff) as plain:
            found = lines.scan(plain.path, delimiter=source.sniff.delimiter, width=len(source.names), name=source.name)
        if found.problems:
            raise InputError(found.problems)
        at = source.header.positions
        frame = pd.DataFrame(
            {column: pd.Series([record[at[column]] for record in found.records], dtype="str") for column in at}
        )
        frame["line"] = pd.Series(found.lines, dtype="int64")
        source = replace(source, encoding=plain.encoding, sha256=plain.sha256)
    else:
        whole = pd.read_parquet(source.path) if source.path is not None else source.frame
        assert whole is not None
        frame = pd.DataFrame({column: whole.iloc[:, at].array for column, at in source.header.positions.items()})
        frame["line"] = pd.RangeIndex(2, len(frame) + 2)
        source = replace(source, sha256=file_digest(source.path) if source.path else _digest(frame))
    for column in source.table.names:
        frame[column] = text(frame[column]) if column in frame else pd.Series(pd.NA, frame.index, dtype="str")
    return frame[[*source.table.names, "line"]], source


def large(source: Source, engine: Engine) -> tuple[ir.Table, Source]:
    """Read a table into the engine: text from CSV, typed columns from Parquet and frames, and ``line``.

    Raises
    ------
    InputError
        Lines are broken; names every one.
    """
    if source.path is not None and source.sniff is not None:
        return _large_csv(source, engine)
    if source.path is not None:
        raw = engine.read_parquet(source.path, columns=source.columns, name=source.table.name)
        source = replace(source, sha256=file_digest(source.path))
    elif source.rows is not None:
        raw, digest = engine.adopt(source.rows, columns=source.columns, name=source.table.name)
        source = replace(source, sha256=hashlib.sha256(digest.encode()).hexdigest())
    else:
        from peerlens.records.cells import loadable

        assert source.frame is not None
        frame = loadable(source.frame, source.header.positions)
        source = replace(source, sha256=_digest(frame))
        raw = engine.from_frame(frame.assign(line=range(2, len(frame) + 2)), name=source.table.name)
    return raw, source


def _large_csv(source: Source, engine: Engine) -> tuple[ir.Table, Source]:
    path, found = source.path, source.sniff
    assert path is not None
    assert found is not None
    width = len(source.names)
    for copy in (False, True):
        with lines.opened(path, found, copy=copy) as plain:
            source = replace(source, encoding=plain.encoding, sha256=plain.sha256)
            try:
                raw = engine.read_csv(plain.path, columns=source.columns, delimiter=found.delimiter, name=source.name)
            except InputError:
                broken = lines.scan(
                    plain.path, delimiter=found.delimiter, width=width, name=source.name, keep=False
                ).problems
                if broken:
                    raise InputError(broken) from None
                if copy:
                    raise
                # Nothing broken but the line ends, which the engine wants all alike: read a copy with plain ones.
                continue
            return _numbered(raw, plain, source, engine), source
    raise AssertionError("unreachable")


def _numbered(raw: ir.Table, plain: lines.Lines, source: Source, engine: Engine) -> ir.Table:
    """Give each record the line it starts on."""
    import pandas as pd

    assert source.sniff is not None
    count = engine.count(raw)
    if count == plain.count - 1:
        return raw
    # Cells with line breaks or empty lines: the lines have to be looked up.
    starts = lines.starts(plain.path, delimiter=source.sniff.delimiter, width=len(source.names))
    if len(starts) != count:
        raise InputError(
            [
                Problem(
                    source.name,
                    None,
                    None,
                    f"{count:,} records by one way of reading and {len(starts):,} by another",
                    "one record a line",
                    "Open the file in a spreadsheet and save it as CSV (UTF-8) again.",
                )
            ]
        )
    table = engine.from_frame(pd.DataFrame({"line": range(2, count + 2), "start": starts}), name="lines")
    numbered = engine.materialise(raw.join(table, "line").drop("line").rename(line="start"), name=source.table.name)
    engine.drop(raw, table)
    return numbered


def digest_of(source: Source) -> str:
    """Return the digest that a file or frame of messages or meetings will have after reading."""
    if source.path is not None:
        return file_digest(source.path)
    from peerlens.records.cells import loadable

    assert source.frame is not None
    return _digest(loadable(source.frame, source.header.positions))


def digests_of(sources: Iterable[Source]) -> FileDigests:
    """Begin to work out the digests of files of messages and meetings, beside what is done meanwhile."""
    return FileDigests([item.path for item in sources if item.table.name in LARGE and item.path is not None])


def _digest(frame: pd.DataFrame) -> str:
    """Return a digest of a frame's columns and values; its index plays no part."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    digest = hashlib.sha256()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    digest.update(sink.getvalue())
    return digest.hexdigest()
