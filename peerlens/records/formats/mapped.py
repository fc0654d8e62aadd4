"""Any CSV with a mapping of its columns, given once and kept in a small file beside the data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from pathlib import Path

from peerlens.errors import InputError, Problem, SettingsError, did_you_mean
from peerlens.files import replace_file
from peerlens.records.formats.automatic import address
from peerlens.records.formats.dates import Order
from peerlens.records.formats.delimited import HEAD_BYTES, head_rows
from peerlens.records.formats.layout import Layout, decided, no_header, rows
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import canonical, instant
from peerlens.records.headers import fold
from peerlens.schema import TABLES, Column, Table

MAP_FILE = "peerlens_map.toml"
"""name of the file that keeps mappings, beside the data"""
SUFFIXES = (".csv", ".tsv", ".txt")
MAPPED_TABLES = ("messages", "meetings", "people", "absences")


def mapping_from_options(options: Iterable[str]) -> dict[str, str]:
    """Return a mapping of canonical columns to columns of an export.

    Parameters
    ----------
    options
        Texts such as ``sent_at=Date Sent``.

    Raises
    ------
    SettingsError
        A text has no ``=``, or names no canonical column, or one of them twice.

    Examples
    --------
    >>> mapping_from_options(["sent_at=Date Sent", "sender_id = From", "recipient_ids=To"])
    {'sent_at': 'Date Sent', 'sender_id': 'From', 'recipient_ids': 'To'}
    >>> mapping_from_options(["sent=Date"])
    Traceback (most recent call last):
    ...
    peerlens.errors.SettingsError: --map sent=Date: unknown column 'sent'. Did you mean sent_at, ended_at?
    """
    known = dict.fromkeys(name for table in MAPPED_TABLES for name in TABLES[table].names)
    found: dict[str, str] = {}
    for option in options:
        column, sign, title = (part.strip() for part in option.partition("="))
        # A shell may leave the quotes of the example in place.
        title = title[1:-1] if len(title) > 1 and title[0] == title[-1] and title[0] in "\"'" else title
        if not sign or not title or not column:
            raise SettingsError(f'--map {option}: expected a column, "=" and its title, such as sent_at="Date Sent".')
        if column not in known:
            raise SettingsError(f"--map {option}: unknown column {column!r}. {did_you_mean(column, known)}")
        if column in found:
            raise SettingsError(
                f"--map {option}: {column} is mapped to {found[column]!r} already. Give one of the two."
            )
        found[column] = title
    return found


def table_of(mapping: Mapping[str, str]) -> Table:
    """Return the table a mapping fills: the one all of whose required columns are mapped.

    Raises
    ------
    SettingsError
        No table is filled; says what the nearest lacks.

    Examples
    --------
    >>> table_of({"sent_at": "Date", "sender_id": "From", "recipient_id": "To"}).name
    'messages'
    """
    lacking: list[tuple[int, Table, list[str]]] = []
    for name in MAPPED_TABLES:
        table = TABLES[name]
        missing = [column for column in table.required if column not in mapping]
        missing += [f"{one} or {several}" for one, several in table.either if not {one, several} & set(mapping)]
        strange = [column for column in mapping if column not in table.names]
        if not missing and not strange:
            return table
        lacking.append((len(strange), table, missing))
    strange, table, missing = min(lacking, key=lambda item: (item[0], len(item[2])))
    if strange:
        alien = ", ".join(column for column in mapping if column not in table.names)
        raise SettingsError(f"The mapping mixes tables: {alien} is no column of {table.name}. Map one table at a time.")
    raise SettingsError(f"The mapping lacks {', '.join(missing)} for {table.name}. Add --map {missing[0]}=TITLE.")


def save(mapping: Mapping[str, str], path: Path) -> Path:
    """Keep a mapping beside the data, together with those already there; return the file.

    Parameters
    ----------
    mapping
        Canonical column and column of the export.
    path
        The export, or the folder it lies in.

    Raises
    ------
    SettingsError
        The mapping fills no table, or the file that is there is broken.
    """
    table = table_of(mapping).name
    file = _map_file(path)
    kept = [item for item in (_load_all(file) if file.is_file() else []) if item != dict(mapping)]
    kept.insert(0, dict(mapping))
    lines = ["# Which column is which in exports of unknown kind; peerlens reads them again without --map."]
    for item in kept:
        lines += ["", f"[[{table if item == dict(mapping) else table_of(item).name}]]"]
        lines += [f"{column} = {_quoted(title)}" for column, title in item.items()]
    text = "\n".join([*lines, ""])
    replace_file(file, text.encode())
    return file


def remember(mapping: Mapping[str, str], paths: Iterable[Path]) -> list[Path]:
    """Keep a mapping beside every file among the paths that it fits, so that they are read without being asked again.

    Parameters
    ----------
    mapping
        Canonical column and column of the export.
    paths
        Files, and folders whose files are meant.

    Returns
    -------
    list
        The files written.

    Raises
    ------
    SettingsError
        The mapping fills no table, or cannot be kept there.
    InputError
        It fits none of the files; says what their columns are called.
    """
    table_of(mapping)
    places = list(paths)
    files = [file for path in places for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    files = [file for file in files if file.is_file() and file.suffix.lower() in SUFFIXES]
    heads = {file: _head(file) for file in files}
    fitting = [file for file in files if _layout(mapping).fits(heads[file])]
    if not fitting:
        if files:
            raise _missing(files[0], mapping, heads[files[0]])
        raise SettingsError("--map: there is no file with columns among those given (.csv, .tsv or .txt).")
    try:
        return [save(mapping, folder) for folder in sorted({file.parent for file in fitting})]
    except OSError as error:
        raise SettingsError(
            f"--map: {MAP_FILE} cannot be kept beside the data ({error}). Copy the data elsewhere."
        ) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def load(path: Path) -> list[dict[str, str]]:
    """Return the mappings kept beside an export; none where no file is.

    Parameters
    ----------
    path
        The export, or the folder it lies in.

    Raises
    ------
    SettingsError
        The file is broken, or names something unknown.
    """
    file = _map_file(path)
    return _load_all(file) if file.is_file() else []


def _map_file(path: Path) -> Path:
    return (path if path.is_dir() else path.parent) / MAP_FILE


def _load_all(file: Path) -> list[dict[str, str]]:
    fix = "Correct the file, or remove it and give --map again."
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file.name} is not valid TOML: {error}. {fix}") from error
    found: list[dict[str, str]] = []
    for table, items in values.items():
        if table not in MAPPED_TABLES:
            raise SettingsError(f"{file.name}: unknown section [{table}]. {did_you_mean(table, MAPPED_TABLES)}")
        for item in items if isinstance(items, list) else [items]:
            if not isinstance(item, dict) or not all(isinstance(title, str) for title in item.values()):
                raise SettingsError(f"{file.name}, section [{table}]: expected columns and their titles. {fix}")
            mapping = mapping_from_options(f"{column}={title}" for column, title in item.items())
            if table_of(mapping).name != table:
                raise SettingsError(
                    f"{file.name}, section [{table}]: the columns are those of {table_of(mapping).name}."
                )
            found.append(mapping)
    return found


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda at: f"\\u{ord(at[0]):04x}", escaped) + '"'


@dataclass(frozen=True)
class MappedTable:
    """Any delimited text whose columns the user named, on the command line or in the file beside it."""

    name: str = "mapped table"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a mapping kept beside the file fits its header."""
        if not path.is_file():
            return False
        try:
            return _fitting(load(path), head) is not None
        except SettingsError:
            return False

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write the rows of the one table that is mapped.

        Raises
        ------
        InputError
            A column is not in the file, a cell of it cannot be read, or its dates may be read in two ways.
        """
        head = _head(path)
        mapping = _fitting([sink.mapping] if sink.mapping else [], head) or _fitting(load(path), head) or sink.mapping
        try:
            table = table_of(mapping)
        except SettingsError as error:
            raise InputError(
                [Problem(path.name, None, None, "a mapping that fills no table", str(error), "")]
            ) from error
        layout = _layout(mapping)
        if not layout.fits(head):
            raise _missing(path, mapping, head)
        kinds = {name: _kind(table, name) for name in mapping}
        dates = [name for name, column in kinds.items() if column.type in ("instant", "day")]
        order = (
            decided(
                (row[name] for _, row in rows(path, layout, None) for name in dates),
                sink,
                name=path.name,
                column=mapping[dates[0]],
            )
            if dates
            else Order()
        )
        for _, row in rows(path, layout, sink):
            values, reason = _values(row, kinds, order, zone)
            if reason is None:
                sink.row(table.name, values)
            else:
                sink.drop(reason)
        if "instant" in {column.type for column in kinds.values()}:
            sink.note(f"times without a zone read as {zone}")


def _layout(mapping: Mapping[str, str]) -> Layout:
    return Layout({column: (title,) for column, title in mapping.items()})


def _fitting(mappings: Iterable[Mapping[str, str]], head: bytes) -> Mapping[str, str] | None:
    return next((mapping for mapping in mappings if _layout(mapping).fits(head)), None)


def _kind(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _missing(path: Path, mapping: Mapping[str, str], head: bytes) -> InputError:
    header = next(iter(head_rows(head)), [])
    folded = {fold(cell) for cell in header}
    problems = [
        Problem(
            path.name,
            1,
            title,
            "no such column",
            f"the column that is mapped to {column}",
            f"{did_you_mean(title, header)} Correct --map or {MAP_FILE}.",
        )
        for column, title in mapping.items()
        if fold(title) not in folded
    ]
    return InputError(problems) if problems else no_header(path, _layout(mapping))


def _several(cell: str) -> list[str]:
    """Return the people in a cell; a comma parts addresses and numbers, and stands inside names.

    Examples
    --------
    >>> _several("ann@x, bo@x"), _several("Okafor, Ben; Ruiz, Ana"), _several("p1,p2"), _several("Okafor, Ben")
    (['ann@x', 'bo@x'], ['Okafor, Ben', 'Ruiz, Ana'], ['p1', 'p2'], ['Okafor, Ben'])
    >>> _several('"Okafor, Ben" <ben@x>, Ana <ana@x>')
    ['ben@x', 'ana@x']
    """
    if "<" in cell:
        found = [bare for _, bare in getaddresses([cell.replace(";", ",")]) if "@" in bare]
        if found:
            return [bare.lower() for bare in found]
    parts = [part.strip() for part in cell.split(";")]
    if len(parts) == 1:
        pieces = [part.strip() for part in cell.split(",")]
        if all(re.search(r"[@\d]", piece) for piece in pieces if piece):
            parts = pieces
    return [address(part) or part for part in parts if part]


def _values(
    row: Mapping[str, str], kinds: Mapping[str, Column], order: Order, zone: str
) -> tuple[dict[str, str], str | None]:
    """Return a row in canonical columns, and why it cannot be used, if so."""
    values: dict[str, str] = {}
    for name, column in kinds.items():
        cell = row[name]
        if cell and column.type == "instant":
            at, day = instant(cell, order, zone), order.day(cell)
            if at is None and day is None:
                return {}, f"{name} that cannot be read"
            cell = canonical(at) if at is not None else day.isoformat() if day else ""
        elif cell and column.type == "day":
            day = order.day(cell)
            if day is None and column.required:
                return {}, f"{name} that cannot be read"
            cell = day.isoformat() if day else ""
        elif cell and column.type == "ids":
            cell = ";".join(_several(cell))
        elif cell and column.type == "id":
            cell = address(cell) or cell
        if not cell and column.required:
            return {}, f"no {name}"
        values[name] = cell
    singles = [name for name in ("recipient_id", "recipient_ids", "attendee_id", "attendee_ids") if name in kinds]
    if singles and not any(values[name] for name in singles):
        return {}, f"no {singles[0]}"
    return values, None
