"""Ties worth naming beside the flags: those to keep, those to pick up again, and all that are live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from peerlens import words
from peerlens.draw import DIRECTION_WORDS
from peerlens.lenses.frames import wrote_both_ways
from peerlens.lenses.neglect.fading import Fading
from peerlens.lenses.quiet import dormant, welcome_back
from peerlens.privacy.groups import head_count
from peerlens.report.parts import NamedTie, Table
from peerlens.ties.ties import as_dates
from peerlens.words import number, percent

if TYPE_CHECKING:
    from collections.abc import Collection

    from peerlens.ties import Ties

KEPT, RECONNECTED = 3, 5
MONTHLY = 6  # contact days in 26 weeks


def labelled_ties(ties: Ties, person_id: str) -> pd.DataFrame:
    """Return one person's ties with people who are still there, strongest first, with ``label`` and ``last_close_on``."""
    rows = ties.of(person_id)
    rows = rows[~rows["other_id"].isin(ties.persons.loc[ties.persons["has_left"], "person_id"])]
    names = ties.persons.set_index("person_id")["name"]
    return rows.assign(
        label=rows["other_id"].map(names).fillna(rows["other_id"]),
        department_shown=rows["other_department"].fillna("").astype(str),
        last_close_on=as_dates(rows["last_close_day"]),
        is_level=rows["is_peer"] | (rows["direction"] == "sideways"),
    )


def strengths_to_keep(ties: Ties, person_id: str, *, flagged: Collection[str]) -> tuple[NamedTie, ...]:
    """Pick the strongest live sideways ties with contact both ways.

    Both ways means messages to at most five people in both directions in 26 weeks (a circular is no answer; where no messages
    were read, meetings count), and, where it is known who starts, that both do. Contact must have been at least about monthly.
    """
    rows = labelled_ties(ties, person_id)
    written = wrote_both_ways(ties)
    if written is None:
        both_ways = rows["meetings_w"] > 0
    else:
        me = ibis.literal(int(ties.person(person_id)["person_no"]), "int32")
        found = ties.engine.frame(written.filter(written.person_no == me).order_by("other_no"))
        both_ways = rows["other_no"].isin(found["other_no"])
    both_ways &= (rows["starts"] == 0) | ((rows["started"] > 0) & (rows["other_started"] > 0))
    fit = rows["is_live"] & rows["is_level"] & rows["is_open"] & both_ways & (rows["contact_days_w"] >= MONTHLY)
    asked = fit & ~rows["other_id"].isin(list(flagged))
    weeks = ties.settings.ties.window_weeks
    return tuple(
        NamedTie(row["label"], row["department_shown"], (_days(int(row["contact_days_w"]), weeks), _starts(row)))
        for _, row in rows[asked].head(KEPT).iterrows()
    )


def _days(count: int, weeks: int) -> str:
    return f"{count} contact day{'' if count == 1 else 's'} in {weeks} weeks"


def _starts(row: pd.Series) -> str:
    mine, theirs = int(row["started"]), int(row["other_started"])
    if mine + theirs == 0:
        return "contact too steady, or by fixed meetings, to say who starts"
    return f"after a pause, contact began {_times(mine)} from your side, {_times(theirs)} from theirs"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def ties_to_pick_up(ties: Ties, person_id: str) -> tuple[NamedTie, ...]:
    """Pick the dormant peer ties that once were regular; ties the person has answered about stay out."""
    rows = dormant(ties, person_id)
    answered = ties.verdicts.loc[ties.verdicts["person_id"] == person_id, "other_id"]
    chosen = rows[(rows["contact_days_52w"] >= Fading().min_contact_days) & ~rows["other_id"].isin(answered)]
    return tuple(
        _named(
            row,
            f"last close contact {words.day(row['last_close_on'])}",
            f"{percent(row['best_share'])} of your contact at your level in its best quarter",
        )
        for _, row in chosen.head(RECONNECTED).iterrows()
    )


def ties_from_before(ties: Ties, person_id: str) -> tuple[NamedTie, ...]:
    """Pick the peer ties that were strongest before the person's own long time away; none for anybody else."""
    rows = welcome_back(ties, person_id).head(RECONNECTED)
    weeks = ties.settings.ties.window_weeks
    return tuple(
        _named(row, f"contact worth {number(row['credit'])} messages to one person in the {weeks} weeks before")
        for _, row in rows.iterrows()
    )


def _named(row: pd.Series, *facts: str) -> NamedTie:
    department = row["other_department"]
    return NamedTie(str(row["other"]), "" if pd.isna(department) else str(department), facts)


def live_ties(ties: Ties, person_id: str) -> Table:
    """Lay out all live ties of a person, strongest first: the table beside the picture."""
    rows = labelled_ties(ties, person_id)
    rows = rows[rows["is_live"]]
    columns = (
        "Tie with",
        "Department",
        "Level",
        f"Contact days, {ties.settings.ties.window_weeks} weeks",
        "Last close contact",
        "Strength",
    )
    cells = tuple(
        (
            row["label"],
            row["department_shown"] or "–",
            DIRECTION_WORDS.get(row["direction"], row["direction"]),
            number(row["contact_days_w"]),
            words.day(row["last_close_on"]) or "–",
            number(row["strength"]),
        )
        for _, row in rows.iterrows()
    )
    return Table(columns, cells, (False, False, False, True, True, True))


def by_department(ties: Ties, person_id: str) -> Table:
    """Count live ties by department, in fives: what may be said where nobody else is named."""
    rows = labelled_ties(ties, person_id)
    rows = rows[rows["is_live"] & (rows["department_shown"] != "")]
    counts = rows.groupby("department_shown").size().sort_index()
    cells = tuple((str(name), head_count(int(count))) for name, count in counts.items())
    return Table(("Department", "Live ties"), cells, (False, True))
