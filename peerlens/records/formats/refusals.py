"""Exports of Outlook that hold nothing to work with, and what to export instead."""

from __future__ import annotations

import re
from pathlib import Path

from peerlens.records.formats import delimited
from peerlens.records.formats.refused import Refused

_STORE = b"!BDN"
_MESSAGE = b"\xd0\xcf\x11\xe0"


def _is_outlook_mail(path: Path, head: bytes) -> bool:
    """Return whether a header names sender and recipients in threes, such as ``From: (Name)``, in any language."""
    for cells in delimited.head_rows(head):
        titles = [found[1] for cell in cells if (found := re.fullmatch(r"([^:]{1,20}):\s*\(.{1,20}\)", cell))]
        if len(titles) >= 6 and len(set(titles)) >= 2:
            return True
    return False


OUTLOOK_MAIL = Refused(
    "Outlook mail CSV",
    _is_outlook_mail,
    "messages with dates (this export has none)",
    "Ask the administrator for a message trace, export the mailbox as .pst and convert it with readpst (Debian: pst-utils) "
    "to mbox, or use the calendar instead.",
)
PST = Refused(
    "Outlook data file (.pst or .ost)",
    lambda path, head: head.startswith(_STORE),
    "a mailbox as mbox, or a calendar as CSV or ICS",
    "Convert it: readpst -o OUT FILE.pst (Debian and Ubuntu: apt install pst-utils), then give the folder OUT.",
)
MSG = Refused(
    "Outlook message (.msg)",
    lambda path, head: head.startswith(_MESSAGE) and path.suffix.lower() == ".msg",
    "a whole mailbox as mbox",
    "Export the mailbox as .pst and convert it with readpst, or ask the administrator for a message trace.",
)
OLM = Refused(
    "Outlook for Mac archive (.olm)",
    lambda path, head: path.suffix.lower() == ".olm" and head.startswith(b"PK"),
    "a mailbox as mbox, or a calendar as ICS",
    "Drag the mail folder from Outlook to the desktop (that writes an .mbox), or export the calendar as ICS.",
)
