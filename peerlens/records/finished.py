"""Messages and meetings in their last form, and everything of them that the account and a later reading need."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from peerlens.privacy import STARTER_PATTERNS, matches
from peerlens.records import arrays, events, meetings, messages, period
from peerlens.records.cells import among
from peerlens.records.identities import LEFT_OUT, Identities, Who, numbered

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.settings import Settings

STAGES = {"meetings": meetings, "messages": messages}
LogAsRead = events.Loaded | arrays.Loaded


@dataclass(frozen=True)
class Piece:
    """Rows of a log in a Parquet file, and what the numbers of files in it are now."""

    name: str
    numbers: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    """Messages or meetings in their last form.

    Parameters
    ----------
    table
        In the engine.
    parts, tallies
        Its files, and what became of their rows, by the number of the file.
    first_day, last_day
        Days of the first and last row kept; None without any.
    span
        First and last instant of all rows, dropped ones too, in seconds since 1970.
    is_touched
        Whether a message was left out because another recipient of it is never looked at.
    pieces
        The tables that ``table`` is made of, with the file each is kept in; None where it is in no file yet.
    """

    table: ir.Table
    parts: tuple[events.Part, ...]
    tallies: dict[int, events.Tally]
    first_day: date | None
    last_day: date | None
    span: tuple[int, int] | None
    is_touched: bool = False
    pieces: tuple[tuple[ir.Table, Piece | None], ...] = ()

    def has(self, column: str) -> bool:
        """Return whether any file has a column."""
        return any(column in part.source.header.positions for part in self.parts)


@dataclass(frozen=True)
class Finished:
    """All logs in their last form.

    Parameters
    ----------
    logs
        By name.
    ids
        Everyone who counts: ``person_no, person_id``, and ``is_seen``: whether in a row kept.
    days
        Number of messages and meetings on each day, implausible days included.
    hinted
        Ids in the logs that look like those of people one confides in, without those left out.
    last_plausible_day
        Nothing after it was kept; None where every day is plausible.
    """

    logs: dict[str, Log]
    ids: pd.DataFrame
    days: dict[date, int]
    hinted: frozenset[str]
    last_plausible_day: date | None

    @property
    def seen(self) -> set[str]:
        """Ids in a row kept."""
        return set(self.ids.loc[self.ids["is_seen"], "person_id"].tolist())

    @property
    def first_day(self) -> date | None:
        """Day of the first event kept."""
        return min((log.first_day for log in self.logs.values() if log.first_day), default=None)

    def last_day(self, name: str) -> date | None:
        """Return the day of the last event kept of one log."""
        return self.logs[name].last_day if name in self.logs else None


def finish(
    loaded: dict[str, LogAsRead],
    identities: Identities,
    engine: Engine,
    settings: Settings,
    *,
    people: set[str],
) -> Finished:
    """Say who is who, find the last plausible day over all events, and number what is left.

    Parameters
    ----------
    loaded
        Messages and meetings as read, by name; empty afterwards.
    identities
        What is known of ids.
    engine
        Where they are.
    settings
        In force.
    people
        Ids that count whether they are in a log or not.
    """
    ways = {name: way_of(name, item) for name, item in loaded.items()}
    parts = {name: item.parts for name, item in loaded.items()}
    written = {item for name, way in ways.items() for item in way.written(loaded[name], engine)}
    known, ids = numbered(identities.table(written), people)
    who = Who(known, ids, engine)
    sorted_out: dict[str, Any] = {}
    for name, way in ways.items():
        # What was read is let go of as soon as it is sorted out.
        sorted_out[name] = way.sort_out(loaded.pop(name), engine, who, zone=settings.read.timezone)
    days = events.per_day(engine, list(sorted_out.values()))
    read = settings.read
    last_day = period.last_plausible_day(days, hole_days=read.hole_days, hole_share=read.hole_share)
    logs: dict[str, Log] = {}
    seen: set[str] = set()
    for name, way in ways.items():
        item = sorted_out.pop(name)
        done = way.number(item, engine, who, last_day=last_day)
        item.drop(engine)
        logs[name] = log_of(done, parts[name], item)
        seen |= done.seen
    who.close()
    return Finished(
        logs,
        ids.assign(is_seen=among(ids["person_id"], seen)),
        dict(Counter({day.date(): int(count) for day, count in days.items()})),
        matches(known.loc[known["reason"] != LEFT_OUT, "resolved"].tolist(), STARTER_PATTERNS),
        last_day,
    )


def way_of(name: str, loaded: LogAsRead) -> Any:
    """Return the module that sorts out and numbers a log, by how it was read."""
    return arrays.STAGES[name] if isinstance(loaded, arrays.Loaded) else STAGES[name]


def log_of(done: events.Numbered, parts: tuple[events.Part, ...], found: Any) -> Log:
    """Put together what is known of a log after its last step."""
    first, last = done.ends or (None, None)
    return Log(done.table, parts, done.tallies, first, last, found.span, found.is_touched)
