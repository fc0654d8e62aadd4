"""Who was in a meeting, from lists of joins: one person may join twice, by another device, or under a bare name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from peerlens.records import names
from peerlens.records.formats.automatic import MASKED, NO_ADDRESS, not_a_person
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import canonical

GUEST = "guest without an address"
BROADCAST = 20
"""more than so many in a meeting is no contact of two, whether or not all of them have an address"""
_TAG = re.compile(
    r"\s*[(\[](?:guest|unverified|external|gast|nicht (?:überprüft|verifiziert)|extern|invité|non vérifié|externe|invitado|"
    r"sin verificar|externo|convidado|não verificado|ospite|non verificato|esterno|niet geverifieerd|anonymous)[)\]]",
    re.IGNORECASE,
)
_PRONOUNS = re.compile(
    r"\s*[(\[](?:he|she|they|her|him|them|his|hers|er|sie|elle|il|host|co-host|me)\b[^)\]]*[)\]]", re.I
)
_BOT = re.compile(
    r"note[- ]?taker|\botter\.ai|\bfireflies|\bread\.?ai\b|\bread\.ai\b|meeting notes$|\bfathom\b|\btl;dv|meetgeek|\bavoma\b|"
    r"\bsembly\b|\bsupernormal\b|^recording bot|^copilot$",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:(?:'s|’s|von|de|di)\b.*)?\b(?:iphone|ipad|ipod|macbook|galaxy|android|pixel|huawei|xiaomi|oneplus|sm-\w+|"
    r"desktop-\w+|laptop-\w+|zoom user|polycom|telefon|phone|call-?in user(?:_\d+)?)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"^[+(]?[\d\s()*x.\-]{6,}$")


@dataclass(frozen=True)
class Join:
    """One row of a list of who was there.

    Parameters
    ----------
    name, address
        As shown; the address is empty where none is known.
    joined, left
        From when until when, where known.
    is_guest
        Whether the list calls the person a guest, so that a bare name proves nothing.
    organizes
        Whether the list calls the person the organizer.
    """

    name: str
    address: str
    joined: datetime | None = None
    left: datetime | None = None
    is_guest: bool = False
    organizes: bool = False


def has_tag(name: str) -> bool:
    """Return whether a shown name is marked as that of a guest.

    Examples
    --------
    >>> has_tag("Ana Ruiz (Guest)"), has_tag("Ana Ruiz (Sales)")
    (True, False)
    """
    return _TAG.search(name) is not None


def shown_name(name: str) -> str:
    """Return a name without what a meeting tool adds to it.

    Examples
    --------
    >>> shown_name("Ana Ruiz (Guest)"), shown_name("iPhone (Brian Smith)"), shown_name("Cy (she/her)")
    ('Ana Ruiz', 'Brian Smith', 'Cy')
    """
    bare = _PRONOUNS.sub("", _TAG.sub("", name)).strip()
    inner = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", bare)
    if inner and (_DEVICE.search(inner[1]) or _PHONE.match(inner[1])):
        return inner[2].strip()
    return bare


def key_of(name: str) -> str:
    """Return what two spellings of one name share: no case, no accents, no order of first and last.

    Examples
    --------
    >>> key_of("Núñez, Ana") == key_of("ana nunez")
    True
    """
    return names.key(shown_name(name))


def nobody(join: Join) -> str | None:
    """Return why nobody can be known behind a join; None where somebody can."""
    if _BOT.search(join.name):
        return "note-taking bot"
    if join.address:
        reason = not_a_person(join.address)
        return None if reason == NO_ADDRESS else reason
    name = shown_name(join.name)
    if "*" in name and not _PHONE.match(name):
        return MASKED
    if not key_of(name):
        return "nobody named"
    if _PHONE.match(name):
        return "telephone number"
    if _DEVICE.fullmatch(name) or (_DEVICE.search(name) and len(name.split()) < 3):
        return "device without a name"
    return None


def write_meeting(
    sink: Sink,
    joins: Iterable[Join],
    *,
    prefix: str,
    started: datetime | None = None,
    ended: datetime | None = None,
    organizer: str = "",
    key: str = "",
    series: str = "",
) -> None:
    """Write one meeting: each person once, and none where fewer than two are known.

    Parameters
    ----------
    sink
        Where to.
    joins
        Rows of the list, each of them counted as read by the caller.
    prefix
        Of the key of the meeting.
    started, ended
        Of the meeting, where the list says; else from the first join to the last leave.
    organizer
        Address of who called it, where known.
    key
        Key of the meeting, where the list has one; else made of its start and its people.
    series
        Key of the series it belongs to.
    """
    known: list[Join] = []
    everybody = 0
    for join in joins:
        reason = nobody(join)
        if reason is None:
            known.append(join)
        else:
            sink.drop(reason)
            everybody += 1
    people = _people(sink, known)
    guests = [who for who, group in people.items() if "@" not in who and any(join.is_guest for join in group)]
    everybody += len(people)
    times = [at for join in known for at in (join.joined, join.left) if at is not None]
    if not times and started is None:
        sink.drop("a time that cannot be read", len(people))
        return
    start = started or min(times)
    end = max(ended or max(times, default=start), start)
    for _ in guests:
        sink.drop(GUEST)
    kept = {who: group for who, group in people.items() if who not in guests}
    if everybody > BROADCAST >= len(kept):
        sink.drop("in a meeting of more than 20, most of them not known", len(kept))
        return
    if len(kept) < 2:
        sink.drop("nobody else known in the meeting", len(kept))
        return
    # Who called a meeting and was not in it met nobody there.
    calling = next((who for who, group in kept.items() if who == organizer or any(j.organizes for j in group)), "")
    for who, group in kept.items():
        if "@" in who:
            for join in group:
                sink.name(who, shown_name(join.name))
    digest = hashlib.sha256("\n".join([key or calling or "\n".join(sorted(kept))]).encode()).hexdigest()[:8]
    for who in kept:
        sink.row(
            "meetings",
            {
                "meeting_id": f"{prefix}-{canonical(start).replace(':', '').replace('-', '')}-{digest}",
                "started_at": canonical(start),
                "ended_at": canonical(end),
                "attendee_id": who,
                "organizer_id": calling,
                "response": "accepted",
                "series_id": series,
            },
        )


def _people(sink: Sink, joins: list[Join]) -> dict[str, list[Join]]:
    """Return the joins of each person, by address or else by name; a bare name is one address's where only that one fits."""
    by_name: dict[str, set[str]] = {}
    for join in joins:
        if join.address:
            by_name.setdefault(key_of(join.name), set()).add(join.address)
    people: dict[str, list[Join]] = {}
    spelled: dict[str, str] = {}
    for join in joins:
        who = join.address
        if not who:
            fits = by_name.get(key_of(join.name), set())
            who = (
                next(iter(fits))
                if len(fits) == 1
                else spelled.setdefault(key_of(join.name), names.tidy(shown_name(join.name)))
            )
        if who in people:
            sink.merged("duplicate join")
        people.setdefault(who, []).append(join)
    return people
