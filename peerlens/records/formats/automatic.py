"""Addresses behind which there is no person: machines, lists and rooms, as far as an address tells."""

from __future__ import annotations

import re
from functools import lru_cache

NO_REPLY = "no-reply sender"
BOUNCE = "bounce"
SYSTEM = "system or automatic sender"
ROOM = "room or shared calendar"
LIST = "mailing list"
REMEMBERED = 50_000
"""addresses whose meaning is kept: a log names the same people over and over"""
MASKED = "masked address"
NO_ADDRESS = "no address"

_LOCAL = (
    (
        NO_REPLY,
        r"(?:^|[-_.+])(?:no|not|do[-_.]?not|donot|never)[-_.]?reply(?:$|[-_.+\d])|^noreply|noreply$"
        r"|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|no[-_.]?responder|nao[-_.]?responda|non[-_.]?rispondere",
    ),
    (BOUNCE, r"^mailer[-_.]?daemon|^postmaster$|^bounces?(?:$|[-_.+=])|^prvs="),
    (
        SYSTEM,
        r"^microsoftexchange[0-9a-f]{16,}|^systemmailbox|^healthmailbox|^discoverysearchmailbox|^federatedemail\."
        r"|^migration\.[0-9a-f-]{8,}|^inboundproxy|^quarantine$|^o365mc$|^(?:calendar|drive|comments|meetings?)[-_.]notification"
        r"|^(?:auto|automated)?[-_.]?(?:notifications?|notifier|mailer|alerts?)$|^newsletters?$|^cron$|^root$|^daemon$",
    ),
    (LIST, r"^(?:owner|bounces?)-.*|-(?:owner|bounces?|request|subscribe|unsubscribe)$|^list-"),
)
_DOMAINS = (
    (ROOM, r"(?:^|\.)(?:resource|group)\.calendar\.google\.com$"),
    (LIST, r"(?:^|\.)(?:googlegroups\.com|groups\.google\.com)$|^lists?\."),
)
_LOCAL_RES = tuple((reason, re.compile(pattern)) for reason, pattern in _LOCAL)
_DOMAIN_RES = tuple((reason, re.compile(pattern)) for reason, pattern in _DOMAINS)
_WRAPPED = re.compile(r"<([^<>]*)>\s*$")


@lru_cache(maxsize=REMEMBERED)
def address(text: str) -> str:
    """Return the bare address in a cell, in lower case; an empty text where there is none.

    Examples
    --------
    >>> address(' "Ruiz, Ana" <Ana@Firm.example>'), address("SMTP:bo@firm.example"), address("<>"), address("bo")
    ('ana@firm.example', 'bo@firm.example', '', '')
    """
    wrapped = _WRAPPED.search(text)
    bare = (wrapped[1] if wrapped else text).strip().strip("'\"").lower()
    bare = bare.removeprefix("smtp:").removeprefix("mailto:")
    if bare.startswith("/o="):
        # What Exchange calls somebody inside: no address, and still one person's.
        return bare
    local, at, domain = bare.rpartition("@")
    return bare if at and local and domain and not re.search(r"[\s;,]", bare) else ""


@lru_cache(maxsize=REMEMBERED)
def not_a_person(bare: str) -> str | None:
    """Return why there is no person behind an address; None where there may be one.

    Parameters
    ----------
    bare
        What :func:`address` returned.

    Examples
    --------
    >>> not_a_person("no-reply@firm.example"), not_a_person("ana@firm.example"), not_a_person("")
    ('no-reply sender', None, 'no address')
    """
    if not bare:
        return NO_ADDRESS
    if "*" in bare:
        return MASKED
    if bare.startswith("/o="):
        return None
    local, _, domain = bare.rpartition("@")
    for reason, pattern in _LOCAL_RES:
        if pattern.search(local):
            return reason
    return next((reason for reason, pattern in _DOMAIN_RES if pattern.search(domain)), None)
