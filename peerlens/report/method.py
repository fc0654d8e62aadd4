"""How a report was made and what it cannot say: terms with the settings in force, limits, and whose page it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.privacy.groups import STEP
from peerlens.records.identities import LEFT_OUT
from peerlens.report.parts import SourceRows
from peerlens.words import number

if TYPE_CHECKING:
    from peerlens.records import Account
    from peerlens.ties import Ties

PRIVACY = (
    "For self-development and group structure; not for selection, promotion, appraisal, pay, redundancy or discipline."
)
OWNER = (
    "Without a release on record (released.csv), this page is for the owner of the data only: {label}. "
    "It was made from metadata; no subject line and no text was read, and nothing left the machine."
)
RELEASED = (
    "{label}: {release}. It was made from metadata; no subject line and no text was read, and nothing left the machine."
)
LIMITS = (
    "Calls, corridors and lunches are not in this.",
    "It shows contact, not trust, influence or merit, and no log can show that more contact earns a promotion.",
    "“How unusual” describes a tie against its own past or against ties alike. It says nothing about the colleague.",
)
ASK_FIRST = (
    "Which three people at your level, outside your own team, should know your work? Write their names down.",
    "With which of them have you had a talk of two, or a message of your own, in the last two months?",
)
QUESTIONS = (
    "Which of these ties is alive somewhere this page cannot see?",
    "Which tie at your level would you miss most in half a year, and what does it live on today?",
    "Who outside your team will be asked about your work next, and what would they be able to say?",
    "What could take half an hour less each week, to make room for one of these ties?",
)
PLAN_COLUMNS = ("Which tie", "What I will do", "By when", "What happened")
PLAN_ROWS = 3


def terms(ties: Ties) -> tuple[tuple[str, str], ...]:
    """Say what the words on the page mean, with the settings in force."""
    used = ties.settings.ties
    word = ties.places.word
    peers = {
        "level": "people at your level who are not in your own line of management",
        "depth": "people as deep in the reporting tree as you, with or without reports as you are; no levels were read",
        "nothing": "everyone in the people table: no levels or managers were read",
    }.get(ties.places.rank_from, "people at your level")
    return (
        (f"{word.capitalize()}s", "the list you gave" if used.peers else peers),
        (
            "Close contact",
            f"a message to at most {used.close_message_size} people, or a meeting of at most "
            f"{used.close_meeting_size}. A day with one or more is a contact day. What goes to more than "
            f"{used.broadcast_size} people makes no tie.",
        ),
        (
            "Strength",
            f"1 is one message to one person today; meetings count by hours and size; what is "
            f"{number(used.half_life_days)} days old counts half.",
        ),
        ("Rhythm", "working days from one contact day to the next, on average over 52 weeks."),
        ("Silence", "working days since the last contact day on which both were at work."),
        (
            "Live",
            f"contact within the last {used.live_days} working days, or a silence still shorter than "
            f"{used.min_silence_days} working days and {number(used.silence_per_rhythm)} rhythms.",
        ),
        (
            "How unusual",
            "0 to 1: how far past its threshold a tie is. Order on the page: ties to other departments first, "
            "then by the share of your contact at your level that the tie once carried.",
        ),
    )


@dataclass(frozen=True)
class Evidence:
    """How quiet chances did in the organisation's own past.

    Parameters
    ----------
    title, subtitle
        The finding, and the numbers it rests on.
    doubt
        Why this page tells chances in words; empty where it may give numbers.
    table
        One row per tenth of chance, for the reliability diagram.
    """

    title: str
    subtitle: str
    doubt: str
    table: pd.DataFrame


def evidence(ties: Ties) -> Evidence | None:
    """Sum up how quiet chances did in the past; None where nothing could be checked."""
    known = ties.calibration
    if not known.ties:
        return None
    title, subtitle = known.finding(horizon_days=ties.settings.quiet_chance.horizon_days)
    return Evidence(title, subtitle, known.doubt or "", known.table)


COARSE_ROWS = (
    "Row counts are the least there were, in steps of 1, 2 and 5: exact ones of two pages would give away how much came from "
    "whoever is left out of one of them. Whoever and whatever was left out at the door is in none of them."
)
"""said in copies for others, and on pages about groups"""


def source_rows(account: Account, *, exact: bool = True) -> tuple[SourceRows, ...]:
    """Sum up what became of the rows of each file.

    Parameters
    ----------
    account
        What was read.
    exact
        Whether the copy is for the owner of the data; else counts are coarse (:func:`at_least`).
    """
    rows = []
    for source in account.sources:
        drops = [drop for drop in account.dropped if drop.source == source.name]
        counts = {"read": source.rows_read, "kept": source.rows_kept, "dropped": sum(drop.rows for drop in drops)}
        reasons = tuple(f"{drop.reason} ({drop.rows:,})" for drop in drops)
        added = source.rows_added
        if not exact:
            hidden = sum(drop.rows for drop in drops if drop.reason == LEFT_OUT)
            counts["read"], counts["dropped"] = counts["read"] - hidden, counts["dropped"] - hidden
            counts = {name: at_least(number) for name, number in counts.items()}
            reasons, added = tuple(drop.reason for drop in drops if drop.reason != LEFT_OUT), at_least(added)
        has_contact = source.table in {"meetings", "messages"}
        rows.append(SourceRows(name=source.name, has_contact=has_contact, added=added, reasons=reasons, **counts))
    return tuple(rows)


def at_least(number: int) -> int:
    """Round down to 1, 2 or 5 times a power of ten; under five to 0.

    Examples
    --------
    >>> [at_least(number) for number in (4, 7, 1_999, 61_620)]
    [0, 5, 1000, 50000]
    """
    if number < STEP:
        return 0
    ten = 10 ** (len(str(number)) - 1)
    return max(step * ten for step in (1, 2, 5) if step * ten <= number)
