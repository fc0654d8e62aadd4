"""The organisation view: groups of people, and never one person."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pandas as pd

from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.organisation import words
from peerlens.organisation.bridges import bridges
from peerlens.organisation.change import Compared, Membership, as_span, check_apart, compare
from peerlens.organisation.communities import community_table
from peerlens.organisation.contact import group_contact, pair_contact
from peerlens.organisation.drift import Drifts, drifting
from peerlens.organisation.load import load
from peerlens.organisation.view import Members, View, columns_of, make_view, open_ledger, whole_log
from peerlens.privacy.groups import Released, allowed, head_count
from peerlens.privacy.ledger import Ledger
from peerlens.ties.events import EPOCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.records import Records
    from peerlens.settings import Settings
    from peerlens.ties import Ties
ONLY_SEEN = (
    "A group is those of its people who were seen in the {weeks} weeks; how many more belong to it, and how much of it this "
    "shows, is not known."
)


class Organisation:
    """Groups of people and the contact between them. Made by ``network.organisation(...)``.

    Every table it returns has been through the door (:func:`peerlens.privacy.groups.let_out`): what would say
    something about fewer
    than ``k`` people is missing, with the reason in the column ``withheld``; the rest is rounded. A group figure says
    nothing about any
    one person.

    Parameters
    ----------
    view
        Who belongs to which group.
    purpose
        What the figures are for.
    on
        Day of the chart that the groups are taken from.
    ledger
        What was given out before.
    notes
        What the reader has to know of how the ledger is kept.
    """

    def __init__(self, view: View, *, purpose: str, on: date, ledger: Ledger, notes: tuple[str, ...]) -> None:
        self._view = view
        self._ledger = ledger
        self.purpose = purpose
        self.on = on
        self.notes = notes

    @property
    def by(self) -> tuple[str, ...]:
        """Columns the groups come from."""
        return self._view.by

    @property
    def k(self) -> int:
        """Fewest people behind each side of a figure."""
        return self._view.k

    @property
    def settings(self) -> Settings:
        """All settings in force."""
        return self._view.ties.settings

    @property
    def as_of(self) -> date:
        """The day of the question."""
        return self._view.ties.as_of

    @property
    def period(self) -> tuple[date, date]:
        """First and last day that figures cover."""
        return EPOCH + timedelta(days=self._view.first_day), EPOCH + timedelta(days=self._view.last_day)

    @property
    def names(self) -> tuple[str, ...]:
        """Groups that are shown."""
        return self._view.names

    def groups(self) -> pd.DataFrame:
        """Return each group: people (in fives), contact inside it against expectation, E-I index, peers reached across."""
        return self._groups.table.copy()

    def pairs(self) -> pd.DataFrame:
        """Return contact between every two groups, observed over expected, with its 90 % interval."""
        return self._pairs.table.copy()

    def bridges(self) -> pd.DataFrame:
        """Return how many people carry the link between two groups, in fives; never who."""
        return self._bridges.table.copy()

    def load(self) -> pd.DataFrame:
        """Return hours in meetings a week by group, and the share of contact on the busiest 5 %."""
        return self._load.table.copy()

    def communities(self) -> pd.DataFrame:
        """Return how many people of each group are in each community that contact makes."""
        return self._communities[0].table.copy()

    def drifting(self) -> pd.DataFrame:
        """Return pairs of groups that used to have weekly contact and have drifted apart, with since when."""
        return self._drifts.released.table.copy()

    def coverage(self) -> pd.DataFrame:
        """Return which groups are shown, and which are in no figure and why."""
        share = f"{100 * self._view.ties.settings.privacy.min_coverage:.0f} % or more"
        if self._view.members == "seen":
            share = "not known: only people seen are counted"
        rows = [(name, "shown", share, "") for name in self._view.names]
        rows += [(name, "set aside", "", reason) for name, reason in self._view.set_aside]
        return pd.DataFrame(rows, columns=["group", "status", "people_seen", "reason"])

    def withheld(self) -> pd.DataFrame:
        """Return what was withheld from each table and why: ``table, reason, cells``."""
        parts = {
            "groups": self._groups,
            "pairs": self._pairs,
            "bridges": self._bridges,
            "load": self._load,
            "communities": self._communities[0],
            "drifting": self._drifts.released,
        }
        rows = [(name, reason, count) for name, part in parts.items() for reason, count in part.reasons]
        return pd.DataFrame(rows, columns=["table", "reason", "cells"])

    def findings(self) -> tuple[str, ...]:
        """Return what stands out, a sentence each, the most important first."""
        tables = (
            words.spoken(table, self.by) for table in (self.groups(), self.pairs(), self.bridges(), self.drifting())
        )
        return words.findings(
            *tables,
            word=words.group_word(self.by, many=True),
            k=self.k,
        )

    def drift_note(self) -> str:
        """Say how many pairs were looked at for drift, and how many chance alone would give."""
        return words.drift_note(self._drifts, word=words.group_word(self.by, many=True))

    def set_aside_note(self) -> str:
        """Say which groups are not shown because of pages made before, and how to see them; nothing if there are none."""
        return words.set_aside_note(self)

    def agreement(self) -> float:
        """Return how well communities and groups agree: 0 as by chance, 1 the same."""
        return self._communities[1]

    def compare(
        self, before: date | str | tuple, after: date | str | tuple, *, membership: Membership = "first"
    ) -> Comparison:
        """Compare two periods, beside what ordinary periods of the same length differ by.

        Parameters
        ----------
        before, after
            Each the last day of a period of ``change_weeks``, or its first and last day.
        membership
            ``"first"``: everybody stays in the group of the last day of ``before``; ``"each"``: a contact is placed in
            the chart of its
            day.

        Raises
        ------
        NotEnoughData
            A period lies outside the log, or few days from one compared before; or too few groups are left.
        PeerlensError
            The periods overlap, or the membership is unknown.
        """
        if membership not in ("first", "each"):
            raise PeerlensError(f"membership: found {membership!r}, expected 'first' or 'each'.")
        weeks = self._view.ties.settings.organisation.change_weeks
        one = as_span(before, weeks=weeks, name="before")
        two = as_span(after, weeks=weeks, name="after")
        apart = check_apart((one, two), self._ledger.periods)
        view = self._on(one.said()[1])
        if membership == "each":
            later = self._on(two.said()[1])
            names = tuple(name for name in view.names if name in later.names)
            if len(names) < 2:
                raise NotEnoughData("Fewer than two groups can be shown in both periods. Use membership='first'.")
            view = dataclasses.replace(view, names=names)
        compared = compare(view, one, two, membership=membership, apart=apart)
        self._ledger.record_periods((one.said(), two.said()))
        return Comparison(self, compared, held=words.held_back(view.set_aside))

    def _on(self, day: date) -> View:
        """Return the groups of another day's chart."""
        if day == self.on:
            return self._view
        view = self._view
        return make_view(
            view.ties, view.by, on=day, period=whole_log(view.ties), k=view.k, ledger=self._ledger, members=view.members
        )

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw contact between groups against expectation, as an ordered heat map."""
        from peerlens.draw.heat import heat, room_for

        pairs, subtitle = words.few_enough(self._pairs.table, "ratio", words.subtitle(self), limit=room_for(ax))
        return heat(pairs, value="ratio", ax=ax, title=words.pairs_title(self.pairs(), self), subtitle=subtitle)

    def draw_groups(self, ax: Axes | None = None) -> Axes:
        """Draw the share of contact that stays inside each group, beside its expectation."""
        from peerlens.draw import silos

        return silos(self.groups(), ax=ax, title=words.groups_title(self.groups(), self), subtitle=words.subtitle(self))

    def draw_bridges(self, ax: Axes | None = None) -> Axes:
        """Draw links between groups: all of them on a ring where there is room, else those that few people carry."""
        from peerlens.draw import links
        from peerlens.draw.ring import ring, room_for

        if room_for(len(self.names), ax):
            people = {
                name: head_count(int(size), k=self.k) for name, size in zip(self.names, self._view.sizes, strict=True)
            }
            title = words.links_title(self.bridges(), self)
            few = head_count(1, k=self.k)
            return ring(self.bridges(), people, ax=ax, title=title, subtitle=words.subtitle(self), few=few)
        title = words.bridges_title(self.bridges(), self)
        return links(self.bridges(), ax=ax, title=title, subtitle=words.subtitle(self))

    def report(self, path: str | Path, *, comparison: Comparison | None = None) -> Path:
        """Write one self-contained page; made by :mod:`peerlens.report`.

        Parameters
        ----------
        path
            File to write.
        comparison
            Two periods compared, to stand on the same page.
        """
        if self.writer is None:
            raise PeerlensError("This view was made without a network, so it cannot write a page.")
        return self.writer(self, path, comparison)

    writer: Callable[[Organisation, str | Path, Comparison | None], Path] | None = None
    """set by the network, which knows the reports; a stage below them does not"""

    @cached_property
    def _between(self) -> pd.DataFrame:
        return self._view.between(self._view.first_day, self._view.last_day)

    @cached_property
    def _groups(self) -> Released:
        return group_contact(self._view, self._between)

    @cached_property
    def _pairs(self) -> Released:
        return pair_contact(self._view, self._between)

    @cached_property
    def _bridges(self) -> Released:
        return bridges(self._view, self._between)

    @cached_property
    def _load(self) -> Released:
        return load(self._view, self._between)

    @cached_property
    def _communities(self) -> tuple[Released, float]:
        return community_table(self._view)

    @cached_property
    def _drifts(self) -> Drifts:
        return drifting(self._view)

    def __repr__(self) -> str:
        return f"<Organisation by {' and '.join(self.by)}: {len(self.names)} groups as of {self.as_of}>"

    def _repr_html_(self) -> str:
        many = html.escape(words.group_word(self.by, many=True))
        said = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.findings())
        table = self.groups().to_html(index=False, border=0, na_rep="–")
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in words.fine_print(self))
        return f"<section><h3>Contact between {many}</h3><ul>{said}</ul>{table}{notes}</section>"


class Comparison:
    """Two periods of an organisation, compared. Made by :meth:`Organisation.compare`.

    Parameters
    ----------
    organisation
        What is compared.
    compared
        The outcome.
    held
        Groups left out because of what was given out before.
    """

    def __init__(self, organisation: Organisation, compared: Compared, *, held: tuple[str, ...] = ()) -> None:
        self.organisation = organisation
        self._compared = compared
        self._held = held

    @property
    def before(self) -> tuple[date, date]:
        """First and last day of the first period."""
        return self._compared.before.said()

    @property
    def after(self) -> tuple[date, date]:
        """First and last day of the second period."""
        return self._compared.after.said()

    @property
    def membership(self) -> str:
        """Whether people stay in the group of the first period, or are in that of the day."""
        return self._compared.membership

    @property
    def can_tell(self) -> bool:
        """Whether the log holds enough ordinary periods to say what is beyond the ordinary."""
        return self._compared.can_tell

    def table(self) -> pd.DataFrame:
        """Return each pair of groups: change, ordinary range, and ties kept, lost and gained."""
        return self._compared.released.table.copy()

    def withheld(self) -> pd.DataFrame:
        """Return what was withheld and why."""
        return pd.DataFrame(self._compared.released.reasons, columns=["reason", "cells"])

    def findings(self) -> tuple[str, ...]:
        """Return the changes beyond the ordinary, a sentence each; or that there are none, or that it cannot be said."""
        return words.changes(words.spoken(self.table(), self.organisation.by), self._compared)

    def note(self) -> str:
        """Say what the ordinary range rests on, and which groups are left out because of pages made before."""
        said = words.change_note(self._compared)
        return f"{said} {words.held_note(self._held, self.organisation.by)}" if self._held else said

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw the changes as an ordered heat map; those within the ordinary range are pale."""
        from peerlens.draw.heat import heat, room_for

        said = words.change_subtitle(self._compared)
        table, subtitle = words.few_enough(self._compared.released.table, "change", said, limit=room_for(ax))
        return heat(table, value="change", ax=ax, title=self.findings()[0], subtitle=subtitle)

    def __repr__(self) -> str:
        return f"<Comparison of {self.before[0]}–{self.before[1]} with {self.after[0]}–{self.after[1]}>"

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.findings())
        table = self.table().to_html(index=False, border=0, na_rep="–")
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (self.note(), *words.fine_print(self.organisation)))
        return f"<section><ul>{said}</ul>{table}{notes}</section>"


def check_purpose(purpose: str) -> str:
    """Return what figures are for, on one line.

    Raises
    ------
    PeerlensError
        It is not a sentence.

    Examples
    --------
    >>> check_purpose("See what the move changed")
    'See what the move changed'
    """
    if not isinstance(purpose, str) or len(purpose.split()) < 3:
        raise PeerlensError(
            f"purpose: found {purpose!r}, expected a sentence that says what the figures are for, such as "
            "'See whether the move to one building changed contact between departments'. It is printed on every page."
        )
    return " ".join(purpose.split())


def make_organisation(
    ties: Ties,
    records: Records,
    *,
    by: str | tuple[str, ...],
    purpose: str,
    k: int | None = None,
    members_on: date | None = None,
    ledger_dir: str | Path | None = None,
    members: Members = "listed",
) -> Organisation:
    """Look at groups of people.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    records
        Where the data are, for the ledger.
    by
        A column of people, or two: ``department, level, country, timezone, works_on``.
    purpose
        What the figures are for, in a sentence; printed on every page.
    k
        Fewest people behind each side; raising it is free.
    members_on
        Day of the chart; default ``as_of``.
    ledger_dir
        Where the release ledger is kept; default ``.peerlens/ledger`` beside the data.
    members
        ``"seen"`` counts only people seen in the window, for lists of everybody who ever belonged; the page says so.

    Raises
    ------
    PeerlensError
        No purpose is given, the column is none that people share, or ``members`` is unknown.
    SettingsError
        ``k`` is lowered without a settings file.
    NotEnoughData
        The column is empty, or fewer than two groups can be shown.
    """
    said = check_purpose(purpose)
    columns = columns_of(by)
    least = allowed(ties.settings.privacy, k)
    if members not in get_args(Members):
        raise PeerlensError(f"members: found {members!r}, expected 'listed' or 'seen'.")
    ledger, notes = open_ledger(records, ledger_dir)
    on = members_on or ties.as_of
    view = make_view(ties, columns, on=on, period=whole_log(ties), k=least, ledger=ledger, members=members)
    if members == "seen":
        notes += (ONLY_SEEN.format(weeks=ties.settings.organisation.window_weeks),)
    return Organisation(view, purpose=said, on=on, ledger=ledger, notes=notes)
