"""Messages: from lines of a log to one row per message and recipient."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from peerlens.records import events, instants
from peerlens.records.checks import Problems
from peerlens.records.flags import FlagWords, from_subject, hit_rates, with_subject
from peerlens.records.identities import LEFT_OUT, Who
from peerlens.records.sources import Source, large

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine

FLAGS = ("is_ask", "is_thanks")
SENDERS = 1 << 28
"""more senders than any log has: second and sender in one number"""
TEXTS = ("message_id", "channel", "thread_id", "reply_to_id")
PARTIES = ("sender_no", "recipient_no")
"""columns that name people"""
COLUMNS = (
    "message_no",
    "message_id",
    "sent_at",
    "day",
    "sender_no",
    "recipient_no",
    "recipients",
    "channel",
    "thread_id",
    "reply_to_id",
    "recipient_role",
    "is_ask",
    "is_thanks",
    "source",
    "line",
)


def load(
    source: Source, engine: Engine, problems: Problems, *, number: int = 0, words: FlagWords | None = None
) -> events.Loaded:
    """Read one file of the log into typed columns, a row per line; note what cannot be read."""
    import ibis

    raw, source = large(with_subject(source) if words is not None else source, engine)
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
            **{column: events.flag(raw, column).coalesce(from_subject(raw, column, words)) for column in FLAGS},
            source=ibis.literal(number, "int32"),
        ),
        name="messages_parsed",
    )
    found = events.check_instants(engine, raw, parsed, {"wall": "sent_at"}, problems, name=source.name)
    events.check_flags(engine, raw, FLAGS, problems, name=source.name)
    day_only = engine.count(parsed.filter(parsed.is_day & parsed.wall.notnull())) if found["naive"] else 0
    notes = hit_rates(raw, FLAGS, words, engine)
    engine.drop(raw)
    part = events.Part(number, source, has_lists=has_lists, day_only=day_only, notes=notes, **found)
    return events.Loaded(parsed, (part,), (parsed,))


def written(loaded: events.Loaded, engine: Engine) -> set[str]:
    """Return every id in the log, as written."""
    table = loaded.table
    recipients = table.select(written=table.people).distinct()
    recipients = recipients.select(written=events.split(recipients.written, loaded.has_lists))
    senders = table.select(written=table.sender.fill_null("")).distinct()
    return set(engine.frame(senders.union(recipients.distinct(), distinct=True))["written"])


def sort_out(loaded: events.Loaded, engine: Engine, who: Who, *, zone: str) -> events.Sorted:
    """Split lists, say who everyone is, and drop what is not a contact, counting it."""
    import ibis

    table = loaded.table
    rows = table.mutate(person=events.split(table.people, loaded.has_lists)).drop("people")
    senders, recipients = who.table.view(), who.table.view()
    rows = rows.left_join(senders, rows.sender == senders.written).select(
        rows, sender_no=senders.number, sender_reason=senders.reason
    )
    rows = rows.left_join(recipients, rows.person == recipients.written).select(
        rows,
        recipient_no=recipients.number,
        recipient_reason=recipients.reason,
        is_confidential=recipients.is_confidential.fill_null(False),
    )
    is_left_out = (rows.sender_reason == LEFT_OUT) | (rows.recipient_reason == LEFT_OUT)
    account = rows.recipient_reason.coalesce(rows.sender_reason)
    reason = ibis.cases(
        (rows.is_blank, events.EMPTY_LINE),
        (is_left_out.fill_null(False), LEFT_OUT),
        (account.notnull(), ibis.literal("to or from ") + account),
        (rows.sender_no.isnull() | rows.recipient_no.isnull(), "no sender or no recipient"),
        (rows.sender_no == rows.recipient_no, "mail to oneself"),
        else_=ibis.null("string"),
    )
    sent_at = instants.to_instant(rows.wall, rows.wall_offset, zone, loaded.years)
    stored = engine.materialise(
        rows.select(
            "source",
            "line",
            "sender_no",
            "recipient_no",
            "is_confidential",
            *TEXTS,
            "recipient_role",
            *FLAGS,
            sent_at=sent_at,
            reason=reason,
        ),
        name="messages_rows",
    )
    rows, is_touched = _without_confidential(stored, engine)
    tallies = events.tally(engine, rows, loaded)
    kept = _numbered(rows.filter(rows.reason.isnull()).drop("reason"), loaded)
    kept = kept.mutate(day=instants.local_day(kept.sent_at, zone, loaded.years))
    engine.drop(*loaded.scratch)
    several = kept.group_by("message_no").having(kept.count() > 1).agg(day=kept.day.min(), more=kept.count() - 1)
    several = engine.materialise(several, name="messages_several")
    rows_on = kept.group_by("day").agg(events=kept.count().cast("int64"))
    more_on = several.group_by("day").agg(events=-several.more.sum().cast("int64"))
    return events.Sorted(
        kept,
        several,
        ibis.union(rows_on, more_on),
        tallies,
        (stored, several),
        events.span(engine, stored.sent_at),
        is_touched,
    )


def _without_confidential(rows: ir.Table, engine: Engine) -> tuple[ir.Table, bool]:
    """Leave out whole messages that went to somebody confidential, not only that recipient; say whether there were any."""
    import ibis

    second = rows.sent_at.truncate("s").cast("string")
    rows = rows.mutate(key=rows.message_id.coalesce(second))
    touched = rows.filter(rows.is_confidential).select("sender_no", "key").distinct()
    rows = rows.drop("is_confidential")
    if not engine.count(touched):
        return rows.drop("key"), False
    other = rows.semi_join(touched, ["sender_no", "key"]).mutate(reason=ibis.literal(LEFT_OUT))
    rest = rows.anti_join(touched, ["sender_no", "key"])
    return ibis.union(rest, other).drop("key"), True


def _numbered(rows: ir.Table, loaded: events.Loaded) -> ir.Table:
    """Number the messages: by id and sender, else what one person sent in one second is one message."""
    import ibis

    if not loaded.has("message_id"):
        second = rows.sent_at.truncate("s")
        return rows.mutate(sent_at=second, message_no=second.epoch_seconds().cast("int64") * SENDERS + rows.sender_no)
    key = rows.message_id.coalesce(rows.sent_at.truncate("s").cast("string"))
    rows = rows.mutate(key=key)
    first = rows.group_by("sender_no", "key").aggregate(sent_at=rows.sent_at.min())
    order = ibis.window(order_by=[first.sent_at, first.sender_no, first.key])
    numbers = first.mutate(message_no=(ibis.row_number().over(order) + 1).cast("int64"))
    return rows.drop("sent_at").join(numbers, ["sender_no", "key"]).drop("key")


def number(found: events.Sorted, engine: Engine, who: Who, *, last_day: date | None) -> events.Numbered:
    """Leave out implausible days and duplicates, and say how many recipients each message has."""
    import ibis

    rows = found.kept
    if last_day is not None:
        rows = rows.filter(rows.day <= ibis.date(last_day.isoformat()))
    # Only messages of several rows can have duplicates or several recipients; the others pass untouched.
    several = found.groups
    shared = rows.semi_join(several, "message_no")
    rank = ibis.row_number().over(
        ibis.window(
            group_by=["message_no", "recipient_no"],
            # "to" before "cc"; the rest only so that the order of lines plays no part.
            order_by=[
                shared.recipient_role.desc(), shared.channel, shared.thread_id, shared.reply_to_id, shared.message_id,
                shared.is_ask.desc(), shared.is_thanks.desc(), shared.source, shared.line,
            ],
        )
    )  # fmt: skip
    shared = shared.mutate(rank=rank)
    shared = shared.filter(shared["rank"] == 0).drop("rank")
    shared = shared.mutate(recipients=shared.count().over(ibis.window(group_by="message_no")).cast("int32"))
    alone = rows.anti_join(several, "message_no").mutate(recipients=ibis.literal(1, "int32"))
    table = engine.materialise(ibis.union(alone.select(*COLUMNS), shared.select(*COLUMNS)), name="messages")
    tallies = found.tallies
    if last_day is not None:
        tallies = events.with_drops(tallies, events.by_source(engine, rows), events.IMPLAUSIBLE)
    tallies = events.with_drops(tallies, events.by_source(engine, table), events.DUPLICATE)
    return events.numbered(engine, table, tallies, PARTIES, who.ids)
