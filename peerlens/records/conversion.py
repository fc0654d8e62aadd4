"""Exports to a folder of canonical CSV files, written whole or not at all."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from peerlens.errors import InputError, PeerlensError, Problem
from peerlens.records import lines, names
from peerlens.records.cells import without_guard
from peerlens.records.checks import Problems
from peerlens.records.exports import Found, Options, Search, owner_of, people_of_names, seen_names, shown_name, written
from peerlens.records.formats import Sink
from peerlens.records.formats.canonical import table_named
from peerlens.records.sources import Source, file_source
from peerlens.schema import TABLES

ACCOUNT = "conversion.txt"
SETTINGS = "peerlens.toml"
_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Conversion:
    """What was written.

    Parameters
    ----------
    folder
        Where.
    rows
        Rows by table.
    said
        What became of the rows of each kind of export, and notes.
    owner
        Whose mailbox or calendar it is, where the files tell.
    """

    folder: Path
    rows: dict[str, int]
    said: tuple[str, ...]
    owner: str | None

    def __str__(self) -> str:
        written = ", ".join(f"{name}.csv ({count:,} rows)" for name, count in self.rows.items())
        return "\n".join([*self.said, f"Written to {self.folder}: {written}"])


@dataclass(frozen=True)
class _Canonical:
    """A canonical file among the exports: its rows pass through as they are."""

    name: str = "canonical tables"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file is named for a table."""
        return table_named(path.stem) is not None

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Copy the rows."""
        table = table_named(path.stem)
        assert table is not None
        source = file_source(table, path)
        for row in _rows(source):
            sink.read_rows()
            sink.row(table.name, row)
        sink.advance(path.stat().st_size)


def convert(paths: Iterable[Path], folder: Path, *, options: Options) -> Conversion:
    """Write exports and canonical files, alone or mixed, as one folder of canonical CSV files.

    Parameters
    ----------
    paths
        Files, folders, zip files.
    folder
        Where to; made if it is not there. What an earlier conversion wrote there is replaced, anything else refused.
    options
        How exports are read.

    Raises
    ------
    InputError
        Something cannot be read; lists all of it, and writes nothing.
    PeerlensError
        The folder holds something else.
    """
    paths = [Path(path) for path in paths]
    _check_target(folder)
    problems = Problems()
    for path in paths:
        if not path.exists():
            fix = "Check the path; put it in quotes where it has spaces."
            problems.add(Problem(str(path), None, None, "nothing of that name", "a file or folder", fix))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent, ignore_cleanup_errors=True
    ) as name:
        partial, tables, done = Path(name), Path(name) / "tables", Path(name) / "done"
        tables.mkdir()
        done.mkdir()
        found, notes = _found(paths, partial / "unpacked", problems, options)
        sink = written(found, tables, problems, options=options)
        problems.raise_any()
        said = (*(str(sink.tallies[name]) for name in sorted(sink.tallies)), *notes)
        if not sink.written:
            fix = "Give an export with meetings or messages among people, over some months."
            place = ", ".join(path.name for path in paths)
            raise InputError(
                [Problem(place, None, None, "; ".join(said) or "nothing", "rows that tell of contact", fix)]
            )
        _with_names(sink, has_canonical=any(isinstance(item.format, _Canonical) for item in found))
        rows = {table: sink.written[table] for table in TABLES if table in sink.written}
        for table in rows:
            _used_only(tables / f"{table}.csv", done / f"{table}.csv", table, sink.columns[table])
        _settings(paths, done, options)
        (done / ACCOUNT).write_text("\n".join([*said, ""]), encoding="utf-8")
        _put(done, folder)
    return Conversion(folder, rows, said, owner_of(sink))


def _check_target(folder: Path) -> None:
    if folder.is_file():
        raise PeerlensError(f"{folder} is a file. Give the name of a folder to write to.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / ACCOUNT).is_file():
        raise PeerlensError(
            f"{folder} holds files that no conversion wrote. Give a new folder, so that nothing of yours is replaced."
        )


def _found(
    paths: list[Path], unpacked: Path, problems: Problems, options: Options
) -> tuple[list[Found], tuple[str, ...]]:
    search = Search(unpacked, problems, options.progress, keeps_canonical=True)
    for path in paths:
        search.look(path)
    ours = [Found(path, _Canonical()) for path in search.canonical]
    return [*ours, *search.found], tuple(search.others)


def _with_names(sink: Sink, *, has_canonical: bool) -> None:
    """Keep the names seen: as a people table where there is none, and as other names of people."""
    file = sink.folder / "people_aliases.csv"
    own = [row["alias"] for row in _rows(file_source(TABLES["people_aliases"], file))] if file.is_file() else []
    known = {("", names.alias_key(alias)) for alias in own}
    if "people" not in sink.written and not has_canonical:
        people_of_names(sink)
        known |= {(person, names.key(shown_name(seen))) for person, seen in sink.names.items()}
    for person, name in seen_names(sink):
        found = names.key(name)
        if not known & {("", found), (person, found)} and found.count(" ") + 1 >= names.LEAST_WORDS:
            known.add((person, found))
            sink.row("people_aliases", {"person_id": person, "alias": name})
    sink.close()


def _rows(source: Source) -> Iterator[dict[str, str]]:
    """Yield the rows of a canonical file as text, under their canonical names."""
    at = source.header.positions
    guarded = [column.name for column in source.table.columns if column.type in ("id", "ids", "text")]
    assert source.path is not None
    if source.sniff is None:
        yield from _parquet_rows(source)
        return
    before = csv.field_size_limit(lines.CELL_BYTES)
    try:
        with (
            lines.opened(source.path, source.sniff) as plain,
            plain.path.open(encoding="utf-8-sig", newline="") as file,
        ):
            reader = csv.reader(file, delimiter=source.sniff.delimiter)
            next(reader, None)
            for cells in reader:
                if any(cells):
                    row = {column: cells[place] for column, place in at.items() if place < len(cells)}
                    yield {name: without_guard(value) if name in guarded else value for name, value in row.items()}
    except csv.Error as error:
        fix = "Close the quote on that line, and save the file as CSV again."
        raise InputError(
            [Problem(source.name, None, None, str(error), "quotes in pairs around a cell", fix)]
        ) from error
    finally:
        csv.field_size_limit(before)


def _parquet_rows(source: Source) -> Iterator[dict[str, str]]:
    import pyarrow.parquet as pq

    from peerlens.records.cells import text

    columns = [source.names[place] for place in source.header.positions.values()]
    for batch in pq.ParquetFile(source.path).iter_batches(_BATCH_ROWS, columns=columns):
        frame = batch.to_pandas().rename(columns=dict(zip(columns, source.header.positions, strict=True)))
        plain = frame.apply(text).fillna("")
        yield from plain.to_dict("records")


def _used_only(source: Path, target: Path, table: str, used: Iterable[str]) -> None:
    """Write a table again with only the columns that hold anything, in canonical order."""
    needed = {*used, *TABLES[table].required}
    kept = [at for at, column in enumerate(TABLES[table].names) if column in needed]
    if len(kept) == len(TABLES[table].names):
        source.replace(target)
        return
    before = csv.field_size_limit(lines.CELL_BYTES)
    try:
        with (
            source.open(encoding="utf-8", newline="") as file,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out, lineterminator="\n")
            writer.writerows([row[at] for at in kept] for row in csv.reader(file))
    finally:
        csv.field_size_limit(before)
    source.unlink()


def _settings(paths: list[Path], done: Path, options: Options) -> None:
    """Keep the settings beside the data: those there were, else the zone the times were read in."""
    own = [path / SETTINGS for path in paths if path.is_dir() and (path / SETTINGS).is_file()]
    if own:
        shutil.copyfile(own[0], done / SETTINGS)
    elif options.zone != "UTC":
        (done / SETTINGS).write_text(f'[read]\ntimezone = "{options.zone}"\n', encoding="utf-8")


def _put(done: Path, folder: Path) -> None:
    """Move the finished files to their place, in one step where the folder is new."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    if not folder.exists():
        os.chmod(done, 0o755)
        os.replace(done, folder)
        return
    stale = [folder / f"{table}.csv" for table in TABLES]
    fresh = {file.name for file in done.iterdir()}
    for file in sorted(done.iterdir()):
        if file.name == SETTINGS and (folder / SETTINGS).exists():
            continue
        os.replace(file, folder / file.name)
    for file in stale:
        # Answers to flags are the user's own, whatever an export holds.
        if file.name not in fresh and file.exists() and file.stem in ("messages", "meetings"):
            file.unlink()


def progress_total(paths: Iterable[Path]) -> int:
    """Return the number of bytes a conversion will read, about."""
    total = 0
    for path in paths:
        files = path.rglob("*") if path.is_dir() else [path]
        total += sum(file.stat().st_size for file in files if file.is_file())
    return total
