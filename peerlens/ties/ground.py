"""The ground ties are measured on: who was there, in which place, and at work when.

Nothing here is ever written to disk: days away, given or inferred, stay in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from peerlens.errors import NotEnoughData
from peerlens.ties.clock import Clock, make_clock
from peerlens.ties.events import day_number
from peerlens.ties.own_export import only_person, own_activity, owner_of_log
from peerlens.ties.pairs import as_pair_days
from peerlens.ties.persons import activity_summary, contact_summary, make_persons, numbered_absences, with_fairness
from peerlens.ties.place import Places, place_people
from peerlens.ties.unusual import count_active

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

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
    seen = contact_summary(pair_days, engine)
    if seen.empty:
        raise NotEnoughData(
            f"No contact between two people on or before {as_of}: choose a later as_of or read more data."
        )
    first_day = int(seen["first_seen_day"].min())
    places = place_people(records.people_on(as_of), settings.ties)
    activity = contact_days.activity.filter(contact_days.activity.day_no <= as_of_day)
    active = activity_summary(activity, engine, as_of_day=as_of_day, window_days=7 * settings.ties.window_weeks)
    summary = seen.drop(columns="pair_days").merge(active, on="person_no", how="outer")
    persons = make_persons(records, events, places, summary, as_of=as_of, settings=settings)
    only_no = only_person(pair_days, seen, engine)
    owner_no = owner_of_log(events, only_no, engine)
    absences = numbered_absences(records.absences, events, as_of_day)
    per_day = count_active(activity, engine)
    own = own_activity(activity, owner_no)
    clock = make_clock(
        persons, absences, own, per_day if owner_no is None else count_active(own, engine),
        as_of_day=as_of_day, settings=settings.ties, engine=engine,
    )  # fmt: skip
    persons = with_fairness(persons, clock, as_of_day, settings, owner_no=owner_no)
    return Ground(as_of_day, first_day, pair_days, persons, places, clock, only_no, owner_no, per_day)
