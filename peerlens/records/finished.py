"""Messages and meetings in their last form, and everything of them that the account and a later reading need."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from peerlens.privacy import STARTER_PATTERNS, matches
from peerlens.records import events, meetings, messages, period
from peerlens.records.cells import among
from peerlens.records.identities import LEFT_OUT, Identities, numbered

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.settings import Settings

PARTIES = {"meetings": ("attendee_id",), "messages": ("sender_no", "recipient_no")}
STAGES = {"meetings": meetings, "messages": messages}


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
        return set(self.ids.loc[self.ids["is_seen"], "person_id"])

    @property
    def first_day(self) -> date | None:
        """Day of the first event kept."""
        return min((log.first_day for log in self.logs.values() if log.first_day), default=None)

    def last_day(self, name: str) -> date | None:
        """Return the day of the last event kept of one log."""
        return self.logs[name].last_day if name in self.logs else None


def finish(
    loaded: dict[str, events.Loaded],
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
        Messages and meetings as read, by name.
    identities
        What is known of ids.
    engine
        Where they are.
    settings
        In force.
    people
        Ids that count whether they are in a log or not.
    """
    zone = settings.read.timezone
    written: set[str] = set()
    for name, item in loaded.items():
        written.update(engine.frame(STAGES[name].written(item))["written"])
    known, ids = numbered(identities.table(written), people)
    table = engine.from_frame(known, name="identities")
    sorted_out = {name: STAGES[name].sort_out(item, engine, table, zone=zone) for name, item in loaded.items()}
    days = events.per_day(engine, list(sorted_out.values()))
    read = settings.read
    last_day = period.last_plausible_day(days, hole_days=read.hole_days, hole_share=read.hole_share)
    logs: dict[str, Log] = {}
    seen: set[str] = set()
    for name, item in sorted_out.items():
        done = STAGES[name].number(item, engine, last_day=last_day)
        engine.drop(*item.scratch)
        logs[name] = log_of(done, loaded[name].parts, item, engine)
        seen |= seen_in(done.table, engine, PARTIES[name], ids)
    engine.drop(table)
    return Finished(
        logs,
        ids.assign(is_seen=among(ids["person_id"], seen)),
        dict(Counter({day.date(): int(count) for day, count in days.items()})),
        matches(known.loc[known["reason"] != LEFT_OUT, "resolved"], STARTER_PATTERNS),
        last_day,
    )


def log_of(done: events.Numbered, parts: tuple[events.Part, ...], found: events.Sorted, engine: Engine) -> Log:
    """Put together what is known of a log after its last step."""
    ends = engine.frame(done.table.select("day").distinct().order_by("day"))["day"]
    first, last = (_date(ends.iloc[0]), _date(ends.iloc[-1])) if len(ends) else (None, None)
    return Log(done.table, parts, done.tallies, first, last, found.span, found.is_touched)


def _date(value: object) -> date:
    import pandas as pd

    return pd.Timestamp(str(value)).date()


def seen_in(table: ir.Table, engine: Engine, columns: tuple[str, ...], ids: pd.DataFrame) -> set[str]:
    """Return the ids in some columns of a log."""
    name = ids.set_index("person_no")["person_id"]
    found: set[str] = set()
    for column in columns:
        values = engine.frame(table.select(id=table[column]).distinct())["id"]
        found.update(values if column.endswith("_id") else values.map(name))
    return found
