"""Mailboxes in mbox form: Gmail from Takeout, Thunderbird, Apple Mail, readpst. Headers only; bodies are passed over."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from peerlens.records.formats import dates
from peerlens.records.formats.sink import Sink

_CHUNK_BYTES = 1 << 20
_HEADER_BYTES = 1 << 20
"""longest header looked at; the rest of a longer one is passed over"""
_LINE_BYTES = 2_000
_GMAIL = re.compile(rb"From \d+@xxx ")
_ANY = re.compile(rb"From [^\r\n]{0,300}?\d{1,2}:\d\d[^\r\n]*\d{4}|From [^\r\n]{0,300}?\d{4}[^\r\n]*?\d{1,2}:\d\d")
_FIELD = re.compile(rb">?[!-9;-~]{1,80}:|>From ")
_END = re.compile(rb"\r?\n\r?\n")
_WANTED = frozenset(
    (
        "from", "to", "cc", "bcc", "date", "message-id", "in-reply-to", "references", "list-id", "list-unsubscribe",
        "precedence", "auto-submitted", "x-autoreply", "x-gmail-labels", "x-gm-thrid", "delivered-to", "sender",
        "content-type", "return-path",
    )
)  # fmt: skip
_ROBOT = re.compile(
    r"(^|[-_.+])(no|do[-_.]?not|dont|ne[-_.]?pas|nao|não|nicht)[-_.]?(reply|respond|repondre|antworten|responda)"
    r"|^mailer-daemon@|^postmaster@|^bounces?[-+@]|^notifications?@|^calendar-notification@"
)
_ID = re.compile(r"<[^<>\s]+>")
# What Gmail calls its folders in the language of the account.
_SPAM = frozenset(
    {"spam", "pourriel", "correo no deseado", "lixo eletronico", "posta indesiderata", "skräppost", "roskaposti"}
)
_TRASH = frozenset(
    (
        "trash", "bin", "papierkorb", "corbeille", "papelera", "lixeira", "lixo", "cestino", "prullenbak", "papirkurv",
        "papirkurven", "papperskorgen", "roskakori", "kosz", "koš", "kuka", "çöp kutusu", "корзина", "ゴミ箱", "휴지통",
        "垃圾桶", "已删除邮件", "已刪除的郵件", "eliminados",
    )
)  # fmt: skip
_DRAFTS = frozenset(
    (
        "drafts", "draft", "entwürfe", "brouillons", "borradores", "rascunhos", "bozze", "concepten", "kladder",
        "utkast", "luonnokset", "wersje robocze", "koncepty", "piszkozatok", "taslaklar", "черновики", "下書き", "草稿",
        "임시보관함",
    )
)  # fmt: skip
_CHATS = frozenset({"chat", "chats"})


@dataclass(frozen=True)
class Mbox:
    """A mailbox; one row per message."""

    name: str = "mailbox (mbox)"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file begins as a mailbox does."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        line, _, rest = start.partition(b"\n")
        return bool(_GMAIL.match(line) or _ANY.match(line)) and bool(_FIELD.match(rest))

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write one row per message and recipient; count what is no mail between people."""
        seen: set[int] = set()
        with path.open("rb") as file:
            for header in headers(file, sink):
                sink.read_rows()
                fields = _fields(header)
                reason = _no_mail(fields)
                if reason is not None:
                    sink.drop(reason)
                    continue
                key = _key(fields)
                if key in seen:
                    sink.merged("second copy of a message")
                    continue
                seen.add(key)
                reason = _write(fields, sink)
                if reason is not None:
                    sink.drop(reason)


def headers(file: BinaryIO, sink: Sink) -> Iterator[bytes]:
    """Yield the header of each message; holds a megabyte or two at a time, whatever the size of the file.

    A line of a body that starts with "From " is told from the start of a message by the rest of the line and the next line.
    """
    buffer, is_over = b"", False

    def more() -> bool:
        nonlocal buffer, is_over
        chunk = file.read(_CHUNK_BYTES)
        sink.advance(len(chunk))
        buffer += chunk
        is_over = not chunk
        return not is_over

    more()
    buffer = buffer.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    separator = _GMAIL if _GMAIL.match(buffer) else _ANY
    while buffer:
        end = _END.search(buffer)
        while end is None and len(buffer) < _HEADER_BYTES and more():
            end = _END.search(buffer)
        stop = end.start() if end is not None else min(len(buffer), _HEADER_BYTES)
        yield buffer[:stop]
        at = max(stop - 2, 0)
        while True:
            found = buffer.find(b"\nFrom ", at)
            if found < 0:
                # A separator may be cut in two by the end of what was read.
                buffer = buffer[-8:]
                at = 0
                if not more():
                    return
                continue
            while len(buffer) < found + _LINE_BYTES and more():
                pass
            if _starts_message(buffer, found, separator):
                buffer = buffer[found + 1 :]
                break
            at = found + 1


def _starts_message(buffer: bytes, found: int, separator: re.Pattern[bytes]) -> bool:
    if not separator.match(buffer, found + 1):
        return False
    end = buffer.find(b"\n", found + 1)
    if end < 0 or not _FIELD.match(buffer, end + 1):
        return False
    before = buffer[max(0, found - 1) : found]
    return separator is _GMAIL or before in (b"\n", b"\r", b"")


def _fields(header: bytes) -> dict[str, list[str]]:
    """Return the wanted fields of a header, unfolded."""
    text = _text(header).replace("\r\n", "\n")
    fields: dict[str, list[str]] = {}
    for line in re.sub(r"\n[ \t]+", " ", text).split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in _WANTED:
            fields.setdefault(name.strip().lower(), []).append(value.strip())
    return fields


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def decoded(text: str) -> str:
    """Return a header field with its encoded words in plain letters; as it stands where they are broken.

    Examples
    --------
    >>> decoded("=?UTF-8?Q?Bo=C3=AEte?="), decoded("plain")
    ('Boîte', 'plain')
    """
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError, IndexError, MessageError):
        return text


def _no_mail(fields: dict[str, list[str]]) -> str | None:
    """Return why a message is no mail between people; None when it is."""
    labels = {
        word.strip(' "').casefold() for text in fields.get("x-gmail-labels", []) for word in decoded(text).split(",")
    }
    if labels & _SPAM or labels & _TRASH:
        return "spam or trash"
    if labels & _DRAFTS:
        return "draft, never sent"
    if labels & _CHATS and "from" not in fields:
        return "chat record without sender"
    if any("promotion" in label or "promoções" in label or "promozioni" in label for label in labels):
        return "bulk mail"
    if "list-id" in fields:
        return "mailing list"
    precedence = " ".join(fields.get("precedence", [])).lower()
    if "list-unsubscribe" in fields or precedence in ("bulk", "list", "junk"):
        return "bulk mail"
    kind = " ".join(fields.get("content-type", [])).lower()
    if (
        kind.startswith("text/calendar")
        or "calendar-notification@google.com" in " ".join(fields.get("sender", [])).lower()
    ):
        return "invitation or answer to one"
    automatic = " ".join(fields.get("auto-submitted", ["no"])).split(";")[0].strip().lower()
    if automatic != "no" or "x-autoreply" in fields or precedence == "auto_reply":
        return "automatic mail"
    if kind.startswith("multipart/report") or "<>" in fields.get("return-path", []):
        return "bounce or receipt"
    return None


def _key(fields: dict[str, list[str]]) -> int:
    """Return a number that is the same for copies of one message."""
    own = fields.get("message-id") or [*fields.get("date", []), *fields.get("from", []), *fields.get("to", [])]
    return int.from_bytes(hashlib.blake2b("\n".join(own).encode(errors="replace"), digest_size=8).digest())


def addresses(texts: list[str], sink: Sink) -> list[str]:
    """Return the addresses in header fields, lower case, each once; note the names beside them."""
    found: dict[str, None] = {}
    for name, address in _pairs(texts):
        item = address.strip().lower().strip("'<>")
        if item.count("@") == 1 and not item.startswith("@") and not item.endswith("@") and " " not in item:
            sink.name(item, decoded(name).strip("'\""))
            found[item] = None
    return list(found)


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    pairs = getaddresses(texts)
    if texts and all(pair == ("", "") for pair in pairs):
        # The strict reading gives up on a whole field for one bad address in it.
        joined = ", ".join(texts)
        pairs = [("", address) for address in re.findall(r"[\w.+'%-]+@[\w-]+(?:\.[\w-]+)+", joined)]
    return pairs


def _write(fields: dict[str, list[str]], sink: Sink) -> str | None:
    """Write the rows of one message; return why it cannot be."""
    senders = addresses(fields.get("from", [])[:1], sink)
    if not senders:
        return "no sender"
    sender = senders[0]
    if _ROBOT.search(sender):
        return "no-reply or notification"
    sent_at = instant(fields.get("date", []))
    if sent_at is None:
        return "no date that can be read"
    roles: dict[str, str] = {}
    for field, role in (("to", "to"), ("cc", "cc"), ("bcc", "cc")):
        for address in addresses(fields.get(field, []), sink):
            if not _ROBOT.search(address):
                roles.setdefault(address, role)
    if not roles:
        return "no recipient named"
    owners = {sender, *roles, *(item.lower() for item in fields.get("delivered-to", []) if "@" in item)}
    for person in sorted(owners):
        sink.owner(person)
    if not set(roles) - {sender}:
        return "mail to oneself"
    links = [*_ids(fields.get("in-reply-to")), *reversed(_ids(fields.get("references")))]
    own = _ids(fields.get("message-id"))
    thread = [*fields.get("x-gm-thrid", []), *_ids(fields.get("references")), *links, *own]
    row = {
        "sent_at": sent_at,
        "sender_id": sender,
        "message_id": own[0] if own else f"{_key(fields):016x}",
        "channel": "mail",
        "thread_id": thread[0] if thread else "",
        "reply_to_id": links[0] if links else "",
    }
    for address, role in roles.items():
        sink.row("messages", row | {"recipient_id": address, "recipient_role": role})
    return None


def _ids(texts: list[str] | None) -> list[str]:
    return [item for text in texts or [] for item in _ID.findall(text)]


def instant(texts: list[str]) -> str | None:
    """Return the date of a message as canonical text; None where it cannot be read.

    Examples
    --------
    >>> instant(["Fri, 04 Feb 2022 12:10:22 -0500 (EST)"]), instant(["garbage"])
    ('2022-02-04T17:10:22Z', None)
    """
    for text in texts[:1]:
        try:
            at = parsedate_to_datetime(text)
            return dates.utc(at, "UTC") if 1970 < at.year < 2100 else None
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return None
