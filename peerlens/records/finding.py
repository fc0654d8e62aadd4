"""Finding the tables: in a folder, a single file, or given one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from peerlens.errors import InputError, Problem, did_you_mean
from peerlens.records.checks import Problems
from peerlens.records.forgotten import MADE_BY
from peerlens.records.formats import CANONICAL, recognised
from peerlens.records.formats.canonical import LOGS, SUFFIXES, table_named
from peerlens.records.headers import fits, known_names
from peerlens.records.sniff import sniff
from peerlens.records.sources import Source, frame_source, resident_source, warehouse_source
from peerlens.schema import TABLES

if TYPE_CHECKING:
    from peerlens.engine import Engine

EXPECTED = (
    f"a folder with people.csv and messages.csv or meetings.csv (also: {', '.join(list(TABLES)[3:])}; .csv or .parquet)"
)
OURS = ("peerlens.toml", "peerlens_map.toml", "conversion.txt", "people_to_complete.csv", "first_page.html", MADE_BY)


def found_in(
    path: Path, problems: Problems, *, skip: Collection[str] = (), taken: Collection[Path] = ()
) -> tuple[list[Source], list[str]]:
    """Return the tables in a folder or file, and a note on files that were not read.

    Parameters
    ----------
    path
        The folder or file.
    problems
        Where to note what is wrong.
    skip
        Tables given in another way.
    taken
        Files that were read as exports of other products.
    """
    if not path.exists():
        fix = _near(path)
        problems.add(Problem(str(path), None, None, "nothing of that name", "a folder or file", fix))
        return [], []
    if path in taken:
        return [], []
    if path.is_file():
        return _from_file(path, problems), []
    sources: list[Source] = []
    left: list[str] = []
    is_known = False
    for file in sorted(
        item
        for item in path.iterdir()
        if item.is_dir() and item.name in LOGS and item.name not in skip and item not in taken
    ):
        found, others = _of_folder(file, problems)
        is_known = is_known or bool(found)
        sources += found
        left += others
    for file in sorted(item for item in path.iterdir() if item.is_file() and item not in taken):
        kind = recognised(file)
        if kind is not None and not _is_skipped(file, skip):
            is_known = True
            found = problems.attempt(lambda file=file, kind=kind: list(kind.read(file))) or []
            sources += [source for source in found if source.table.name not in skip]
        elif file.name not in OURS and not file.name.startswith("."):
            left.append(file.name)
    if not is_known and not skip and not taken:
        problems.add(_nothing_known(path))
    return _once(sources, problems), [f"files not read: {', '.join(left)}"] if left else []


def _of_folder(folder: Path, problems: Problems) -> tuple[list[Source], list[str]]:
    """Return the files of one log in a folder named for it, and the names of files not read."""
    sources: list[Source] = []
    left: list[str] = []
    for file in sorted(item for item in folder.iterdir() if item.is_file() and not item.name.startswith(".")):
        if file.suffix.lower() in SUFFIXES:
            found = problems.attempt(lambda file=file: _of_file(file, folder.name)) or []
            sources += [replace(source, name=f"{folder.name}/{source.name}") for source in found]
        else:
            left.append(f"{folder.name}/{file.name}")
    return sources, left


def _is_skipped(file: Path, skip: Collection[str]) -> bool:
    named = table_named(file.stem)
    return named is not None and named.name in skip


def given(
    tables: Mapping[str, Any], problems: Problems, *, any_path: bool, engine: Engine | None = None
) -> list[Source]:
    """Return the tables given one by one.

    Parameters
    ----------
    tables
        A path, a frame or an Ibis table for each table.
    problems
        Where to note what is wrong.
    any_path
        Whether a folder or file was given as well.
    engine
        The engine, where it may hold some of the tables itself.
    """
    sources: list[Source] = []
    for name, value in tables.items():
        if isinstance(value, str | Path):
            sources += problems.attempt(lambda name=name, value=value: _of_file(Path(value), name)) or []
        else:
            # Told by what it can do: importing Ibis takes a second that whoever gives a frame should not wait.
            made_by = warehouse_source if hasattr(value, "to_pyarrow") and hasattr(value, "order_by") else frame_source
            if name in ("messages", "meetings") and engine is not None and engine.owns(value):
                made_by = resident_source
            source = problems.attempt(lambda name=name, value=value, make=made_by: make(TABLES[name], value))
            sources += [source] if source is not None else []
    if not any_path and not tables:
        problems.add(
            Problem(
                "read()",
                None,
                None,
                "nothing to read",
                "a folder, a file, or tables by keyword",
                "Give a folder: read('data'), or tables: read(people='people.csv', messages='messages.csv').",
            )
        )
    return sources


def _of_file(path: Path, table: str) -> list[Source]:
    """Read a file that the user says holds a table, whatever its name."""
    if not path.is_file():
        fix = _near(path)
        raise InputError([Problem(str(path), None, None, "no such file", f"a file with {TABLES[table].meaning}", fix)])
    kind = recognised(path) or CANONICAL
    return [source for source in kind.read(path, table=table) if source.table.name == table]


def _from_file(path: Path, problems: Problems) -> list[Source]:
    """Read a single file: by its name, else by its header."""
    kind = recognised(path)
    if kind is not None:
        return problems.attempt(lambda: list(kind.read(path))) or []
    found = problems.attempt(lambda: _fits(path))
    if found is None:
        return []
    if found:
        return problems.attempt(lambda: _of_file(path, found[0])) or []
    fix = "Say what it holds, as in read(messages='that file'), or rename it."
    problems.add(Problem(path.name, None, None, "a file of no known name or header", EXPECTED, fix))
    return []


def _fits(path: Path) -> list[str]:
    return fits(sniff(path, known=known_names()).header) if path.suffix.lower() in SUFFIXES[:3] else []


def _once(sources: list[Source], problems: Problems) -> list[Source]:
    """Note tables that are there in two files, and files of a log that are there in two forms."""
    first: dict[str, Source] = {}
    for source in sources:
        name = source.table.name
        is_part = name in LOGS and source.path is not None
        other = first.setdefault(f"{name}: {PurePath(source.name).with_suffix('')}" if is_part else name, source)
        if other is not source:
            problems.add(
                Problem(
                    source.name,
                    None,
                    None,
                    f"the table {source.table.name} a second time, beside {other.name}",
                    "one file for each table",
                    "Remove one of the two files.",
                )
            )
    return list(first.values())


def _nothing_known(path: Path) -> Problem:
    names = _names(path)
    if not names:
        fix = "Put the files there, or give another folder."
        return Problem(str(path), None, None, "an empty folder", EXPECTED, fix)
    hints = []
    for name in names:
        try:
            found = _fits(path / name) if (path / name).is_file() else []
        except InputError:
            continue
        if found:
            hints.append(f"{name} looks like {found[0]}")
    fix = "Rename the files, or give them by keyword."
    if hints:
        fix = f"{'; '.join(hints[:3])}. {fix}"
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return Problem(str(path), None, None, f"no known table among {shown}", EXPECTED, fix)


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return "Its folder does not exist either."
    return did_you_mean(path.name, _names(path.parent))


def _names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))
