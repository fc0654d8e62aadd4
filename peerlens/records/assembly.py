"""Putting together: who is who, what is left out, which days count, and the account of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from peerlens.privacy import matches
from peerlens.records import events, period
from peerlens.records.account import Account, Drop, SourceAccount
from peerlens.records.finished import Finished
from peerlens.records.identities import LEFT_OUT, Identities
from peerlens.records.records import Records
from peerlens.records.small_tables import SmallTables, empty
from peerlens.records.sources import Source

if TYPE_CHECKING:
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.settings import Settings

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


def who_is_who(small: SmallTables, settings: Settings) -> Identities:
    """Return what the small tables say of ids."""
    patterns = (*settings.read.exclude, *small.frame("confidential")["pattern"])
    people = small.frame("people") if "people" in small.frames else None
    known = Identities.known(
        people, small.frame("accounts"), patterns, confidential=small.frame("confidential")["pattern"]
    )
    return known.with_names(people, small.frame("people_aliases"), small.names)


def listed(small: SmallTables, identities: Identities) -> set[str]:
    """Return the ids that count whether they are in a log or not."""
    if "people" not in small.frames:
        return set()
    people, _ = identities.without(small.frame("people")[["person_id"]], ("person_id",))
    return set(people["person_id"].tolist())


def assemble(
    small: SmallTables,
    finished: Finished,
    identities: Identities,
    engine: Engine,
    settings: Settings,
    *,
    sources: Sequence[Source],
    notes: Sequence[str] = (),
) -> Records:
    """Return the records of checked tables.

    Parameters
    ----------
    small
        The small tables.
    finished
        Messages and meetings.
    identities
        What the small tables say of ids.
    engine
        Where messages and meetings are.
    settings
        In force.
    sources
        All files and frames, in the order that rows refer to.
    notes
        For the account.
    """
    frames, dropped = _without_left_out(small, identities)
    seen, has_people = finished.seen, "people" in small.frames
    if not has_people:
        frames["people"] = _only_ids(seen)
    people = frames["people"].sort_values(["person_id", "valid_from_on"], na_position="first", ignore_index=True)
    persons = set(people["person_id"].tolist())

    read = {part.number: part for log in finished.logs.values() for part in log.parts}
    tallies = {number: item for log in finished.logs.values() for number, item in log.tallies.items()}
    dropped += [item for number in sorted(tallies) for item in tallies[number].drops]
    accounts, used = [], []
    for number, source in enumerate(sources):
        if number in read:
            accounts.append(_account_of_log(read[number], tallies[number]))
            used.append(read[number].source)
        elif source.table.name in small.sources:
            accounts.append(_account_of_small(source.table.name, small, dropped))
            used.append(small.sources[source.table.name])
    fingerprint = _fingerprint(used)
    as_of, reason = period.as_of(finished.last_day("messages"), finished.last_day("meetings"))
    account = Account(
        sources=tuple(accounts),
        dropped=tuple(dropped),
        people=len(persons),
        people_matched=len(persons & seen) if has_people else 0,
        people_unmatched=len(seen - persons) if has_people else len(seen),
        people_never_seen=len(persons - seen) if finished.logs else 0,
        first_day=finished.first_day,
        last_day=max((log.last_day for log in finished.logs.values() if log.last_day), default=None),
        as_of=as_of,
        as_of_reason=reason,
        assumptions=(
            *_assumptions(small, [read[number] for number in sorted(read)], settings, finished),
            *_excluding_nobody(identities, settings.read.exclude, dropped),
            *notes,
        ),
        fingerprint=fingerprint,
        ambiguous=identities.ambiguous(finished.ids["person_id"]),
    )
    tables = {name: log.table for name, log in finished.logs.items()}
    return Records(
        people=people,
        **{name: frames[name] for name in KEYS if name != "people"},
        ids=finished.ids[["person_no", "person_id"]],
        message_rows=tables.get("messages"),
        meetings=tables.get("meetings"),
        engine=engine,
        settings=settings,
        account=account,
        period=(account.first_day, account.last_day) if account.first_day and account.last_day else None,
        as_of=as_of,
        as_of_reason=reason,
        fingerprint=fingerprint,
    )


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


def _only_ids(seen: set[str]) -> pd.DataFrame:
    """Return a people table of those seen in events, when there is no other."""
    return empty("people").reindex(range(len(seen))).assign(person_id=sorted(seen)).astype(empty("people").dtypes)


def _account_of_small(name: str, small: SmallTables, dropped: Sequence[Drop]) -> SourceAccount:
    source, lines = small.sources[name], len(small.frames[name]) + small.empty_lines[name]
    gone = sum(item.rows for item in dropped if item.source == source.name)
    return SourceAccount(
        source.name, name, source.format, lines, lines, lines - gone, 0, source.header.not_read, source.sha256
    )


def _account_of_log(part: events.Part, tally: events.Tally) -> SourceAccount:
    source = part.source
    return SourceAccount(
        source.name,
        source.table.name,
        source.format,
        part.lines,
        tally.rows_read,
        tally.rows_left,
        tally.rows_added,
        source.header.not_read,
        source.sha256,
    )


def _assumptions(small: SmallTables, parts: Sequence[events.Part], settings: Settings, finished: Finished) -> list[str]:
    said: list[str] = []
    zone = settings.read.timezone
    for item in parts:
        if item.naive:
            said.append(
                f"{item.source.name}: {item.naive:,} instants without a zone were read as {zone} "
                "(set timezone= to change)"
            )
        if item.day_only:
            said.append(f"{item.source.name}: {item.day_only:,} lines give a day and no time")
        said += [f"{item.source.name}: {note}" for note in item.notes]
    if parts:
        said.append(f"a contact's day is its day in {zone}")
    said += small.notes
    if parts and "people" not in small.frames:
        said.append("there is no people table: everyone seen counts as a person, without department, level or manager")
    if "confidential" not in small.frames:
        hints = len(finished.hinted)
        said.append(
            "there is no confidential.csv: nobody was left out as someone people confide in "
            "(works council, ombuds, occupational health, HR cases)"
            + (f"; {hints:,} ids seen look like such" if hints else "")
        )
    for source in [*small.sources.values(), *(item.source for item in parts)]:
        if source.encoding == "cp1252":
            said.append(f"{source.name}: not UTF-8, read as Windows-1252: look at letters with accents")
    return said


def _excluding_nobody(identities: Identities, exclude: Sequence[str], dropped: Sequence[Drop]) -> list[str]:
    """Say, without a name, how many entries of the exclude list may be misspelt; those who are left out are named nowhere."""
    nobody = sum(not matches((*identities.persons, *identities.by_email), [entry]) for entry in exclude)
    if not nobody or (not identities.persons and any(item.reason == LEFT_OUT for item in dropped)):
        return []
    where = "among the people" if identities.persons else "in these logs"
    return [f"exclude: {nobody} of {len(exclude)} entries match nobody {where}: check their spelling"]


def _fingerprint(sources: list[Source]) -> str:
    """Return a digest of the content of all sources; where they lie and what they are called plays no part."""
    parts = sorted(f"{source.table.name}:{source.sha256}" for source in sources)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
