"""Mailboxes: which messages count, what they say, and how much memory a large one takes."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

from peerlens.records.formats.mbox import Mbox, headers
from peerlens.records.formats.sink import Sink

from .conftest import SAMPLES, run


def test_every_message_is_kept_or_counted(tmp_path: Path) -> None:
    """Twelve messages, of which the bodies hold three lines that look like the start of another."""
    found = run(Mbox(), SAMPLES / "mail.mbox", tmp_path / "out")
    assert (found.tally.rows, found.tally.kept) == (12, 3)
    assert dict(found.tally.drops) == {
        "spam or trash": 1, "bulk mail": 1, "mailing list": 1, "no-reply or notification": 1, "no date that can be read": 1,
        "no recipient named": 1, "automatic mail": 1, "chat record without sender": 1,
    }  # fmt: skip
    assert dict(found.tally.merges) == {"second copy of a message": 1}
    assert found.sink.owners.most_common(1)[0][0] == "ana@x.example"


def test_what_a_message_says(tmp_path: Path) -> None:
    found = run(Mbox(), SAMPLES / "mail.mbox", tmp_path / "out")
    rows = [(r["sent_at"], r["sender_id"], r["recipient_ids"], r["recipient_role"]) for r in found.tables["messages"]]
    assert rows == [
        ("2024-03-04T09:10:22Z", "ben@x.example", "ana@x.example", "to"),
        ("2024-03-04T09:10:22Z", "ben@x.example", "chen@x.example", "to"),
        ("2024-03-04T09:10:22Z", "ben@x.example", "dana@x.example", "cc"),
        ("2024-03-04T10:00:00Z", "ana@x.example", "ben@x.example", "to"),
        ("2024-03-04T10:00:00Z", "ana@x.example", "dana@x.example", "cc"),
        ("2024-03-05T15:00:00Z", "chen@x.example", "ana@x.example", "to"),
    ]
    assert found.tables["messages"][3]["reply_to_id"] == "<1@x.example>"
    assert found.tables["messages"][0]["thread_id"] == found.tables["messages"][3]["thread_id"]
    assert set(found.sink.names["ana@x.example"]) == {"Ana Ruíz"}
    assert set(found.sink.names["ben@x.example"]) == {"Okafor, Ben"}


def test_other_mailboxes_split_at_lines_with_a_date(tmp_path: Path) -> None:
    letter = (
        "From: a@x.example\r\nTo: b@x.example\r\nDate: Mon, 04 Mar 2024 10:00:0{} +0000\r\nMessage-ID: <{}@x>\r\n\r\n"
    )
    text = "From - Mon Mar 04 10:00:00 2024\r\n" + letter.format(1, 1)
    text += "From here on\r\n\r\nFrom Berlin at 10:00 in 2024\r\nit goes on\r\n\r\n"
    text += 'From "a b" Mon Mar 04 10:00:02 2024\r\n' + letter.format(2, 2) + "body"
    file = tmp_path / "box"
    file.write_bytes(text.encode())
    assert Mbox().recognises(file, text.encode()[:4096])
    assert run(Mbox(), file, tmp_path / "out").tally.rows == 2


class _Endless(io.RawIOBase):
    """A mailbox made as it is read."""

    def __init__(self, messages: int) -> None:
        self._left = messages

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            return b""
        self._left -= 1
        head = b"From 1@xxx Mon Mar 04 09:10:22 +0000 2024\nFrom: a@x\nTo: b@x\n\n"
        return head + (b"text of the body\n" * 1_000 + b"From the body\n") * 60


def test_memory_does_not_grow_with_the_mailbox(tmp_path: Path) -> None:
    """60 MB pass through a few megabytes."""
    sink = Sink(tmp_path)
    tracemalloc.start()
    count = sum(1 for _ in headers(_Endless(60), sink))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60
    assert peak < 8_000_000
