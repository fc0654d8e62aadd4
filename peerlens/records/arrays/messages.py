"""Messages as arrays: one row per message and recipient, sorted out, numbered, and handed to the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from peerlens.records import events
from peerlens.records.arrays import clock, rows
from peerlens.records.arrays.handing import as_flags, handed_over
from peerlens.records.arrays.numbering import Keys, Messages, without_duplicates
from peerlens.records.identities import LEFT_OUT, Who
from peerlens.records.messages import COLUMNS, FLAGS, TEXTS
from peerlens.records.sources import Source

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

    from peerlens.engine import Engine

LABELS = (*TEXTS, "recipient_role")
KINDS = dict.fromkeys(LABELS, "string") | dict.fromkeys(FLAGS, "boolean")
"""columns that may be empty throughout"""
NO_PARTY, TO_ONESELF = "no sender or no recipient", "mail to oneself"


def load(source: Source, *, number: int, zone: str) -> rows.Loaded:
    """Read one file of the log.

    Raises
    ------
    Unusual
        It has to be read the general way.
    """
    loaded = rows.load(source, number=number, zone=zone, keys=("sent_at", "sender_id"))
    cells = dict(loaded.cells)
    for column in cells.keys() & set(LABELS):
        cells[column] = cells[column].stripped()
    if "recipient_role" in cells:
        cells["recipient_role"] = cells["recipient_role"].lowered()
    for column in cells.keys() & set(FLAGS):
        cells[column].flags()
    return replace(loaded, cells=cells)


def written(loaded: rows.Loaded, engine: Engine) -> set[str]:
    """Return every id in the log, as written."""
    senders, recipients = loaded.column("sender_id").values, rows.Rows.of(loaded.people).values
    return {*senders.to_pylist(), *recipients.to_pylist()}


@dataclass(frozen=True)
class Sorted:
    """Rows kept so far, and what became of the others.

    Parameters
    ----------
    loaded
        The log: its files and labels.
    messages
        Rows kept.
    keys
        Of all rows, those left out too; None without message ids.
    per_day
        ``day, events``.
    zone
        IANA zone whose days count.
    tallies, span, is_touched
        See :class:`peerlens.records.events.Sorted`.
    """

    loaded: rows.Loaded
    messages: Messages
    keys: Keys | None
    per_day: pd.DataFrame
    zone: str
    tallies: dict[int, events.Tally]
    span: tuple[int, int] | None
    is_touched: bool

    def days(self, engine: Engine) -> pd.DataFrame:
        """Return ``day, events``."""
        return self.per_day

    def ids(self, engine: Engine) -> ir.Table:
        """Return ``sender_no, message_id`` of every message with an id, those left out too."""
        assert self.keys is not None
        return engine.from_frame(self.keys.pairs(), name="ids_of_messages")

    def drop(self, engine: Engine) -> None:
        """Forget nothing: there is nothing in the engine yet."""


def sort_out(loaded: rows.Loaded, engine: Engine, who: Who, *, zone: str) -> Sorted:
    """Split lists, say who everyone is, and drop what is not a contact, counting it."""
    import numpy as np

    own = rows.Rows.of(loaded.people)
    by = loaded.column("sender_id")
    senders, recipients = rows.Judged(by.values, who), rows.Judged(own.values, who)
    by_code = own.spread(by.codes)
    sender, recipient = senders.number[by_code], recipients.number[own.person]
    at = own.spread(loaded.instants["sent_at"])
    reason, names = _reasons(sender, recipient, who)
    if len(who.reasons) > 1:
        _judge(reason, senders.reason[by_code], recipients.reason[own.person], who)
    reason[at == clock.MISSING] = names.index(events.EMPTY_LINE)
    keys = Keys.of(loaded, own, at, sender)
    is_touched = False
    if recipients.is_confidential.any():
        is_confidential = recipients.is_confidential[own.person]
        is_touched = bool(is_confidential.any())
        reason[keys.together_with(is_confidential)] = names.index(LEFT_OUT)
    tallies = rows.tallied(loaded, loaded.places(own.line_at)[0], reason, names)
    kept = np.flatnonzero(reason == 0)
    line_at = kept.astype("int32") if own.line_at is None else own.line_at[kept]
    messages, more = keys.numbered(kept, line_at, recipient)
    # Rows of a message but for one are no events of their own.
    per_day = rows.days(messages.days(zone), less=clock.local_day(messages.instants(more), zone))
    # Of what was read only the labels are looked at again.
    cells = {name: cells for name, cells in loaded.cells.items() if name in KINDS and cells.is_filled}
    return Sorted(
        replace(loaded, instants={}, cells=cells),
        messages,
        keys if keys.ids is not None else None,
        per_day,
        zone,
        tallies,
        rows.span(at),
        is_touched,
    )


def _reasons(sender: np.ndarray, recipient: np.ndarray, who: Who) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return why rows go as a place among the reasons, 0 for those that stay, and the reasons; what comes later counts."""
    import numpy as np

    names = tuple(f"to or from {reason}" if reason not in ("", LEFT_OUT) else reason for reason in who.reasons)
    names = (*names, events.EMPTY_LINE, NO_PARTY, TO_ONESELF)
    reason = (sender == recipient).astype("int8") * np.int8(names.index(TO_ONESELF))
    reason[(sender < 0) | (recipient < 0)] = names.index(NO_PARTY)
    return reason, names


def _judge(reason: np.ndarray, of_sender: np.ndarray, of_recipient: np.ndarray, who: Who) -> None:
    """Note rows of accounts that are nobody, and of people left out, who come before all else."""
    import numpy as np

    for own in (of_sender, of_recipient):
        np.copyto(reason, own, where=own > 0)
    if LEFT_OUT in who.reasons:
        reason[of_sender == who.reasons.index(LEFT_OUT)] = who.reasons.index(LEFT_OUT)


def number(found: Sorted, engine: Engine, who: Who, *, last_day: date | None) -> events.Numbered:
    """Leave out implausible days and duplicates, and say how many recipients each message has."""
    import numpy as np

    loaded, messages = found.loaded, found.messages
    numbers = loaded.places(messages.line_at)[0]
    stays = np.ones(len(messages.line_at), dtype=bool)
    tallies = found.tallies
    if last_day is not None:
        stays = messages.days(found.zone) <= np.datetime64(last_day, "D").astype("int64")
        tallies = events.with_drops(tallies, rows.by_source(numbers[stays]), events.IMPLAUSIBLE)
    flags = {name: loaded.cells[name].flags() for name in FLAGS if name in loaded.cells}
    labels = {name: loaded.cells[name] for name in LABELS if name in loaded.cells}
    shared, duplicates = without_duplicates(messages, messages.shared[stays[messages.shared]], labels, flags)
    stays[duplicates] = False
    tallies = events.with_drops(tallies, rows.by_source(numbers[stays]), events.DUPLICATE)
    del numbers
    recipients = np.ones(len(stays), dtype="int32")
    starts = np.flatnonzero(np.diff(messages.message_no[shared], prepend=-1))
    sizes = np.diff(np.append(starts, len(shared)))
    recipients[shared] = np.repeat(sizes, sizes)
    is_seen = np.zeros(len(who.ids), dtype=bool)
    days: list[int] = []

    def piece(at: np.ndarray) -> dict[str, Any]:
        own = messages.line_at[at]
        number, line = loaded.places(own)
        sent_at, sender, recipient = messages.instants(at), messages.senders(at), messages.recipient[at]
        day = clock.local_day(sent_at, found.zone)
        is_seen[sender] = is_seen[recipient] = True
        days.extend((day.min(), day.max()) if len(day) else ())
        return {
            "message_no": messages.message_no[at],
            "sent_at": sent_at.view("datetime64[us]"),
            "day": day.astype("datetime64[D]"),
            "sender_no": sender,
            "recipient_no": recipient,
            "recipients": recipients[at],
            **{name: cells.text(own) for name, cells in labels.items()},
            **{name: as_flags(values[own]) for name, values in flags.items()},
            "source": number,
            "line": line,
        }

    table = handed_over(engine, piece, stays, columns=COLUMNS, kinds=KINDS, name="messages")
    return events.Numbered(table, tallies, rows.ends(days), set(who.ids["person_id"][is_seen].tolist()))
