"""The first page of a new user: who is in my world and what has gone quiet, before anything is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from peerlens import words
from peerlens.draw.theme import kind_words
from peerlens.lenses.neglect.flags import find_flags, in_words, short_list
from peerlens.lenses.neglected_peers import own_reason
from peerlens.lenses.quiet import contact_days_of
from peerlens.report import method
from peerlens.report.page import environment, style
from peerlens.report.picks import labelled_ties

if TYPE_CHECKING:
    from peerlens.ties import Ties

LISTED, FLAGGED, ASKED = 15, 5, 10
WEEKS = 52
DAYS_A_WEEK = 7
FULL_WEEK = 3
"""contact days of a week drawn darkest"""


@dataclass(frozen=True)
class Strip:
    """One person of the owner's world, with 52 weeks of contact.

    Parameters
    ----------
    label
        Name, else address.
    facts
        What is known of the tie, in words.
    weeks
        Close contact days (at most 3) of each of 52 weeks, and whether there was only contact in larger groups.
    """

    label: str
    facts: str
    weeks: tuple[tuple[int, bool], ...]


@dataclass(frozen=True)
class Quiet:
    """A tie that may need attention."""

    strip: Strip
    kind: str
    because: str
    suggestion: str


@dataclass(frozen=True)
class FirstPage:
    """What the page says, without markup.

    Parameters
    ----------
    label
        Whose page it is.
    headline
        The finding in one sentence.
    word
        What a peer is called.
    first_on, as_of
        The period.
    live, seen
        Live ties, and everybody with close contact in the last 52 weeks.
    quiet
        Ties that may need attention.
    strongest
        The strongest ties.
    exports
        What became of the rows of each export.
    limits
        What the page cannot say.
    """

    label: str
    headline: str
    word: str
    first_on: date
    as_of: date
    live: int
    seen: int
    quiet: tuple[Quiet, ...]
    strongest: tuple[Strip, ...]
    exports: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def first_week_on(self) -> date:
        """First day of the strips."""
        return self.as_of - timedelta(days=WEEKS * DAYS_A_WEEK - 1)


def make_first_page(ties: Ties, person_id: str, *, exports: tuple[str, ...] = ()) -> FirstPage:
    """Look at one person's ties before anything but contact is known.

    Parameters
    ----------
    ties
        At the last day of the log.
    person_id
        Whose world.
    exports
        What became of the rows of each export, one sentence each.
    """
    person = ties.person(person_id)
    rows = labelled_ties(ties, person_id)
    known = rows[rows["contact_days_52w"] > 0]
    flags = find_flags(ties, person_id=person_id)
    flagged = in_words(short_list(flags.table, FLAGGED), ties.settings)
    flagged = flagged[flagged["other_id"].notna()]
    live, word = int(known["is_live"].sum()), ties.places.word
    if not person["is_open"]:
        headline = own_reason(person)
    elif flagged.empty:
        headline = f"{live} live ties, and nothing that stands out as gone quiet."
    else:
        count = len(flagged)
        headline = f"{live} live ties; {count} {word} tie{'' if count == 1 else 's'} may need attention."
    quiet = tuple(
        Quiet(
            _strip(ties, person_id, row["other_id"], row["other"], ""),
            kind_words(row["kind"]), row["because"], row["suggestion"],
        )
        for row in flagged.to_dict("records")
    )  # fmt: skip
    strongest = tuple(
        _strip(ties, person_id, row["other_id"], row["label"], _facts(row))
        for row in known.head(LISTED).to_dict("records")
    )
    own = "This is one person's export: it knows nothing of ties among others, so nothing here rests on them."
    return FirstPage(
        label=person_id if pd.isna(person["name"]) else str(person["name"]),
        headline=headline,
        word=word,
        first_on=ties.log_first_on,
        as_of=ties.as_of,
        live=live,
        seen=len(known),
        quiet=quiet,
        strongest=strongest,
        exports=exports,
        limits=(*([own] if ties.owner_id is not None else []), *method.LIMITS),
    )


def _facts(row: dict) -> str:
    count = int(row["contact_days_52w"])
    facts = [f"{count} contact day{'' if count == 1 else 's'} in 52 weeks"]
    if not pd.isna(row["last_close_on"]):
        facts.append(f"last {words.day(row['last_close_on'])}")
    return ", ".join(facts)


def _strip(ties: Ties, person_id: str, other_id: str, label: str, facts: str) -> Strip:
    days, *_ = contact_days_of(ties, person_id, other_id)
    age = (pd.Timestamp(ties.as_of) - days["day"]).dt.days // DAYS_A_WEEK
    close = days[days["close"]].groupby(age).size()
    any_day = set(age)
    weeks = tuple((min(int(close.get(week, 0)), FULL_WEEK), week in any_day) for week in reversed(range(WEEKS)))
    return Strip(label, facts, weeks)


def people_to_ask(ties: Ties, person_id: str) -> list[dict[str, str]]:
    """Return the owner and the ten with most contact, as rows of the form."""
    person = ties.person(person_id)
    rows = labelled_ties(ties, person_id).sort_values(
        ["contact_days_52w", "strength_units", "other_id"], ascending=[False, False, True]
    )
    own = {
        "name": "" if pd.isna(person["name"]) else str(person["name"]),
        "address": _address(person_id),
        "relationship": "me",
    }
    return [own] + [
        {
            "name": row["label"] if row["label"] != row["other_id"] or "@" not in row["other_id"] else "",
            "address": _address(row["other_id"]),
            "contacts": str(int(row["contact_days_52w"])),
        }
        for row in rows.head(ASKED).to_dict("records")
    ]


def _address(person_id: str) -> str:
    return person_id if "@" in person_id else ""


def render_first_page(page: FirstPage) -> str:
    """Write the page as one HTML5 document that needs nothing else."""
    template = environment().get_template("first.html.j2")
    return template.render(page=page, style=style(), version=version("peerlens"), said=words.day, weeks=WEEKS)
