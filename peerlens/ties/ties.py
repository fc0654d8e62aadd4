"""Ties at a day: what rules, lenses and users read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.progress import stage
from peerlens.ties import quiet_chance, sides
from peerlens.ties.calibration import Calibration, groups_of
from peerlens.ties.clock import Clock, make_clock
from peerlens.ties.contact_days import ContactDays
from peerlens.ties.events import EPOCH, Events, as_dates, day_number
from peerlens.ties.own_export import own_activity, owner_of_log
from peerlens.ties.pairs import as_pair_days, make_pairs, measure_pairs
from peerlens.ties.persons import activity_summary, make_persons, numbered_absences, with_fairness
from peerlens.ties.place import Places, place_people
from peerlens.ties.prospects import expected_sides, make_reach, with_level_totals
from peerlens.ties.unusual import count_active, silence_chances, with_silence_limit

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import networkx as nx

    from peerlens.engine import Engine
    from peerlens.records import Records
    from peerlens.settings import Settings


@dataclass(frozen=True)
class Ties:
    """All ties at ``as_of``, in the engine.

    Parameters
    ----------
    as_of
        The day of the question; nothing after it counts.
    pairs
        One row per pair, ``a_no < b_no``.
    sides
        Two rows per pair, seen from ``person_id``: what rules and lenses read.
    candidates
        Two rows per candidate pair, with expected contact.
    reach
        One row per person and department of five or more without a live tie there, with the share of people alike who have one.
    persons
        One row per person: place, and whether flags may be raised for and about them.
    pair_days, events
        What ties were measured from.
    places
        The organisation chart at ``as_of``.
    clock
        Working days of everybody.
    active_per_day
        ``day_no, active``: number of people active on each day.
    quiet_note
        Why quiet chances are told in words or not at all, or None where percentages may be shown.
    calibration
        How quiet chances given in the past compare with what happened.
    log_first_on
        First day of the log.
    people_history, verdicts
        The organisation chart over time, and what users answered to flags, as read.
    owner_id
        Whose own calendar or mailbox the log is; None when it is a log of many. Then nothing is known of ties among others.
    settings, engine
        The settings used; where the tables live.
    guesses
        Who was named before any reveal, by person; :meth:`peerlens.Person.guess` fills it.
    worked_out
        What was asked and measured of these ties before, so that a page asks once; changed ties (``dataclasses.replace``) begin
        anew.
    """

    as_of: date
    pairs: ir.Table
    sides: ir.Table
    candidates: ir.Table
    reach: ir.Table
    persons: pd.DataFrame
    pair_days: ir.Table
    events: Events
    places: Places
    clock: Clock
    active_per_day: pd.DataFrame
    quiet_note: str | None
    owner_id: str | None
    calibration: Calibration
    log_first_on: date
    people_history: pd.DataFrame
    verdicts: pd.DataFrame
    settings: Settings
    engine: Engine
    guesses: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    worked_out: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def as_of_day(self) -> int:
        """``as_of`` as a day number."""
        return day_number(self.as_of)

    def of(self, person_id: str) -> pd.DataFrame:
        """Return one person's ties, strongest first."""
        rows = self.sides.filter(self.sides.person_id == person_id)
        return self.engine.frame(rows.order_by([ibis.desc("strength_units"), "other_id"]))

    def person(self, person_id: str) -> pd.Series:
        """Return the row of one person."""
        return self.persons.set_index("person_id").loc[person_id]

    def to_networkx(self, *, live_only: bool = True) -> nx.Graph:
        """Return the ties as a graph; see :func:`peerlens.ties.graph.to_networkx`."""
        from peerlens.ties.graph import to_networkx

        return to_networkx(self, live_only=live_only)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per pair, ``person_a_id < person_b_id``, ordered by the two.

        Days are dates; ``strength`` is in units of one message to one person; ``rhythm``, ``silence`` and ``longest_pause`` are
        working days on which both were at work; columns that end in ``_w`` cover ``window_weeks``; ``credit_q1 … q4`` are the
        credit of four quarters back from ``as_of``, in whole 1e-9 of a message to one person.
        """
        frame = self.engine.frame(self.pairs.order_by(["a_no", "b_no"]))
        number = self.persons.set_index("person_no")["person_id"]
        frame.insert(0, "person_a_id", frame.pop("a_no").map(number))
        frame.insert(1, "person_b_id", frame.pop("b_no").map(number))
        for column in [name for name in frame.columns if name.endswith("_day") or name.startswith("first_close_day")]:
            frame[column.replace("_day", "_on")] = as_dates(frame.pop(column))
        return frame.drop(columns=[name for name in frame.columns if name.endswith("_units") or name == "gap_squares"])


def make_ties(records: Records, events: Events, contact_days: ContactDays, *, as_of: date, settings: Settings) -> Ties:
    """Measure all ties at ``as_of``.

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
    first_day = int(first)

    places = place_people(records.people_on(as_of), settings.ties)
    activity = activity_summary(
        contact_days.activity, pair_days, engine, as_of_day=as_of_day, window_days=7 * settings.ties.window_weeks
    )
    persons = make_persons(records, events, places, activity, as_of=as_of, settings=settings)
    owner_no = owner_of_log(events, pair_days, engine)
    absences = numbered_absences(records.absences, events, as_of_day)
    clock = make_clock(
        persons, absences, own_activity(contact_days.activity, owner_no),
        as_of_day=as_of_day, settings=settings.ties, engine=engine,
    )  # fmt: skip
    persons = with_fairness(persons, clock, as_of_day, settings, owner_no=owner_no)

    words = engine.from_frame(clock.words(), name="words")
    log_days = as_of_day - first_day + 1
    cuts = quiet_chance.past_cuts(settings.quiet_chance, first_day=first_day, as_of_day=as_of_day)
    sums = measure_pairs(pair_days, words, clock, settings.ties, cuts=cuts, engine=engine)
    stage("quiet chances, from the past")
    quiet = quiet_chance.learn_quiet_chances(
        sums,
        pair_days,
        settings.quiet_chance,
        engine,
        first_day=first_day,
        as_of_day=as_of_day,
        members=groups_of(persons),
    )
    stage("ties")
    learned = engine.from_frame(quiet.table, name="quiet_table")
    measured = make_pairs(sums, learned, settings.ties, log_days=log_days, engine=engine)
    active = count_active(contact_days.activity, engine, as_of_day=as_of_day)
    unusual = engine.from_frame(silence_chances(measured, active, settings.ties, engine), name="unusual")
    pairs = engine.materialise(_with_chances(measured, unusual), name="pairs")
    engine.drop(words, learned, sums, unusual, measured)

    table = engine.from_frame(_for_engine(persons), name="persons")
    lines = engine.from_frame(_lines(places, events), name="lines")
    placed = sides.with_places(sides.turn(pairs), table, lines, settings.ties, rank_from=places.rank_from)
    all_sides = engine.materialise(sides.with_company(placed), name="sides")
    stage("contact to be expected")
    all_sides = with_silence_limit(all_sides, settings.fairness, engine)
    expected, candidates = expected_sides(pairs, persons, settings, engine)
    seen = sides.with_places(candidates, table, lines, settings.ties, rank_from=places.rank_from)
    candidates = engine.materialise(with_level_totals(seen, all_sides, table), name="candidates")
    engine.drop(expected)
    reach = engine.materialise(make_reach(table, all_sides), name="reach")
    return Ties(
        as_of=as_of,
        pairs=pairs,
        sides=all_sides,
        candidates=candidates,
        reach=reach,
        persons=persons,
        pair_days=pair_days,
        events=events,
        places=places,
        clock=clock,
        active_per_day=active,
        quiet_note=quiet.note,
        calibration=quiet.calibration,
        owner_id=None if owner_no is None else str(persons.set_index("person_no")["person_id"][owner_no]),
        log_first_on=EPOCH + timedelta(days=first_day),
        people_history=records.people,
        verdicts=records.verdicts,
        settings=settings,
        engine=engine,
    )


def _for_engine(persons: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "person_no",
        "person_id",
        "department",
        "rank",
        "has_reports",
        "manager_id",
        "is_in_people",
        "is_external",
        "may_be_peer",
        "is_open",
        "there_days",
        "has_left",
    ]
    return persons[columns].astype({"person_id": "str", "department": "str", "manager_id": "str"})


def _lines(places: Places, events: Events) -> pd.DataFrame:
    number = events.ids.set_index("person_id")["person_no"]
    lines = places.lines
    return pd.DataFrame(
        {
            "person_no": lines["person_id"].map(number).astype("int32"),
            "ancestor_no": lines["ancestor_id"].map(number).astype("int32"),
            "distance": lines["distance"].astype("int32"),
        }
    )


def _with_chances(pairs: ir.Table, unusual: ir.Table) -> ir.Table:
    return pairs.left_join(unusual, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")
