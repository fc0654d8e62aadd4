"""The made-up firm: its tables, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from peerlens.errors import SettingsError
from peerlens.files import replace_file
from peerlens.sample.cast import empty_cast
from peerlens.sample.changes import final_departments, lines, one_to_ones, promote, reorganise
from peerlens.sample.days import PATTERNS, Days, at_work, draw_absences
from peerlens.sample.departments import department_letters
from peerlens.sample.lens_people import plant_askers, plant_lifters, plant_mentors, rate_ties
from peerlens.sample.lens_process import plant_lost_owner, plant_message_that_misses, plant_starters
from peerlens.sample.lens_reach import plant_access, plant_broad, plant_known
from peerlens.sample.lens_teams import cast_teams, plant_delegation, plant_team_changes
from peerlens.sample.lookalikes import busy_desks, plant_lookalikes
from peerlens.sample.meetings import all_series, held, pairs
from peerlens.sample.messages import check_ins, newsletters, split, written
from peerlens.sample.people import draw_chart, people_table, person_ids
from peerlens.sample.plants import plant_neglect
from peerlens.sample.rhythms import sessions
from peerlens.sample.stage import mark_asks, set_stage
from peerlens.sample.tables import (
    COUNCIL,
    absence_table,
    account_table,
    meeting_table,
    message_table,
    planted_table,
    survey_table,
)
from peerlens.sample.ties import draw_web, support_ties
from peerlens.schema import SCHEMA_VERSION

FEWEST_PEOPLE, FEWEST_WEEKS = 40, 6
LENS_PLANTS = (
    *(mark_asks, plant_mentors, plant_lifters, plant_askers, rate_ties),
    *(plant_delegation, plant_team_changes, plant_lost_owner, plant_message_that_misses, plant_starters),
    *(plant_known, plant_broad, plant_access),
)
"""in this order, new ones at the end: the place of each seeds its stream"""
SHORTEST_LOG = 26  # weeks; the rules look back that far, so nothing is planted in a shorter log


@dataclass(frozen=True)
class Firm:
    """A made-up firm with its answer key.

    Attributes
    ----------
    tables
        File stem (`people`, `meetings`, `messages`, `absences`, `accounts`, `confidential`, `survey`, `planted`,
        `planted_groups`) to table.
    """

    tables: dict[str, pd.DataFrame]

    def write(self, folder: str | Path) -> None:
        """Write each table as `<stem>.csv` into `folder`, whole or not at all, and a `peerlens.toml` with the schema version.

        Parameters
        ----------
        folder
            Made if it is not there. Files of the same name are replaced.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for stem, table in self.tables.items():
            replace_file(folder / f"{stem}.csv", table.to_csv(index=False, lineterminator="\n").encode("utf-8"))
        settings = (
            f"# Settings of peerlens for the data in this folder; see the README.\nschema_version = {SCHEMA_VERSION}\n"
        )
        replace_file(folder / "peerlens.toml", settings.encode("utf-8"))


def make_firm(*, people: int = 120, weeks: int = 52, seed: int = 7) -> Firm:
    """Make a firm with planted neglect and look-alikes; the same arguments give the same bytes.

    Parameters
    ----------
    people
        Number of people, at least 40. Every kind of neglect is planted from 60 on.
    weeks
        Length of the log, at least 6, ending on Sunday 2026-09-27. Under 26 weeks nothing is planted: the rules
        look back that far.
    seed
        Start of the random numbers.

    Returns
    -------
    Firm
        Tables as the formats of `peerlens.schema`; `planted`, the answer key, and `planted_groups`, that of whole departments.

    Examples
    --------
    >>> firm = make_firm(people=60, seed=1)
    >>> firm.tables["people"]["person_id"].nunique()
    60
    """
    if people < FEWEST_PEOPLE or weeks < FEWEST_WEEKS:
        raise SettingsError(
            f"A firm of {people} people and {weeks} weeks is too small: at least {FEWEST_PEOPLE} people and "
            f"{FEWEST_WEEKS} weeks are needed."
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    days = Days(weeks)
    chart = draw_chart(people)
    web = draw_web(chart, rng)
    parts = empty_cast(chart, web, days)
    reorganise(parts, chart, web, days)
    promote(parts, chart, web, days)
    if weeks >= SHORTEST_LOG:
        plant_neglect(parts, chart, web, count=max(1, round(people / 40)), rng=rng)
        few, projects = max(1, round(people / 60)), max(1, people // 120)
        plant_lookalikes(parts, chart, days, few=few, projects=projects, rng=rng)
    department = final_departments(chart, parts)

    country = (rng.random(people) < 0.35).astype(int)
    part_time = (rng.random(people) < 0.14) & (chart.level == 4) & ~parts.protected
    pattern = np.where(part_time, rng.integers(1, len(PATTERNS), people), 0)
    absences = draw_absences(days, people=people, protected=parts.protected, fixed=parts.leaves, rng=rng)
    span = {"first_day": parts.first_day, "last_day": parts.last_day}
    work = at_work(days, country=country, pattern=pattern, absences=absences, rng=rng, **span)

    leaving = parts.last_day < days.count
    asks = support_ties(chart, department=department, skip=parts.blind, leaving=leaving, rng=rng)
    busy_desks(parts, asks, count=max(1, people // 60))
    ties = pd.concat([parts.ties, lines(chart, web, parts, rng), asks], ignore_index=True)
    contacts = sessions(ties, work=work, rng=rng)
    of_two, talks = split(contacts, ties, rng)
    letters = pd.concat([written(talks, chart=chart, work=work, rng=rng), newsletters(chart, work=work, rng=rng)])
    series = all_series(chart, web, parts, department=department, one_to_ones=one_to_ones(chart, parts))
    rounds = pd.concat([held(series, work=work, rng=rng), pairs(of_two, rng=rng)])
    letters = pd.concat([letters, check_ins(letters, rounds, chart=chart, work=work, rng=rng)])
    more, groups = department_letters(parts, chart, web, days, work=work, seed=seed)
    if weeks >= SHORTEST_LOG:
        letters = pd.concat([letters, more])

    stage = set_stage(letters, rounds, chart=chart, web=web, parts=parts, department=department, days=days, work=work)
    if weeks >= SHORTEST_LOG:
        cast_teams(stage)
    for number, plant in enumerate(LENS_PLANTS if weeks >= SHORTEST_LOG else ()):
        # A stream of its own for each, so that one more lens changes nothing that was there.
        plant(stage, np.random.Generator(np.random.PCG64([seed, number])))

    ids = person_ids(people)
    history = people_table(
        chart, days, country=country, pattern=pattern, changes=parts.changes, seed=seed, rng=rng, **span
    )
    return Firm(
        {
            "people": history,
            "meetings": meeting_table(stage.rounds, chart=chart, days=days, ids=ids, work=work),
            "messages": message_table(stage.letters, chart=chart, days=days, ids=ids, work=work, rng=rng),
            "absences": absence_table(absences, days=days, ids=ids),
            "accounts": account_table(ids),
            "confidential": pd.DataFrame({"pattern": [COUNCIL]}),
            "survey": survey_table(stage.ratings, ids=ids),
            "planted": planted_table(parts, contacts, chart=chart, department=department, days=days, ids=ids),
            "planted_groups": groups if weeks >= SHORTEST_LOG else groups.head(0),
        }
    )
