"""The made-up firm: its tables, and how they are put together."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from peerlens.sample.changes import final_departments, lines, one_to_ones
from peerlens.sample.days import PATTERNS, Days, at_work, draw_absences
from peerlens.sample.meetings import all_series, held, pairs
from peerlens.sample.messages import newsletters, split, written
from peerlens.sample.people import draw_chart, people_table, person_ids
from peerlens.sample.plants import busy_desks, cast
from peerlens.sample.rhythms import sessions
from peerlens.sample.tables import COUNCIL, absence_table, account_table, meeting_table, message_table, planted_table
from peerlens.sample.ties import draw_web, support_ties

FEWEST_PEOPLE, FEWEST_WEEKS = 40, 6


@dataclass(frozen=True)
class Firm:
    """A made-up firm with its answer key.

    Attributes
    ----------
    tables
        File stem (`people`, `meetings`, `messages`, `absences`, `accounts`, `confidential`, `planted`) to table.
    """

    tables: dict[str, pd.DataFrame]

    def write(self, folder: str | Path) -> None:
        """Write each table as `<stem>.csv` into `folder`, whole or not at all.

        Parameters
        ----------
        folder
            Made if it is not there. Files of the same name are replaced.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for stem, table in self.tables.items():
            handle, unfinished = tempfile.mkstemp(dir=folder, prefix=f".{stem}-", suffix=".csv")
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                    table.to_csv(file, index=False, lineterminator="\n")
                os.chmod(unfinished, 0o644)
                os.replace(unfinished, folder / f"{stem}.csv")
            except BaseException:
                Path(unfinished).unlink(missing_ok=True)
                raise


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
        Tables as the formats of `peerlens.schema`, and `planted`, the answer key.

    Examples
    --------
    >>> firm = make_firm(people=60, seed=1)
    >>> firm.tables["people"]["person_id"].nunique()
    60
    """
    if people < FEWEST_PEOPLE or weeks < FEWEST_WEEKS:
        raise ValueError(
            f"A firm of {people} people and {weeks} weeks is too small: at least {FEWEST_PEOPLE} people and "
            f"{FEWEST_WEEKS} weeks are needed."
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    days = Days(weeks)
    chart = draw_chart(people)
    parts = cast(chart, draw_web(chart, rng), days, rng)
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
    ties = pd.concat([parts.ties, lines(chart, parts, rng), asks], ignore_index=True)
    contacts = sessions(ties, work=work, rng=rng)
    of_two, talks = split(contacts, ties, rng)
    letters = pd.concat([written(talks, chart=chart, work=work, rng=rng), newsletters(chart, work=work, rng=rng)])
    series = all_series(chart, parts, department=department, one_to_ones=one_to_ones(chart, parts))
    rounds = pd.concat([held(series, work=work, rng=rng), pairs(of_two, rng=rng)])

    ids = person_ids(people)
    history = people_table(
        chart, days, country=country, pattern=pattern, changes=parts.changes, seed=seed, rng=rng, **span
    )
    return Firm(
        {
            "people": history,
            "meetings": meeting_table(rounds, days=days, ids=ids, work=work, rng=rng),
            "messages": message_table(letters, chart=chart, days=days, ids=ids, work=work, rng=rng),
            "absences": absence_table(absences, days=days, ids=ids),
            "accounts": account_table(ids),
            "confidential": pd.DataFrame({"pattern": [COUNCIL]}),
            "planted": planted_table(parts, contacts, chart=chart, department=department, days=days, ids=ids),
        }
    )
