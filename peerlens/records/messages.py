"""Messages: from lines of a log to one row per message and recipient."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from peerlens.records import events, instants
from peerlens.records.checks import Problems
from peerlens.records.identities import LEFT_OUT
from peerlens.records.sources import Source, large

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine

FLAGS = ("is_ask", "is_thanks")
TEXTS = ("message_id", "channel", "thread_id", "reply_to_id")
COLUMNS = (
    "message_no",
    "message_id",
    "sent_at",
    "day",
    "sender_id",
    "recipient_id",
    "channel",
    "thread_id",
    "reply_to_id",
    "recipient_role",
    "is_ask",
    "is_thanks",
    "source",
    "line",
)


def load(source: Source, engine: Engine, problems: Problems) -> events.Loaded:
    """Read the log into typed columns, a row per line; note what cannot be read."""
    raw, source = large(source, engine)
    sent = instants.parse(raw.sent_at)
    people, has_lists = events.people_cell(engine, raw, "recipient_id", "recipient_ids")
    sender = events.as_written(raw, "sender_id")
    parsed = engine.materialise(
        raw.select(
            line=raw.line,
            wall=sent.wall,
            wall_offset=sent.offset_minutes,
            is_day=sent.is_day,
            is_blank=events.as_written(raw, "sent_at").isnull() & sender.isnull() & people.isnull(),
            sender=sender,
            people=people,
            **{column: events.cell(raw, column) for column in TEXTS},
            recipient_role=events.cell(raw, "recipient_role").lower(),
            **{column: events.flag(raw, column) for column in FLAGS},
        ),
        name="messages_parsed",
    )
    found = events.check_instants(engine, raw, parsed, {"wall": "sent_at"}, problems, name=source.name)
    events.check_flags(engine, raw, FLAGS, problems, name=source.name)
    day_only = engine.count(parsed.filter(parsed.is_day & parsed.wall.notnull())) if found["naive"] else 0
    engine.drop(raw)
    return events.Loaded(parsed, source, has_lists=has_lists, day_only=day_only, **found)


def written(loaded: events.Loaded) -> ir.Table:
    """Return every id in the log, as written."""
    table = loaded.table
    recipients = table.select(written=table.people).distinct()
    recipients = recipients.select(written=events.split(recipients.written, loaded.has_lists))
    return table.select(written=table.sender.fill_null("")).distinct().union(recipients.distinct(), distinct=True)


def sort_out(loaded: events.Loaded, engine: Engine, identities: ir.Table, *, zone: str) -> events.Sorted:
    """Split lists, say who everyone is, and drop what is not a contact, counting it."""
    import ibis

    table = loaded.table
    rows = table.mutate(person=events.split(table.people, loaded.has_lists)).drop("people")
    senders, recipients = identities.view(), identities.view()
    rows = rows.left_join(senders, rows.sender == senders.written).select(
        rows, sender_id=senders.resolved, sender_reason=senders.reason
    )
    rows = rows.left_join(recipients, rows.person == recipients.written).select(
        rows, recipient_id=recipients.resolved, recipient_reason=recipients.reason
    )
    is_left_out = (rows.sender_reason == LEFT_OUT) | (rows.recipient_reason == LEFT_OUT)
    account = rows.recipient_reason.coalesce(rows.sender_reason)
    reason = ibis.cases(
        (rows.is_blank, events.EMPTY_LINE),
        (is_left_out.fill_null(False), LEFT_OUT),
        (rows.sender_id.isnull() | rows.recipient_id.isnull(), "no sender or no recipient"),
        (account.notnull(), ibis.literal("to or from ") + account),
        (rows.sender_id == rows.recipient_id, "mail to oneself"),
        else_=ibis.null("string"),
    )
    sent_at = instants.to_instant(rows.wall, rows.wall_offset, zone, loaded.years)
    rows = engine.materialise(
        rows.select(
            "line", "sender_id", "recipient_id", *TEXTS, "recipient_role", *FLAGS, sent_at=sent_at, reason=reason
        ),
        name="messages_rows",
    )
    rows_read, drops = events.tally(engine, rows, source=loaded.source.name)
    kept = rows.filter(rows.reason.isnull()).drop("reason")
    # Without an id, what one person sent in one second is one message; ids need only be unique to their sender.
    second = kept.sent_at.truncate("s")
    key = kept.message_id.coalesce(second.cast("string")) if "message_id" in loaded.source.header.positions else second
    kept = kept.mutate(key=key)
    first = kept.group_by("sender_id", "key").aggregate(sent_at=kept.sent_at.min())
    groups = engine.materialise(
        first.mutate(day=instants.local_day(first.sent_at, zone, loaded.years)), name="messages_groups"
    )
    engine.drop(table)
    return events.Sorted(kept, groups, rows_read, drops, (rows, groups))


def number(
    found: events.Sorted, engine: Engine, *, last_day: date | None, source: str, source_no: int
) -> events.Numbered:
    """Number the messages, leave out implausible days and duplicates."""
    import ibis

    groups = found.groups
    if last_day is not None:
        groups = groups.filter(groups.day <= ibis.date(last_day.isoformat()))
    order = ibis.window(order_by=[groups.sent_at, groups.sender_id, groups.key])
    numbers = groups.mutate(message_no=(ibis.row_number().over(order) + 1).cast("int64"))
    kept = found.kept.drop("sent_at")
    rows = kept.join(numbers, ["sender_id", "key"]).mutate(source=ibis.literal(source_no, "int32"))
    table = engine.materialise(rows.select(*COLUMNS), name="messages")
    finished, drops = events.without_duplicates(
        table,
        engine,
        ["message_no", "recipient_id"],
        # "to" before "cc"; the rest only so that the order of lines plays no part.
        [
            table.recipient_role.desc(),
            table.channel,
            table.thread_id,
            table.reply_to_id,
            table.message_id,
            table.is_ask.desc(),
            table.is_thanks.desc(),
            table.line,
        ],
        rows_kept=found.rows_read - sum(item.rows for item in found.drops),
        source=source,
    )
    return events.Numbered(finished, drops)
