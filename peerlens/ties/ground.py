"""The ground ties are measured on: who was there, in which place, and at work when.

Nothing here is ever written to disk: days away, given or inferred, stay in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.ties.clock import Clock, make_clock
from peerlens.ties.events import day_number
from peerlens.ties.own_export import only_person, own_activity, owner_of_log
from peerlens.ties.pairs import as_pair_days
from peerlens.ties.persons import activity_summary, make_persons, numbered_absences, with_fairness
from peerlens.ties.place import Places, place_people
from peerlens.ties.unusual import count_active

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.records import Records
    from peerlens.settings import Settings
    from peerlens.ties.contact_days import ContactDays
    from peerlens.ties.events import Events


@dataclass(frozen=True)
class Ground:
    """What is known of people at ``as_of`` before any tie is measured.

    Parameters
    ----------
    as_of_day, first_day
        The day of the question and the first day of the log, as day numbers.
    pair_days
        One row per pair and day up to ``as_of``.
    persons, places, clock
        As in :class:`peerlens.ties.Ties`.
    only_no
        Number of the person who has part in nearly all contact; None when nobody has.
    owner_no
        Number of the person whose own export the log is; None when it is a log of many.
    active_per_day
        ``day_no, active``.
    """

    as_of_day: int
    first_day: int
    pair_days: ir.Table
    persons: pd.DataFrame
    places: Places
    clock: Clock
    only_no: int | None
    owner_no: int | None
    active_per_day: pd.DataFrame


def make_ground(
    records: Records, events: Events, contact_days: ContactDays, *, as_of: date, settings: Settings
) -> Ground:
    """Place people, and work out their days at work.

    Raises
    ------
    NotEnoughData
        No contact lies on or before ``as_of``.
    InputError
        Levels do not say which way they point.
    """
    engine = records.engine
    as_of_day = day_number(as_of)
    pair_days = as_pair_days(contact_days.days, settings.ties, as_of_day=as_of_day)
    first = engine.frame(pair_days.agg(first=pair_days.day_no.min()))["first"].iloc[0]
    if pd.isna(first):
        raise NotEnoughData(
            f"No contact between two people on or before {as_of}: choose a later as_of or read more data."
        )
    places = place_people(records.people_on(as_of), settings.ties)
    activity = activity_summary(
        contact_days.activity, pair_days, engine, as_of_day=as_of_day, window_days=7 * settings.ties.window_weeks
    )
    persons = make_persons(records, events, places, activity, as_of=as_of, settings=settings)
    only_no = only_person(pair_days, engine)
    owner_no = owner_of_log(events, only_no, engine)
    absences = numbered_absences(records.absences, events, as_of_day)
    clock = make_clock(
        persons, absences, own_activity(contact_days.activity, owner_no),
        as_of_day=as_of_day, settings=settings.ties, engine=engine,
    )  # fmt: skip
    persons = with_fairness(persons, clock, as_of_day, settings, owner_no=owner_no)
    active = count_active(contact_days.activity, engine, as_of_day=as_of_day)
    return Ground(as_of_day, int(first), pair_days, persons, places, clock, only_no, owner_no, active)
