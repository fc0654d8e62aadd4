"""What a user holds: a network at a day, and a person in it. A thin face; every method is one call into a stage."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from peerlens.errors import NotEnoughData, PeerlensError, UnknownPerson
from peerlens.lenses import LENSES, Finding, ask_all
from peerlens.lenses.compare import Comparison
from peerlens.lenses.guess import note_guess
from peerlens.lenses.introductions import introductions
from peerlens.lenses.neglect.explain import Explanation, explain
from peerlens.lenses.neglect.flags import find_flags, in_words, short_list
from peerlens.lenses.neglected_peers import explorer_frame
from peerlens.lenses.quiet import contact_days_of, dormant, welcome_back
from peerlens.lenses.statistics import measures, measures_dictionary
from peerlens.privacy.audit import AuditLog
from peerlens.progress import showing, stage
from peerlens.settings import Settings
from peerlens.store import FOLDER
from peerlens.ties import Ties, kept_contact_days, make_events, make_keeper, make_ties
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.draw import Page
    from peerlens.organisation import Organisation
    from peerlens.records import Records
    from peerlens.report.privacy_report import PrivacyReport


class Network:
    """Everybody's ties at a day.

    Parameters
    ----------
    records
        What :func:`peerlens.read` returned.
    as_of
        The day of the question (``date`` or ``YYYY-MM-DD``); default is the last day of the log that can be trusted
        (``records.as_of``, with its reason in ``records.account``).
    settings
        Instead of those the records were read with.
    progress
        Whether to show what is being done; by default on a terminal and in a notebook, when it takes over a second.

    Raises
    ------
    NotEnoughData
        There are no messages and no meetings, or none up to ``as_of``.

    Examples
    --------
    >>> import peerlens
    >>> network = peerlens.Network(peerlens.read("sample_data"))
    >>> network.as_of.isoformat()
    '2026-09-25'
    """

    def __init__(
        self,
        records: Records,
        *,
        as_of: date | str | None = None,
        settings: Settings | None = None,
        progress: bool | None = None,
    ) -> None:
        self.records = records
        self.settings = settings or records.settings
        self._as_of = _as_date(as_of)
        self._progress = progress

    @property
    def as_of(self) -> date:
        """The day of the question."""
        if self._as_of is not None:
            return self._as_of
        return self.ties.as_of

    @cached_property
    def ties(self) -> Ties:
        """All ties; measured on first use."""
        with showing(self._progress):
            return self._measured()

    def _measured(self) -> Ties:
        records, settings = self.records, self.settings
        events = make_events(records)
        as_of = self._as_of or records.as_of
        if as_of is None:
            raise NotEnoughData(
                "No day has any contact, so there is nothing to ask about: read messages.csv or meetings.csv."
            )
        keeper = make_keeper(records, as_of=as_of, settings=settings)
        days = kept_contact_days(records, events, settings.ties)
        return make_ties(records, events, days, as_of=as_of, settings=settings, keeper=keeper)

    @property
    def people(self) -> pd.DataFrame:
        """Everybody in the chart at ``as_of``: ``person_id, name, department, level, manager_id``."""
        return self.ties.places.people[["person_id", "name", "department", "level", "manager_id"]]

    def person(self, person_id: str) -> Person:
        """Return one person, by id or e-mail address.

        Raises
        ------
        UnknownPerson
            Nobody has this id; the message suggests the nearest.
        """
        found = self._known(person_id)
        self._audit_log.note("person", found, as_of=self.as_of)
        return Person(self, found)

    def _known(self, person_id: str) -> str:
        persons = self.ties.persons
        wanted = str(person_id).strip()
        if (persons["person_id"] == wanted).any():
            return wanted
        email = persons["email"].fillna("").str.lower() == wanted.lower()
        folded = persons["person_id"].str.lower() == wanted.lower()
        if (email | folded).sum() == 1:
            return str(persons.loc[email | folded, "person_id"].iloc[0])
        raise UnknownPerson(wanted, persons["person_id"].tolist())

    @property
    def _audit_log(self) -> AuditLog:
        """Where it is noted who was asked for; beside data in a folder, unless nothing may be kept there."""
        folder = None if self.records.folder is None else self.records.folder / FOLDER
        is_kept = folder is not None and (self.records.kept is not None or folder.is_dir())
        return AuditLog(folder if is_kept else None)

    def at(self, as_of: date | str) -> Network:
        """Return the same network on another day; nothing after that day counts.

        Parameters
        ----------
        as_of
            The day of the question (``date`` or ``YYYY-MM-DD``).
        """
        return Network(self.records, as_of=as_of, settings=self.settings)

    def organisation(
        self,
        by: str | tuple[str, ...] = "department",
        *,
        purpose: str = "",
        k: int | None = None,
        members_on: date | str | None = None,
        ledger_dir: str | Path | None = None,
        members: Literal["listed", "seen"] = "listed",
    ) -> Organisation:
        """Look at groups of people and the contact between them; never at one person.

        Parameters
        ----------
        by
            A column of people, or two: ``department, level, country, timezone, works_on``.
        purpose
            What the figures are for, in a sentence; required, and printed on every page.
        k
            Fewest people behind each side of a figure; raising it is free.
        members_on
            Day of the chart that groups are taken from; default ``as_of``.
        ledger_dir
            Where the ledger of what was given out is kept; default ``.peerlens/ledger`` beside the data.
        members
            ``"seen"`` counts only people seen in the window, for lists of everybody who ever belonged.

        Raises
        ------
        PeerlensError
            No purpose is given, or people do not share the column.
        NotEnoughData
            The column is empty, or fewer than two groups can be shown.

        Examples
        --------
        >>> import peerlens, tempfile
        >>> network = peerlens.Network(peerlens.read("sample_data"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     org = network.organisation("department", purpose="Show the sample firm as a whole", ledger_dir=folder)
        >>> len(org.names)
        8
        """
        from peerlens.organisation import check_purpose, make_organisation
        from peerlens.report.organisation import write_organisation

        said = check_purpose(purpose)  # before anything is measured
        made = make_organisation(
            self.ties,
            self.records,
            by=by,
            purpose=said,
            k=k,
            members_on=_as_date(members_on),
            ledger_dir=ledger_dir,
            members=members,
        )
        made.writer = lambda view, path, comparison: write_organisation(path, view, self.records.account, comparison)
        return made

    def neglected(self) -> pd.DataFrame:
        """Return every flag of everybody, without words; for statistics, never for a ranking of people."""
        with showing(self._progress):
            ties = self.ties
            stage("flags of everybody")
            return find_flags(ties).table

    def privacy_report(self) -> PrivacyReport:
        """Say what was read, dropped and kept, who may be looked at, and how small groups are guarded."""
        from peerlens.report.privacy_report import privacy_report

        return privacy_report(self.records, self.settings, as_of=self.as_of)

    def explore(self, *, departments: Iterable[str] | None = None, ledger_dir: str | Path | None = None) -> Page:
        """Return an interactive map of the firm: a dot for every five people, names only where a release is on record.

        Parameters
        ----------
        departments
            Only these; a page can move 2,000 dots at once.
        ledger_dir
            Where the ledger of what was given out is kept; default ``.peerlens/ledger`` beside the data.

        Raises
        ------
        NotEnoughData
            There is nobody to show, or there are more dots than a page can move.
        """
        from peerlens.draw import Page
        from peerlens.draw.firm_map import firm_map
        from peerlens.organisation import make_map
        from peerlens.organisation.explore import subtitle

        ties = self.ties
        shown = make_map(ties, self.records, departments=departments, ledger_dir=ledger_dir)
        title = f"Contact between {shown.dots['department'].nunique()} departments"
        return Page(
            firm_map(
                shown.dots,
                shown.links,
                shown.ties,
                block_ends=shown.block_ends,
                title=title,
                subtitle=subtitle(ties, shown),
            )
        )

    def report_all(
        self,
        folder: str | Path,
        *,
        people: Iterable[str] | None = None,
        suffix: str = ".html",
        share: str = "self",
        processes: int | None = None,
        done: Callable[[int, int], None] | None = None,
    ) -> list[Path]:
        """Write a report for each of a cohort; those already there and made from the same input are kept.

        Parameters
        ----------
        folder
            Made if it is not there.
        people
            Whom; default is everybody with a release on record.
        suffix
            ``.html``, ``.pdf`` or ``.pptx``.
        share
            As in :meth:`Person.report`.
        processes
            How many work at it; default is one per core where the cohort is large enough.
        done
            Told, after each report, how many of how many are there.

        Raises
        ------
        NotReleased
            Somebody has not released their page, or there is no list of releases.
        """
        from peerlens.report.cohort import write_cohort

        return write_cohort(self, folder, people=people, suffix=suffix, share=share, processes=processes, done=done)

    def measures(self, *, key: bytes | None = None) -> pd.DataFrame:
        """Return one row per person over all lenses, for a statistician: tokens unless a release is on record.

        Parameters
        ----------
        key
            Secret that tokens are made with; without one people are numbered in an order that says nothing.

        Returns
        -------
        pandas.DataFrame
            ``person, level, department`` (groups under five withheld) and ``<lens>_<measure>``. What each column is:
            :meth:`measures_dictionary`, and ``.attrs["dictionary"]``.
        """
        return measures(self.ties, LENSES, key=key)

    def measures_dictionary(self) -> pd.DataFrame:
        """Say of each column of :meth:`measures` what it is and in what unit, as written where it is computed."""
        return measures_dictionary(self.measures())

    def __repr__(self) -> str:
        return f"<Network of {len(self.records.people['person_id'].unique())} people as of {self._as_of or self.records.as_of}>"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self).strip('<>'))}</p>" + self.records.account._repr_html_()


class Person:
    """One person's ties, as that person would look at them. Made by :meth:`Network.person`.

    Parameters
    ----------
    network
        The network the person is in.
    person_id
        Whose ties.
    """

    def __init__(self, network: Network, person_id: str) -> None:
        self.network = network
        self.person_id = person_id

    @property
    def name(self) -> str:
        """Name, or id where none is known."""
        name = self.network.ties.person(self.person_id)["name"]
        return self.person_id if pd.isna(name) else str(name)

    def neglected(self, *, limit: int | None = 5) -> pd.DataFrame:
        """List the peer ties that may need attention, most important first.

        Parameters
        ----------
        limit
            How many ties; the first list is short. ``None`` gives every flag, a row a kind.

        Returns
        -------
        pandas.DataFrame
            ``other_id, other, other_department, kind, severity`` (0 to 1: how unusual), ``quiet_chance`` (0 to 1: chance of no
            contact day in 56 days if nobody acts), ``quiet_chance_note`` (why there is none), ``importance, because,
            suggestion``, and every number of evidence; working days unless the name says otherwise.
        """
        ties = self.network.ties
        flags = find_flags(ties, person_id=self.person_id).table
        return in_words(short_list(flags, limit), ties.settings)

    def dormant(self) -> pd.DataFrame:
        """List peers with whom there was contact, silent for over 130 working days: ties to reconnect, not flags."""
        return dormant(self.network.ties, self.person_id)

    def welcome_back(self) -> pd.DataFrame:
        """List the strongest ties of the 26 weeks before a long time away; empty without one."""
        return welcome_back(self.network.ties, self.person_id)

    def ties(self) -> pd.DataFrame:
        """Return all ties of this person, strongest first."""
        return self.network.ties.of(self.person_id)

    def explain(self, other_id: str) -> Explanation:
        """Show every number of one tie, the rows behind it, and why each kind of neglect did or did not fire.

        Raises
        ------
        UnknownPerson
            Nobody has this id.
        """
        other_id = self.network._known(other_id)
        files = [source.name for source in self.network.records.account.sources]
        return explain(self.network.ties, self.person_id, other_id, sources=files)

    def finding(self, lens: str) -> Finding:
        """Ask one lens, by its name in :data:`peerlens.lenses.LENSES`.

        Raises
        ------
        PeerlensError
            There is no such lens.
        NotEnoughData
            The lens lacks a file or column, which the message names.
        """
        if lens not in LENSES:
            from peerlens.errors import did_you_mean

            raise PeerlensError(f"No lens {lens!r}. {did_you_mean(lens, LENSES)}")
        lacks = LENSES[lens].lacks(self.network.ties)
        if lacks:
            raise NotEnoughData(f"The lens {lens} needs {', '.join(lacks)}.")
        return LENSES[lens].read(self.network.ties, self.person_id)

    def guess(self, people: Sequence[str]) -> pd.DataFrame:
        """Name, before anything is revealed, the peers you are closest to; the lens ``perception_gap`` then compares.

        Parameters
        ----------
        people
            Ids, addresses or names.

        Returns
        -------
        pandas.DataFrame
            ``other_id, other`` as understood, and no number. Kept for this network only; a second guess replaces the first.

        Raises
        ------
        UnknownPerson
            Nobody, or more than one, is called so.
        """
        return note_guess(self.network.ties, self.person_id, people)

    def introductions(self, *, limit: int = 5) -> pd.DataFrame:
        """List pairs of your live contacts who might gain from knowing each other; see :func:`peerlens.lenses.introductions`."""
        return introductions(self.network.ties, self.person_id, limit=limit)

    def findings(self) -> dict[str, Finding]:
        """Ask every lens that has its data and applies to this person; what asks for an action most comes first."""
        return ask_all(self.network.ties, LENSES, self.person_id)

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw the wheel: departments as sectors, strength as nearness, ties that may need attention marked."""
        return self.finding("neglected_peers").draw(ax)

    def rhythm(self, other_id: str, ax: Axes | None = None) -> Axes:
        """Draw the contact days with one person over 52 weeks, the silence shaded."""
        from peerlens.draw import rhythm

        ties = self.network.ties
        other_id = self.network._known(other_id)
        days, title, subtitle, silent_from = contact_days_of(ties, self.person_id, other_id)
        return rhythm(days, as_of=ties.as_of, ax=ax, silence_from=silent_from, title=title, subtitle=subtitle)

    def compare(self, before: date | str, after: date | str, *, report: str | Path | None = None) -> Comparison:
        """Say what became of an earlier short list, beside what would have happened anyway.

        Parameters
        ----------
        before, after
            The day of the list, and a later day (``date`` or ``YYYY-MM-DD``).
        report
            The HTML report of that day, to read its list back; without it the list is found again.

        Raises
        ------
        NotEnoughData
            The days lie closer together than the days a chance covers.
        """
        from peerlens.lenses.compare import compare

        listed = None
        if report is not None:
            from peerlens.report.actions import actions_in

            listed = actions_in(report, person_id=self.person_id)
        earlier, later = self.network.at(before), self.network.at(after)
        return compare(earlier.ties, later.ties, self.person_id, listed=listed)

    def explore(self) -> Page:
        """Return an interactive page of this person's ties: shows in Jupyter, saves as one offline file."""
        from peerlens.draw import Page, explorer_page, to_png
        from peerlens.draw.sheet import SCREEN_DPI

        ties = self.network.ties
        finding = self.finding("neglected_peers")
        frame = explorer_frame(ties, self.person_id, find_flags(ties, person_id=self.person_id).table)
        page = explorer_page(
            frame,
            center=self.name,
            title=finding.headline,
            subtitle=f"Ties as of {say_day(ties.as_of)}",
            as_of=ties.as_of,
            half_life_days=ties.settings.ties.half_life_days,
        )
        return Page(html=page, png=to_png(finding.draw(), dpi=SCREEN_DPI))

    def report(self, path: str | Path, *, share: str = "self", screen: bool = False) -> Path:
        """Write a report as HTML, PDF or PowerPoint, by the ending of the file; returns its path.

        Parameters
        ----------
        path
            Such as ``me.html``, ``me.pdf`` or ``me.pptx``.
        share
            ``self``: everything; ``coach``: tokens for the names of others; ``aggregate``: nobody else is named.
        screen
            Cover the names of others until they are clicked (HTML only).

        Raises
        ------
        NotReleased
            There is a ``released.csv`` and the person is not on it.
        """
        from peerlens.report.cohort import report_of
        from peerlens.report.write import write_report

        return write_report(
            path, report_of(self.network, self.person_id, Path(path).suffix.lower(), share=share, screen=screen)
        )

    def __repr__(self) -> str:
        return f"<Person {self.person_id}>"

    def _repr_html_(self) -> str:
        from peerlens.report.picks import labelled_ties

        row = self.network.ties.person(self.person_id)
        finding = self.finding("neglected_peers")
        facts = [
            ("department", row["department"]),
            ("level", row["level"]),
            ("live ties", int(labelled_ties(self.network.ties, self.person_id)["is_live"].sum())),
            ("as of", self.network.as_of),
        ]
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>"
            f"{'–' if pd.isna(value) else html.escape(str(value))}</td></tr>"
            for name, value in facts
        )
        headline = f"<p><strong>{html.escape(finding.headline)}</strong></p>"
        return f"<section><h3>{html.escape(self.name)}</h3><table>{cells}</table>{headline}</section>"


def _as_date(day: date | str | None) -> date | None:
    if day is None:
        return None
    if isinstance(day, str):
        try:
            return date.fromisoformat(day)
        except ValueError as error:
            raise PeerlensError(f"as_of: found {day!r}, expected a day such as 2026-09-25.") from error
    return date(day.year, day.month, day.day)
