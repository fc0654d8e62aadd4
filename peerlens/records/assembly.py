"""Putting together: who is who, what is left out, which days count, and the account of it all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from peerlens.privacy import STARTER_PATTERNS, matches
from peerlens.records import events, meetings, messages, period
from peerlens.records.account import Account, Drop, SourceAccount
from peerlens.records.identities import LEFT_OUT, Identities, numbered
from peerlens.records.records import Records
from peerlens.records.small_tables import SmallTables, empty
from peerlens.records.sources import Source
from peerlens.schema import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.settings import Settings

PARTIES = {"meetings": ("attendee_id",), "messages": ("sender_no", "recipient_no")}
STAGES = {"meetings": meetings, "messages": messages}
# Columns that make a row go when they name someone left out, and columns that are emptied.
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "people": (("person_id",), ("manager_id",)),
    "absences": (("person_id",), ()),
    "survey": (("rater_id", "rated_id", "perceiver_id"), ()),
    "verdicts": (("person_id", "other_id"), ()),
    "accounts": (("account_id",), ("acts_for",)),
    "released": (("person_id", "released_to"), ()),
    "outcomes": ((), ()),
    "confidential": ((), ()),
}


def assemble(
    small: SmallTables, loaded: dict[str, events.Loaded], engine: Engine, settings: Settings, notes: list[str]
) -> Records:
    """Return the records of checked tables.

    Parameters
    ----------
    small
        The small tables.
    loaded
        Messages and meetings, by name.
    engine
        Where they are.
    settings
        In force.
    notes
        For the account.
    """
    patterns = (*settings.read.exclude, *small.frame("confidential")["pattern"])
    known = small.frame("people") if "people" in small.frames else None
    identities = Identities.known(
        known, small.frame("accounts"), patterns, confidential=small.frame("confidential")["pattern"]
    )
    identities = identities.with_names(known, small.frame("people_aliases"), small.names)
    frames, dropped = _without_left_out(small, identities)
    order = [name for name in TABLES if name in small.sources or name in loaded]
    listed = set(frames["people"]["person_id"]) if known is not None else set()
    finished = _finish(loaded, identities, engine, settings, order, people=listed)
    seen = finished.seen
    if known is None:
        frames["people"] = _only_ids(seen)
    people = frames["people"].sort_values(["person_id", "valid_from_on"], na_position="first", ignore_index=True)
    persons = set(people["person_id"])

    for name in loaded:
        dropped += finished.dropped[name]
    sources = tuple(_account_of(name, small, loaded, finished, dropped) for name in order)
    used = [small.sources[name] if name in small.sources else loaded[name].source for name in order]
    fingerprint = _fingerprint(used)
    ends = finished.last_days
    as_of, reason = period.as_of(ends.get("messages"), ends.get("meetings"))
    account = Account(
        sources=sources,
        dropped=tuple(dropped),
        people=len(persons),
        people_matched=len(persons & seen) if known is not None else 0,
        people_unmatched=len(seen - persons) if known is not None else len(seen),
        people_never_seen=len(persons - seen) if loaded else 0,
        first_day=finished.first_day,
        last_day=max(ends.values(), default=None),
        as_of=as_of,
        as_of_reason=reason,
        assumptions=(*_assumptions(small, loaded, settings, finished, known is not None), *notes),
        fingerprint=fingerprint,
        ambiguous=identities.ambiguous(finished.ids["person_id"]),
    )
    return Records(
        people=people,
        **{name: frames[name] for name in KEYS if name != "people"},
        ids=finished.ids,
        message_rows=finished.tables.get("messages"),
        meetings=finished.tables.get("meetings"),
        engine=engine,
        settings=settings,
        account=account,
        period=(account.first_day, account.last_day) if account.first_day and account.last_day else None,
        as_of=as_of,
        as_of_reason=reason,
        fingerprint=fingerprint,
    )


@dataclass(frozen=True)
class Finished:
    """Messages and meetings in their last form, and what is known of them."""

    tables: dict[str, ir.Table]
    ids: pd.DataFrame
    dropped: dict[str, tuple[Drop, ...]]
    rows_read: dict[str, int]
    added: dict[str, int]
    last_days: dict[str, date]
    first_day: date | None
    seen: frozenset[str]
    hints: int
    """ids that look like those of people one confides in"""


def _finish(
    loaded: dict[str, events.Loaded],
    identities: Identities,
    engine: Engine,
    settings: Settings,
    order: list[str],
    *,
    people: set[str],
) -> Finished:
    """Say who is who, find the last plausible day over all events, and number what is left."""
    zone = settings.read.timezone
    written: set[str] = set()
    for name, item in loaded.items():
        written.update(engine.frame(STAGES[name].written(item))["written"])
    known, ids = numbered(identities.table(written), people)
    hints = len(matches(known["resolved"], STARTER_PATTERNS))
    table = engine.from_frame(known, name="identities")
    sorted_out = {
        name: STAGES[name].sort_out(item, engine, table, zone=zone, people=len(ids)) for name, item in loaded.items()
    }
    days = events.per_day(engine, list(sorted_out.values()))
    last_day = period.last_plausible_day(days, hole_days=settings.read.hole_days, hole_share=settings.read.hole_share)
    tables, dropped, added, last_days = {}, {}, {}, {}
    first_days: list[date] = []
    seen: set[str] = set()
    for name, item in sorted_out.items():
        done = STAGES[name].number(
            item, engine, last_day=last_day, source=loaded[name].source.name, source_no=order.index(name)
        )
        engine.drop(*item.scratch)
        tables[name], added[name] = done.table, done.added
        dropped[name] = (*item.drops, *done.drops)
        ends = engine.frame(done.table.select("day").distinct().order_by("day"))["day"]
        if len(ends):
            first_days.append(_date(ends.iloc[0]))
            last_days[name] = _date(ends.iloc[-1])
        seen |= _ids(done.table, engine, PARTIES[name], ids)
    rows_read = {name: item.rows_read for name, item in sorted_out.items()}
    first_day = min(first_days, default=None)
    engine.drop(table)
    return Finished(tables, ids, dropped, rows_read, added, last_days, first_day, frozenset(seen), hints)


def _date(value: object) -> date:
    import pandas as pd

    return pd.Timestamp(str(value)).date()


def _ids(table: ir.Table, engine: Engine, columns: tuple[str, ...], ids: pd.DataFrame) -> set[str]:
    name = ids.set_index("person_no")["person_id"]
    found: set[str] = set()
    for column in columns:
        values = engine.frame(table.select(id=table[column]).distinct())["id"]
        found.update(values if column.endswith("_id") else values.map(name))
    return found


def _without_left_out(small: SmallTables, identities: Identities) -> tuple[dict[str, pd.DataFrame], list[Drop]]:
    frames: dict[str, pd.DataFrame] = {}
    dropped: list[Drop] = []
    for name, (keys, references) in KEYS.items():
        frames[name], gone = identities.without(small.frame(name), keys, references)
        if small.empty_lines.get(name):
            dropped.append(Drop(small.sources[name].name, events.EMPTY_LINE, small.empty_lines[name]))
        if gone:
            dropped.append(Drop(small.sources[name].name, LEFT_OUT, gone))
    return frames, dropped


def _only_ids(seen: frozenset[str]) -> pd.DataFrame:
    """Return a people table of those seen in events, when there is no other."""
    return empty("people").reindex(range(len(seen))).assign(person_id=sorted(seen)).astype(empty("people").dtypes)


def _account_of(
    name: str, small: SmallTables, loaded: dict[str, events.Loaded], finished: Finished, dropped: list[Drop]
) -> SourceAccount:
    if name in loaded:
        source, lines, rows_read = loaded[name].source, loaded[name].lines, finished.rows_read[name]
    else:
        source = small.sources[name]
        lines = rows_read = len(small.frames[name]) + small.empty_lines[name]
    gone = sum(item.rows for item in dropped if item.source == source.name)
    return SourceAccount(
        source.name,
        name,
        source.format,
        lines,
        rows_read,
        rows_read - gone,
        finished.added.get(name, 0),
        source.header.not_read,
        source.sha256,
    )


def _assumptions(
    small: SmallTables, loaded: dict[str, events.Loaded], settings: Settings, finished: Finished, has_people: bool
) -> list[str]:
    said: list[str] = []
    zone = settings.read.timezone
    for item in loaded.values():
        if item.naive:
            said.append(
                f"{item.source.name}: {item.naive:,} instants without a zone were read as {zone} "
                "(set timezone= to change)"
            )
        if item.day_only:
            said.append(f"{item.source.name}: {item.day_only:,} lines give a day and no time")
        said += [f"{item.source.name}: {note}" for note in item.notes]
    if loaded:
        said.append(f"a contact's day is its day in {zone}")
    said += small.notes
    if loaded and not has_people:
        said.append("there is no people table: everyone seen counts as a person, without department, level or manager")
    if "confidential" not in small.frames:
        said.append(
            "there is no confidential.csv: nobody was left out as someone people confide in "
            "(works council, ombuds, occupational health, HR cases)"
            + (f"; {finished.hints:,} ids seen look like such" if finished.hints else "")
        )
    for source in [*small.sources.values(), *(item.source for item in loaded.values())]:
        if source.encoding == "cp1252":
            said.append(f"{source.name}: not UTF-8, read as Windows-1252: look at letters with accents")
    return said


def _fingerprint(sources: list[Source]) -> str:
    """Return a digest of the content of all sources; where they lie and what they are called plays no part."""
    parts = sorted(f"{source.table.name}:{source.sha256}" for source in sources)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
