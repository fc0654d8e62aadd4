"""Reading: from a folder, files or frames to Records, with every problem told at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from peerlens.engine import Engine, open_engine
from peerlens.errors import did_you_mean
from peerlens.progress import showing, stage
from peerlens.records import exports, instants
from peerlens.records.checks import Problems
from peerlens.records.completion import completed
from peerlens.records.door import Door
from peerlens.records.exports import Options
from peerlens.records.finding import found_in, given
from peerlens.records.flags import FlagWords
from peerlens.records.records import Records
from peerlens.records.small_tables import SmallTables
from peerlens.records.sources import Source, digests_of
from peerlens.schema import TABLES
from peerlens.settings import Settings

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pandas as pd


class Tables(TypedDict, total=False):
    """Tables given one by one: a path (CSV or Parquet), a frame or an Ibis table each."""

    people: Path | str | pd.DataFrame | ir.Table
    meetings: Path | str | pd.DataFrame | ir.Table
    messages: Path | str | pd.DataFrame | ir.Table
    absences: Path | str | pd.DataFrame | ir.Table
    people_aliases: Path | str | pd.DataFrame | ir.Table
    survey: Path | str | pd.DataFrame | ir.Table
    verdicts: Path | str | pd.DataFrame | ir.Table
    accounts: Path | str | pd.DataFrame | ir.Table
    confidential: Path | str | pd.DataFrame | ir.Table
    released: Path | str | pd.DataFrame | ir.Table
    outcomes: Path | str | pd.DataFrame | ir.Table


def read(
    path: str | Path | None = None,
    /,
    *,
    timezone: str | None = None,
    exclude: Iterable[str] = (),
    settings: Settings | None = None,
    flags: bool | None = None,
    engine: str | ibis.BaseBackend | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    cache: bool = True,
    cache_dir: str | Path | None = None,
    progress: bool | None = None,
    **tables: Unpack[Tables],
) -> Records:
    """Read tables of people, meetings and messages, check them, and account for every row.

    Parameters
    ----------
    path
        A folder with ``people.csv``, ``messages.csv`` …, or a single file; also exports of other products (calendars,
        mailboxes, chats, reports), alone or mixed, in folders or zip files.
    timezone
        IANA zone of instants without one, and of the days on which contact is counted; UTC unless settings say more.
    exclude
        Ids or patterns removed before anything is computed, beside those in the settings.
    settings
        Instead of ``peerlens.toml`` in the folder.
    flags
        Whether to make the yes/no columns (asks, thanks, agendas) from a column of subject lines; the text is dropped at once
        and never kept. Without it no subject is read.
    engine
        What computes: DuckDB on this machine unless said otherwise; Spark by its master (``"spark://host:7077"``, ``"yarn"``,
        ``"local[2]"``) or as an Ibis connection, such as ``ibis.pyspark.connect(session)``. Results do not depend on it.
    threads, memory_limit
        For the engine where it runs on this machine; results do not depend on them.
    cache
        Whether messages and meetings are kept in ``.peerlens`` in the folder, so that the next reading does not parse them
        again. Whatever changed is read anew; results do not depend on it. ``peerlens forget`` deletes it. Spark keeps nothing.
    cache_dir
        The folder in which ``.peerlens`` is made instead. With Spark: where tables between the stages lie until the records are
        gone; on a cluster a folder or URL that all its machines see.
    progress
        Whether to show what is being done; by default on a terminal and in a notebook, when it takes over a second.
    **tables
        ``people=``, ``meetings=`` …: a path, a frame, or an Ibis table of a warehouse, instead of what the folder holds.
        With Spark also the name of a table in its catalog, such as ``messages="hr.messages"``; messages and meetings that
        Spark holds do not leave it.

    Raises
    ------
    InputError
        Something is wrong with the input; lists all of it.
    SettingsError
        ``peerlens.toml`` names something unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> messages = pd.DataFrame(
    ...     {"sent_at": ["2024-03-05T09:00:00Z"], "from": ["ann"], "to": ["bob"]}
    ... )
    >>> records = read(messages=messages)
    >>> records.as_of
    datetime.date(2024, 3, 5)
    >>> list(records.people["person_id"])
    ['ann', 'bob']
    """
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise TypeError(f"read() has no table {unknown[0]!r}. {did_you_mean(unknown[0], TABLES)}")
    given_tables = {name: table for name, table in tables.items() if table is not None}
    is_default = engine is None or (isinstance(engine, str) and engine == "duckdb")
    where = _place(path, cache_dir) if cache and is_default else None
    limits = {"threads": threads, "memory_limit": memory_limit}
    with showing(progress):
        chosen = _settings(path, settings, timezone, exclude)
        if flags is not None:
            chosen = dataclasses.replace(chosen, read=dataclasses.replace(chosen.read, flags=flags))
        # Another engine may hold tables, so it is asked first; the default one is made when it is needed.
        place = None if cache_dir is None else str(cache_dir)
        holder = None if is_default else open_engine(engine, **limits, folder=place)
        return _read(path, given_tables, chosen, holder or limits, where)


def _read(
    path: str | Path | None,
    given_tables: Mapping[str, Any],
    settings: Settings,
    engine_or_limits: Engine | Mapping[str, Any],
    where: Place | None,
) -> Records:
    stage("looking at the files")
    problems = Problems()
    named = settings.read.timezone
    zone = problems.attempt(lambda: instants.known_zone(named, place="timezone")) or "UTC"
    options = Options(zone=zone, date_order=settings.read.date_order or None)
    paths = [Path(path)] if path is not None else []
    limits, holder = (engine_or_limits, None) if isinstance(engine_or_limits, Mapping) else ({}, engine_or_limits)
    given_tables = _looked_up(given_tables, holder)
    with (
        exports.opened(paths, problems, options=options, is_table="people" in given_tables) as exported,
        ExitStack() as beside,
    ):
        sources, notes = found_in(paths[0], problems, skip=given_tables, taken=exported.taken) if paths else ([], [])
        sources += given(given_tables, problems, any_path=path is not None, engine=holder)
        sources += [source for source in exported.sources if source.table.name not in given_tables]
        sources = _told_apart(sorted(sources, key=lambda source: list(TABLES).index(source.table.name)))

        # Of large files this takes as long as all the rest, so it begins before the small tables are read.
        place = where.folder if where is not None else None
        digests = beside.enter_context(digests_of(sources if place is not None else ()))
        small = dataclasses.replace(SmallTables.read(sources, problems), names=exported.names)
        small, settings = completed(small, settings, paths[0] if paths else None, problems)
        exports.check_kept(exported, sources, problems)
        # No engine for a folder whose logs were refused at the door: that answer comes within a second.
        engine = holder or (Engine(**limits) if _has_events(sources) else None)
        words = FlagWords.read(settings.read.flag_words) if settings.read.flags else None
        door = Door(sources, small, settings, zone, words=words, digests=digests)
        if len(problems) and engine is not None:
            door.parse(engine, problems)
        problems.raise_any()

        engine = engine or Engine(**limits)
        found = door.logs(engine, problems, place)

    from peerlens.records.assembly import assemble

    notes = [*notes, *exported.notes]
    records = assemble(small, found.finished, door.identities, engine, settings, sources=sources, notes=notes)
    account = dataclasses.replace(
        records.account,
        kept=found.said if where is not None else "",
        exports=tuple(map(str, exported.tallies)),
    )
    folder = None if path is None else Path(path) if Path(path).is_dir() else Path(path).parent
    return dataclasses.replace(records, account=account, kept=found.kept, folder=folder)


@dataclasses.dataclass(frozen=True)
class Place:
    """The folder in which something may be kept; None where the data lie in none."""

    folder: Path | None


def _looked_up(tables: Mapping[str, Any], engine: Engine | None) -> dict[str, Any]:
    """Return the tables given, those named in the engine's catalog looked up there."""
    found = dict(tables)
    for name, value in tables.items():
        if engine is not None and isinstance(value, str) and not Path(value).exists():
            table = engine.named(value)
            found[name] = value if table is None else table
    return found


def _place(path: str | Path | None, cache_dir: str | Path | None) -> Place:
    if cache_dir is not None:
        return Place(Path(cache_dir))
    return Place(Path(path) if path is not None and Path(path).is_dir() else None)


def _settings(
    path: str | Path | None, given: Settings | None, timezone: str | None, exclude: Iterable[str]
) -> Settings:
    """Return the settings in force, with the arguments of ``read`` in them, so that results keep them."""
    file = Path(path) / "peerlens.toml" if path is not None else None
    settings = given or (Settings.from_file(file) if file is not None and file.is_file() else Settings())
    reading = settings.read
    if timezone is not None:
        reading = dataclasses.replace(reading, timezone=timezone)
    extra = [exclude] if isinstance(exclude, str) else [str(item) for item in exclude]
    if extra:
        reading = dataclasses.replace(reading, exclude=tuple(sorted({*reading.exclude, *extra})))
    return dataclasses.replace(settings, read=reading)


def _told_apart(sources: list[Source]) -> list[Source]:
    """Give sources of one file name (from two folders) names of their own: the account counts by name."""
    names = [source.name for source in sources]
    return [
        dataclasses.replace(source, name=f"{source.name} ({source.table.name})")
        if names.count(source.name) > 1
        else source
        for source in sources
    ]


def _has_events(sources: list[Source]) -> bool:
    return any(source.table.name in ("messages", "meetings") for source in sources)
