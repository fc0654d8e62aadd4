"""The outline of a report: everything it says, in order, without markup. Every format is written from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from peerlens import words
from peerlens.errors import UnknownPerson
from peerlens.report import method
from peerlens.report.actions import as_actions
from peerlens.report.parts import NamedTie, Section, SourceRows, Table
from peerlens.report.picks import by_department, live_ties, strengths_to_keep, ties_from_before, ties_to_pick_up
from peerlens.report.sections import make_sections
from peerlens.report.share import AUDIENCES, Share, ties_for_others
from peerlens.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from peerlens.records import Account
    from peerlens.records.releases import Release
    from peerlens.ties import Ties

FACTS = 3


@dataclass(frozen=True)
class Outline:
    """A report for one person.

    Parameters
    ----------
    label, department
        Whose report this is.
    first_on, as_of
        The period the log covers, and the day of the question.
    seen_share
        Share of the person's working days in the last 26 weeks on which they were seen; None when unknown.
    facts
        Up to three sentences, the most important first.
    sections
        One per lens that applies; the first with a short list leads the page.
    needs_no_action
        Whether nothing is flagged, and the page should say so and ask for nothing.
    strengths, pick_up, from_before
        Ties to keep, dormant ties one might pick up again, and those from before a long time away of one's own.
    live
        The table beside the wheel: every live tie.
    ask_first
        To answer before the answers are looked at.
    questions
        To think about, alone or with a coach.
    plan_columns, plan_rows
        Heads of the action plan, and how many blank rows it has; none when nothing is flagged.
    terms
        Words used on the page, with the settings in force.
    evidence
        How quiet chances did in the past; None where nothing could be checked.
    limits
        What the page cannot say, and which lenses were left out and why.
    assumptions
        What was assumed when the files were read.
    sources
        Row counts by file.
    privacy, owner, audience
        What the page is not for, whose it is, and for whom this copy was made.
    actions
        ``person_id``, ``as_of`` and the ids of the ties on the short list, for the next report to read back; empty in copies
        that name nobody else.
    input_hash, settings_hash
        Digests: two pages with the same digests say the same.
    schema_version
        Version of the tables it was made from.
    """

    label: str
    department: str
    first_on: date
    as_of: date
    seen_share: float | None
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    needs_no_action: bool
    strengths: tuple[NamedTie, ...]
    pick_up: tuple[NamedTie, ...]
    from_before: tuple[NamedTie, ...]
    live: Table
    ask_first: tuple[str, ...]
    questions: tuple[str, ...]
    plan_columns: tuple[str, ...]
    plan_rows: int
    terms: tuple[tuple[str, str], ...]
    evidence: method.Evidence | None
    limits: tuple[str, ...]
    assumptions: tuple[str, ...]
    sources: tuple[SourceRows, ...]
    privacy: str
    owner: str
    audience: str
    actions: str
    input_hash: str
    settings_hash: str
    schema_version: int

    @property
    def lead(self) -> Section | None:
        """The section with the short list; None when no lens gives one."""
        return next((section for section in self.sections if section.cards is not None), None)

    @property
    def further(self) -> tuple[Section, ...]:
        """All other sections, in order."""
        return tuple(section for section in self.sections if section is not self.lead)

    def by_group(self) -> tuple[tuple[str, tuple[Section, ...]], ...]:
        """Return the further sections by group of lenses; groups without any are left out."""
        names = dict.fromkeys(section.group for section in self.further)
        return tuple((name, tuple(s for s in self.further if s.group == name)) for name in names)

    def meta(self) -> tuple[str, ...]:
        """Say what the page was made from, and for whom, in short phrases."""
        files = ", ".join(source.name for source in self.sources if source.has_contact)
        said = [f"{words.day(self.first_on)} – {words.day(self.as_of)}", f"as of {words.day(self.as_of)}"]
        said += [f"made from {files}"] if files else []
        if self.seen_share is not None:
            said.append(f"seen on {words.percent(self.seen_share)} of your working days")
        return (*said, self.audience)

    def hashes(self, version: str) -> str:
        """Say the codes by which two pages can be told to be the same."""
        return (
            f"Input {self.input_hash} · settings {self.settings_hash} · peerlens {version} · "
            f"tables version {self.schema_version}. Two pages with the same codes say the same."
        )


def make_outline(
    ties: Ties, account: Account, person_id: str, *, share: Share = "self", release: Release | None = None
) -> Outline:
    """Ask every lens about one person and put the answers in the order of a page.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    account
        What was read, for row counts and the digest of the input.
    person_id
        Whose report.
    share
        For whom: ``self`` has everything, ``coach`` has tokens for the names of others, ``aggregate`` names nobody else.
    release
        What the person has released, where that is on record.

    Raises
    ------
    UnknownPerson
        Nobody with this id was read.
    """
    if person_id not in set(ties.persons["person_id"]):
        raise UnknownPerson(person_id, sorted(ties.persons["person_id"]))
    if share != "self":
        ties = ties_for_others(ties, person_id)
    person = ties.person(person_id)
    sections, left_out = make_sections(ties, person_id)
    if share == "aggregate":
        sections = tuple(section for section in sections if not section.names_others)
    cards = [card for section in sections for card in section.cards or ()]
    strengths, pick_up = (), ()
    names_others = share != "aggregate"
    if person["is_open"] and names_others:  # whoever is held out of flags is held out of these lists too
        flagged = frozenset[str]().union(*(section.flagged for section in sections))
        strengths = strengths_to_keep(ties, person_id, flagged=flagged)
        pick_up = ties_to_pick_up(ties, person_id)
    label = person_id if pd.isna(person["name"]) else str(person["name"])
    said = {caveat for section in sections for caveat in section.caveats}
    return Outline(
        label=label,
        department="" if pd.isna(person["department"]) else str(person["department"]),
        first_on=ties.log_first_on,
        as_of=ties.as_of,
        seen_share=None if pd.isna(person["coverage"]) else min(1.0, float(person["coverage"])),
        facts=_facts(sections, strengths),
        sections=sections,
        needs_no_action=not cards,
        strengths=strengths,
        pick_up=pick_up,
        from_before=ties_from_before(ties, person_id) if names_others else (),
        live=live_ties(ties, person_id) if names_others else by_department(ties, person_id),
        ask_first=method.ASK_FIRST,
        questions=method.QUESTIONS,
        plan_columns=method.PLAN_COLUMNS,
        plan_rows=method.PLAN_ROWS if cards else 0,
        terms=method.terms(ties),
        evidence=method.evidence(ties),
        limits=(
            *(limit for limit in method.LIMITS if limit not in said),
            *left_out,
            *(() if share == "self" else (method.COARSE_ROWS,)),
        ),
        # What was assumed may name people and addresses as the files spell them.
        assumptions=tuple(account.assumptions) if share == "self" else (),
        sources=method.source_rows(account, exact=share == "self"),
        privacy=method.PRIVACY,
        owner=method.RELEASED.format(label=label, release=release) if release else method.OWNER.format(label=label),
        audience=AUDIENCES[share] if share != "self" or release is None else str(release),
        actions=as_actions(person_id, ties.as_of, cards) if share == "self" else "",
        input_hash=account.fingerprint[:12],
        settings_hash=ties.settings.fingerprint(),
        schema_version=SCHEMA_VERSION,
    )


def _facts(sections: tuple[Section, ...], strengths: tuple[NamedTie, ...]) -> tuple[str, ...]:
    """Choose up to three sentences; where there is a strength to keep, one of them names it."""
    facts = [section.headline for section in sections]
    if strengths:
        first = strengths[0]
        facts.insert(FACTS - 1, f"Strongest two-way tie at your level: {first.label} ({first.facts[0]}).")
    return tuple(facts[:FACTS])
