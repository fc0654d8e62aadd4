"""Reading: from a folder, files or frames to Records, with every problem told at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from peerlens.engine import Engine
from peerlens.errors import did_you_mean
from peerlens.records import instants
from peerlens.records.checks import Problems
from peerlens.records.events import Loaded
from peerlens.records.finding import found_in, given
from peerlens.records.flags import FlagWords
from peerlens.records.records import Records
from peerlens.records.small_tables import SmallTables
from peerlens.records.sources import Source
from peerlens.schema import TABLES
from peerlens.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


class Tables(TypedDict, total=False):
    """Tables given one by one: a path (CSV or Parquet) or a frame each."""

    people: Path | str | pd.DataFrame
    meetings: Path | str | pd.DataFrame
    messages: Path | str | pd.DataFrame
    absences: Path | str | pd.DataFrame
    survey: Path | str | pd.DataFrame
    verdicts: Path | str | pd.DataFrame
    accounts: Path | str | pd.DataFrame
    confidential: Path | str | pd.DataFrame
    released: Path | str | pd.DataFrame
    outcomes: Path | str | pd.DataFrame


def read(
    path: str | Path | None = None,
    /,
    *,
    timezone: str | None = None,
    exclude: Iterable[str] = (),
    settings: Settings | None = None,
    flags: bool | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    **tables: Unpack[Tables],
) -> Records:
    """Read tables of people, meetings and messages, check them, and account for every row.

    Parameters
    ----------
    path
        A folder with ``people.csv``, ``messages.csv`` …, or a single file.
    timezone
        IANA zone of instants without one, and of the days on which contact is counted; UTC unless settings say more.
    exclude
        Ids or patterns removed before anything is computed, beside those in the settings.
    settings
        Instead of ``peerlens.toml`` in the folder.
    flags
        Whether to make the yes/no columns (asks, thanks, agendas) from a column of subject lines; the text is dropped at once
        and never kept. Without it no subject is read.
    threads, memory_limit
        For the engine; results do not depend on them.
    **tables
        ``people=``, ``meetings=`` …: a path or a frame, instead of what the folder holds.

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
    problems = Problems()
    sources, notes = found_in(Path(path), problems, skip=given_tables) if path is not None else ([], [])
    settings = _settings(path, settings, timezone, exclude)
    if flags is not None:
        settings = dataclasses.replace(settings, read=dataclasses.replace(settings.read, flags=flags))
    sources += given(given_tables, problems, any_path=path is not None)
    sources = _told_apart(sorted(sources, key=lambda source: list(TABLES).index(source.table.name)))
    zone = problems.attempt(lambda: instants.known_zone(settings.read.timezone, place="timezone")) or "UTC"

    small = SmallTables.read(sources, problems)
    # No engine for a folder whose logs were refused at the door: that answer comes within a second.
    engine = Engine(threads=threads, memory_limit=memory_limit) if _has_events(sources) else None
    words = FlagWords.read(settings.read.flag_words) if settings.read.flags else None
    loaded = _load_events(sources, engine, problems, zone, words) if engine is not None else {}
    problems.raise_any()

    from peerlens.records.assembly import assemble

    engine = engine or Engine(threads=threads, memory_limit=memory_limit)
    return assemble(small, loaded, engine, settings, notes)


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


def _load_events(
    sources: list[Source], engine: Engine, problems: Problems, zone: str, words: FlagWords | None
) -> dict[str, Loaded]:
    from peerlens.records import meetings, messages

    loaded: dict[str, Loaded] = {}
    for source in sources:
        name = source.table.name
        if name == "messages":
            found = problems.attempt(lambda source=source: messages.load(source, engine, problems, words=words))
        elif name == "meetings":
            found = problems.attempt(
                lambda source=source: meetings.load(source, engine, problems, zone=zone, words=words)
            )
        else:
            continue
        if found is not None:
            loaded[name] = found
    return loaded
