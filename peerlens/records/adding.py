"""New files to logs that are known already, where that gives the very same as reading all files at once.

It does when everything in the new files comes after everything in the known ones and no message is in both; otherwise
nothing is added, and all files are read again. Which people there are may change: their numbers are then given anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from peerlens.privacy import STARTER_PATTERNS, matches
from peerlens.records import events, messages, period
from peerlens.records.cells import among
from peerlens.records.finished import Finished, Log, LogAsRead, log_of, way_of
from peerlens.records.identities import LEFT_OUT, Identities, Who, numbered

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.settings import Settings


def added(
    old: Finished, new: Mapping[str, LogAsRead], identities: Identities, engine: Engine, settings: Settings
) -> tuple[Finished, Finished] | None:
    """Return old and new logs as one, and the new ones alone; None where that would differ from reading all at once.

    Parameters
    ----------
    old
        What is known.
    new
        Files that are not in it, as read.
    identities
        What is known of ids; the same as when ``old`` was read.
    engine
        Where all of it is.
    settings
        In force; those of reading are the same as when ``old`` was read.
    """
    if old.last_plausible_day is not None:
        return None
    ways = {name: way_of(name, item) for name, item in new.items()}
    written = {item for name, way in ways.items() for item in way.written(new[name], engine)}
    known, ids = numbered(identities.table(written), set(old.ids["person_id"].tolist()))
    who = Who(known, ids, engine)
    zone, read = settings.read.timezone, settings.read
    sorted_out: dict[str, Any] = {name: way.sort_out(new[name], engine, who, zone=zone) for name, way in ways.items()}
    days = events.per_day(engine, list(sorted_out.values()))
    both = _added_days(old, days)
    is_plausible = period.last_plausible_day(both, hole_days=read.hole_days, hole_share=read.hole_share) is None
    known_logs = old.logs if len(ids) == len(old.ids) else _numbered_anew(old, ids, engine)
    logs, alone = {}, {}
    seen = old.seen
    if is_plausible:
        for name, item in sorted_out.items():
            if name in old.logs and not _comes_after(old.logs[name], item, new[name], engine, known_logs[name]):
                return None
            done = ways[name].number(item, engine, who, last_day=None)
            item.drop(engine)
            log = log_of(done, new[name].parts, item)
            if name in old.logs:
                shifted = _shifted(name, known_logs[name], log, engine)
                if shifted is None:
                    return None
                log = shifted
            alone[name] = log
            logs[name] = _joined(known_logs[name], log) if name in old.logs else log
            seen |= done.seen
    who.close()
    if not is_plausible:
        return None
    hinted = matches(known.loc[known["reason"] != LEFT_OUT, "resolved"].tolist(), STARTER_PATTERNS)
    counts = {day.date(): int(count) for day, count in both.items()}
    ids = ids.assign(is_seen=among(ids["person_id"], seen))
    whole = Finished({**known_logs, **logs}, ids, counts, old.hinted | hinted, None)
    return whole, replace(whole, logs=alone)


def _added_days(old: Finished, days: pd.Series) -> pd.Series:
    import pandas as pd

    before = pd.Series(old.days, dtype="int64")
    before.index = pd.to_datetime(before.index)
    return pd.concat([before, days]).groupby(level=0).sum().sort_index()


def _comes_after(old: Log, item: Any, new: LogAsRead, engine: Engine, known: Log) -> bool:
    """Return whether everything new comes after everything known, and no message is in both."""
    if old.span is not None and item.span is not None and item.span[0] <= old.span[1]:
        return False
    if new.parts[0].source.table.name != "messages":
        return True
    if old.has("message_id") != new.has("message_id"):
        return False
    if not new.has("message_id"):
        # What one person sends in one second is one message: later seconds are other messages.
        return True
    # Ids of messages left out are not kept, so whether they come again cannot be told.
    if old.is_touched or item.is_touched:
        return False
    keys = item.ids(engine)
    return engine.count(known.table.select("sender_no", "message_id").semi_join(keys, ["sender_no", "message_id"])) == 0


def _numbered_anew(old: Finished, ids: pd.DataFrame, engine: Engine) -> dict[str, Log]:
    """Give people in known messages their new numbers; the order of people, and of messages, stays."""
    if "messages" not in old.logs:
        return old.logs
    log = old.logs["messages"]
    pairs = old.ids[["person_no", "person_id"]].merge(ids, on="person_id", suffixes=("", "_new"))
    codes = engine.from_frame(pairs[["person_no", "person_no_new"]].astype("int32"), name="codes")
    senders = codes.select(sender_no="person_no", sender_new="person_no_new")
    recipients = codes.select(recipient_no="person_no", recipient_new="person_no_new")
    rows = log.table.join(senders, "sender_no").join(recipients, "recipient_no")
    columns = {"sender_no": rows.sender_new, "recipient_no": rows.recipient_new}
    if not log.has("message_id"):
        columns["message_no"] = rows.message_no // messages.SENDERS * messages.SENDERS + rows.sender_new
    table = engine.materialise(rows.mutate(**columns).select(*log.table.columns), name="messages")
    engine.drop(codes)
    return {**old.logs, "messages": replace(log, table=table, pieces=((table, None),))}


def _shifted(name: str, old: Log, new: Log, engine: Engine) -> Log | None:
    """Number new messages or meetings on from the known ones; None where they cannot stand side by side."""
    if name == "meetings" and _has_responses(old.table, engine) != _has_responses(new.table, engine):
        # Whether organizers count as having accepted depends on whether any response was written.
        return None
    if name == "messages" and not new.has("message_id"):
        return new
    key = "message_no" if name == "messages" else "meeting_no"
    last = engine.frame(old.table.aggregate(last=old.table[key].max()))["last"].iloc[0]
    last = 0 if last is None or last != last else int(last)
    moved = new.table.mutate(**{key: new.table[key] + last}).select(*new.table.columns)
    table = engine.materialise(moved.cast({key: "int64"}), name=name)
    engine.drop(new.table)
    return replace(new, table=table)


def _has_responses(table: ir.Table, engine: Engine) -> bool:
    return engine.count(table.filter(table.response.notnull()).limit(1)) > 0


def _joined(old: Log, new: Log) -> Log:
    import ibis

    days = [day for day in (old.first_day, old.last_day, new.first_day, new.last_day) if day is not None]
    spans = [span for span in (old.span, new.span) if span is not None]
    return Log(
        ibis.union(old.table, new.table.cast(dict(old.table.schema().items())).select(*old.table.columns)),
        tuple(sorted((*old.parts, *new.parts), key=lambda part: part.number)),
        {**old.tallies, **new.tallies},
        min(days, default=None),
        max(days, default=None),
        (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None,
        old.is_touched or new.is_touched,
        (*old.pieces, (new.table, None)),
    )
