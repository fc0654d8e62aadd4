"""Exports of other products: found among the files given, and written as canonical tables to a private folder.

What follows reads that folder like any other; nobody further down knows of a vendor.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from peerlens.errors import InputError, Problem
from peerlens.records import archives
from peerlens.records.cells import clean_id
from peerlens.records.checks import Problems
from peerlens.records.formats import CANONICAL, Format, Sink, export_of
from peerlens.records.formats.canonical import SUFFIXES, table_named
from peerlens.records.formats.dates import OpenDates
from peerlens.records.formats.sink import Tally
from peerlens.records.headers import known_names, match
from peerlens.records.names import by_key, key, tidy
from peerlens.records.sniff import sniff
from peerlens.records.sources import Source, file_source
from peerlens.schema import TABLES

DEEPEST = 8
"""levels of folders looked into; a Takeout has four"""


@dataclass(frozen=True)
class Exports:
    """What the exports among the files became.

    Parameters
    ----------
    sources
        Canonical tables made from exports, and canonical files that came in a zip.
    taken
        Files and folders that are exports, so that nobody else looks at them.
    tallies
        What became of their rows, one entry per format.
    names
        Names seen beside each id, the most frequent first.
    owner
        Whose mailbox or calendar it is, where the files tell.
    notes
        For the account.
    """

    sources: tuple[Source, ...] = ()
    taken: frozenset[Path] = frozenset()
    tallies: tuple[Tally, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    owner: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """How exports are read.

    Parameters
    ----------
    zone
        IANA zone of times without one.
    date_order
        ``dmy`` or ``mdy``; None leaves it to the file.
    mapping
        Canonical column and column of the export, for tables of no known format.
    progress
        Called with the number of bytes read since the last call.
    """

    zone: str = "UTC"
    date_order: str | None = None
    mapping: Mapping[str, str] | None = None
    progress: Callable[[int], None] | None = None


@dataclass(frozen=True)
class Found:
    """One export: the file (or folder, or zip as a whole) and its format."""

    path: Path
    format: Format


@contextmanager
def opened(paths: Iterable[Path], problems: Problems, *, options: Options, is_table: bool = False) -> Iterator[Exports]:
    """Write the exports among files and folders as canonical tables, which last as long as the context.

    Parameters
    ----------
    paths
        Files, folders, zip files; those that do not exist are passed over.
    problems
        Where to note what is wrong.
    options
        How to read.
    is_table
        Whether a people table was given in another way.
    """
    with tempfile.TemporaryDirectory(prefix="peerlens-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        search = Search(folder / "unpacked", problems, options.progress)
        for path in paths:
            search.look(path)
        if not search.found and not search.canonical and not search.others:
            yield Exports()
            return
        tables = folder / "tables"
        tables.mkdir()
        sink = written(search.found, tables, problems, options=options)
        sources = [
            source for source in (problems.attempt(lambda f=f: list(CANONICAL.read(f))) for f in search.canonical)
            if source
        ]  # fmt: skip
        in_zip = [item for several in sources for item in several]
        others = tables_among(paths) | {item.table.name for item in in_zip}
        # Of people in other logs nothing is known here: a list without them would make strangers of them.
        if not is_table and not others & {"people", "messages", "meetings"} and "people" not in sink.written:
            people_of_names(sink)
            sink.close()
        yield Exports(
            sources=(*in_zip, *_sources(sink, problems)),
            taken=frozenset(search.taken),
            tallies=tuple(sink.tallies[name] for name in sorted(sink.tallies)),
            names=seen_names(sink),
            owner=owner_of(sink),
            notes=tuple(search.others),
        )


def written(found: Iterable[Found], tables: Path, problems: Problems, *, options: Options) -> Sink:
    """Let each format write its files to one sink; return it, closed.

    Parameters
    ----------
    found
        The exports, in order.
    tables
        The folder to write to.
    problems
        Where to note files that cannot be read.
    options
        How to read.
    """
    sink = Sink(tables, date_order=options.date_order, mapping=options.mapping, progress=options.progress)
    open_dates: list[tuple[Found, OpenDates]] = []
    try:
        for item in found:
            sink.begin(item.format.name)
            try:
                item.format.read(item.path, sink, zone=options.zone)
            except OpenDates as error:
                sink.take_back()
                open_dates.append((item, error))
            except InputError as error:
                problems.extend(error.problems)
        for item, error in open_dates:
            _read_as_the_others(item, error, sink, problems, options=options)
    finally:
        sink.close()
    return sink


def _read_as_the_others(item: Found, error: OpenDates, sink: Sink, problems: Problems, *, options: Options) -> None:
    """Read a file whose dates may be read in two ways as the other files of its kind, where they all agree."""
    sink.begin(item.format.name)
    order = sink.order_in(item.format.name)
    if order is None:
        problems.extend(error.problems)
        return
    sink.date_order = order
    problems.attempt(lambda: item.format.read(item.path, sink, zone=options.zone))
    sink.date_order = options.date_order
    sink.note(f"dates that may be read in two ways read as {order}, like the other files of this kind")


class Search:
    """Looks for exports in files, folders and zip files.

    Parameters
    ----------
    unpacked
        Where zip files are unpacked to; made when there is one.
    problems
        Where to note what is wrong.
    progress
        Called with the number of bytes unpacked since the last call.
    keeps_canonical
        Whether to list canonical files outside zip files as well.
    """

    def __init__(
        self,
        unpacked: Path,
        problems: Problems,
        progress: Callable[[int], None] | None,
        *,
        keeps_canonical: bool = False,
    ) -> None:
        self.found: list[Found] = []
        self.canonical: list[Path] = []
        self.taken: set[Path] = set()
        self.others: list[str] = []
        self._unpacked = unpacked
        self._problems = problems
        self._progress = progress
        self._zips = 0
        self._keeps_canonical = keeps_canonical

    def look(self, path: Path) -> None:
        """Look at a file or folder that the user gave; a single file may have any name."""
        if path.is_dir():
            # An unpacked export may be the folder itself; other files may still lie in it.
            self._take(path, path)
            self._folder(path, DEEPEST, in_zip=False)
        elif path.is_file():
            self._file(path, in_zip=False)

    def _folder(self, folder: Path, deeper: int, *, in_zip: bool) -> None:
        for item in sorted(folder.iterdir(), key=lambda item: item.name):
            if item.name.startswith(".") or item.is_symlink():
                continue
            if item.is_file():
                self._file(item, in_zip=in_zip)
            elif item.is_dir() and deeper and not self._take(item, item):
                self._folder(item, deeper - 1, in_zip=in_zip)

    def _file(self, path: Path, *, in_zip: bool) -> None:
        if path.suffix.lower() == ".json" and any(folder in self.taken for folder in path.parents):
            # A part of an export that was taken as a whole: one of tens of thousands.
            return
        if path.suffix.lower() == ".zip":
            self._problems.attempt(lambda: self._zip(path))
        elif is_canonical(path):
            if in_zip or self._keeps_canonical:
                self.canonical.append(path)
        else:
            self._take(path, path)

    def _take(self, path: Path, shown: Path) -> bool:
        kind = export_of(path)
        if kind is not None:
            self.found.append(Found(path, kind))
            self.taken.add(shown)
        return kind is not None

    def _zip(self, path: Path) -> None:
        self.taken.add(path)
        archives.checked(path)
        if self._take(path, path):
            return
        self._zips += 1
        target = self._unpacked / str(self._zips)
        target.mkdir(parents=True)
        others = archives.unpack(path, target, progress=self._progress)
        before = len(self.found) + len(self.canonical)
        if not self._take(target, path):
            self._folder(target, DEEPEST, in_zip=True)
        if others:
            self.others.append(f"{path.name}: {others:,} files of other kinds in it were not read")
        if len(self.found) + len(self.canonical) == before:
            self.others.append(f"{path.name}: nothing in it was recognised")


def is_canonical(path: Path) -> bool:
    """Return whether a file is named for a canonical table and has its columns, or is nothing else that we know."""
    table = table_named(path.stem)
    if path.suffix.lower() not in SUFFIXES or table is None:
        return False
    if path.suffix.lower() not in SUFFIXES[:3]:
        return True
    try:
        problems = match(table, sniff(path, known=known_names()).header, name=path.name).problems
    except InputError:
        return True
    return not problems or export_of(path) is None


def tables_among(paths: Iterable[Path]) -> set[str]:
    """Return the canonical tables among files and folders."""
    files = [file for path in paths for file in (path.iterdir() if path.is_dir() else [path]) if file.is_file()]
    named = [table_named(file.stem) for file in files if file.suffix.lower() in SUFFIXES]
    return {table.name for table in named if table is not None}


def people_of_names(sink: Sink) -> None:
    """Write a people table of everybody seen, with names: without one, nobody would be called by name."""
    unique, several = by_key(seen_names(sink))
    for person_id in sorted(sink.seen):
        seen = sink.names.get(clean_id(person_id))
        is_address = "@" in person_id
        if not is_address and key(person_id) in unique:
            # A calendar knows by name whom a mailbox knows by address: one person, and the address is the id.
            continue
        name = tidy(shown_name(seen)) if seen else "" if is_address or key(person_id) in several else person_id
        sink.row("people", {"person_id": person_id, "name": name})


def shown_name(seen: Mapping[str, int]) -> str:
    """Return the spelling of a name seen most; the first in the alphabet among equals."""
    return min(seen, key=lambda name: (-seen[name], name))


def seen_names(sink: Sink) -> tuple[tuple[str, str], ...]:
    """Return ids and names seen beside them, ordered."""
    return tuple((person, name) for person in sorted(sink.names) for name in sorted(sink.names[person]))


def owner_of(sink: Sink) -> str | None:
    """Return who has most signs of owning the files; None without any, or where two have as many."""
    top = sorted(sink.owners.items(), key=lambda pair: (-pair[1], pair[0]))[:2]
    return top[0][0] if len(top) == 1 or (top and top[0][1] > top[1][1]) else None


def _sources(sink: Sink, problems: Problems) -> list[Source]:
    """Return the tables in the sink's folder, with only the columns that hold anything."""
    formats = " and ".join(sorted(sink.tallies)) or "exports"
    sources: list[Source] = []
    for table in (name for name in TABLES if name in sink.written):
        source = problems.attempt(lambda table=table: file_source(TABLES[table], sink.folder / f"{table}.csv"))
        if source is not None:
            sources.append(used_only(source, sink.columns[table], f"{table} (from {formats})"))
    return sources


def used_only(source: Source, used: Collection[str], name: str) -> Source:
    """Return a source as if columns that hold nothing were not in the file."""
    needed = {*source.table.required, *(several for _, several in source.table.either)}
    kept = {column: at for column, at in source.header.positions.items() if column in used or column in needed}
    return replace(source, name=name, header=replace(source.header, positions=kept, not_read=()))


def check_kept(exported: Exports, sources: Collection[Source], problems: Problems) -> None:
    """Note exports of which nothing could be kept, when there is nothing else: an empty result would explain nothing."""
    if sources or problems:
        return
    for tally in exported.tallies:
        fix = "Give an export with meetings or messages among people, over some months."
        problems.add(Problem(tally.format, None, None, str(tally), "rows that tell of contact", fix))
