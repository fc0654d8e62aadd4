"""Microsoft 365 message traces: the summary with all recipients in one cell, the extended report, and the list on screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from peerlens.records.formats.automatic import address, not_a_person
from peerlens.records.formats.layout import Layout, order_of, rows
from peerlens.records.formats.seen import Seen
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import canonical, instant

_IDS = {"network_id": ("network_message_id", "MessageTraceId"), "message_id": ("message_id", "MessageId")}
SUMMARY = Layout(
    {
        "sent": ("origin_timestamp_utc", "origin_timestamp"),
        "sender": ("sender_address",),
        "packed": ("recipient_status",),
    },
    _IDS,
    absent=("recipient_address",),
)
EXTENDED = Layout(
    {
        "sent": ("date_time_utc", "date_time"),
        "sender": ("sender_address",),
        "recipients": ("recipient_address",),
        "event": ("event_id",),
    },
    {**_IDS, "statuses": ("recipient_status",)},
)
ON_SCREEN = Layout(
    {
        "sent": ("Received", "Received (UTC)", "Date (UTC)"),
        "sender": ("SenderAddress", "Sender"),
        "recipients": ("RecipientAddress", "Recipient"),
        "status": ("Status",),
    },
    _IDS,
)
LAYOUTS = (SUMMARY, EXTENDED, ON_SCREEN)
ARRIVED = (
    "deliver",
    "delivered",
    "send",
    "sent",
    "zugestellt",
    "remis",
    "entregado",
    "entregue",
    "recapitato",
    "bezorgd",
)
FAILED = ("fail", "failed", "pending", "quarantined", "filteredasspam", "drop", "defer", "badmail", "poisonmessage")
_LISTS = ("expand", "expanded")


@dataclass(frozen=True)
class MessageTrace:
    """CSV from the Exchange admin center (Mail flow, Message trace) or ``Get-MessageTrace``; times are in UTC."""

    name: str = "Microsoft 365 message trace"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether one of the three headers is there."""
        return any(layout.fits(head) for layout in LAYOUTS)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write a message per delivered recipient.

        Raises
        ------
        InputError
            The file cannot be read, or its dates may be read in two ways.
        """
        with path.open("rb") as file:
            head = file.read(65_536)
        layout = next((item for item in LAYOUTS if item.fits(head)), ON_SCREEN)
        order = order_of(path, layout, ("sent",), sink)
        seen = Seen()
        for _, row in rows(path, layout, sink, count=False):
            at = instant(row["sent"], order, "UTC")
            for recipient, status in _recipients(row, layout):
                sink.read_rows()
                self._deliver(row, recipient, status, at, seen, sink)
        sink.note("times in UTC")

    def _deliver(
        self, row: dict[str, str], recipient: str, status: str | None, at: datetime | None, seen: Seen, sink: Sink
    ) -> None:
        if status is None:
            sink.merged("delivery step")
            return
        if status in _LISTS:
            sink.drop("mailing list, its members have rows of their own")
            return
        if status not in ARRIVED:
            sink.drop(f"not delivered ({status})" if status in FAILED else "not delivered")
            return
        sender, receiver = address(row["sender"]), address(recipient)
        reason = not_a_person(sender) or not_a_person(receiver)
        if reason is None and at is None:
            reason = "a time that cannot be read"
        if reason is None and sender == receiver:
            reason = "mail to oneself"
        if reason is not None or at is None:
            sink.drop(reason or "")
            return
        key = row.get("network_id") or row.get("message_id") or f"{sender} {canonical(at)}"
        if not seen.add(key, sender, receiver):
            sink.merged("repeated delivery")
            return
        sink.row(
            "messages",
            {
                "sent_at": canonical(at),
                "sender_id": sender,
                "recipient_id": receiver,
                "message_id": key,
                "channel": "mail",
            },
        )


def _recipients(row: dict[str, str], layout: Layout) -> Iterator[tuple[str, str | None]]:
    """Yield each recipient of a row and the last word of its status in lower case; None: a step on the way."""
    if layout is SUMMARY:
        parts = [part for part in row["packed"].split(";") if part.strip()]
        for part in parts or [""]:
            who, _, status = part.partition("##")
            yield who, _last(status)
    elif layout is EXTENDED:
        event = row["event"].strip().lower()
        for who in [part for part in re.split("[;,]", row["recipients"]) if part.strip()] or [""]:
            yield who, event if event in (*ARRIVED, *FAILED) and event != "defer" else None
    else:
        yield row["recipients"], row["status"].strip().lower()


def _last(status: str) -> str:
    words = [word.strip() for word in status.split(",") if word.strip()]
    return words[-1].lower() if words else ""
