"""Ties at a day: what rules, lenses and users read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from peerlens.ties.calibration import Calibration
from peerlens.ties.clock import Clock
from peerlens.ties.contact_days import ContactDays
from peerlens.ties.events import EPOCH, Events, as_dates, day_number
from peerlens.ties.ground import make_ground
from peerlens.ties.keeper import Keeper
from peerlens.ties.measuring import Measured, measure_ties, persons_in
from peerlens.ties.place import Places
from peerlens.ties.prospects import look_at_candidates
from peerlens.ties.sides import look, plain
from peerlens.ties.together import rows_of

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
        One row per pair, ``a_no < b_no``, without what only one of the two sees.
    sides
        Two rows per pair, seen from ``person_id``: what rules and lenses read.
    candidates
        Two rows per candidate pair of peers of whom both may be reminded, with expected contact.
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
    keeper
        Keeps what is worked out for the next time; None where nothing is kept.
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
    keeper: Keeper | None = field(default=None, repr=False, compare=False)
    guesses: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    worked_out: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def as_of_day(self) -> int:
        """``as_of`` as a day number."""
        return day_number(self.as_of)

    def drop(self) -> None:
        """Free what the engine holds of these ties; nothing can be asked of them afterwards."""
        self.engine.drop(self.sides, self.candidates, self.reach, self.pairs)

    def of(self, person_id: str) -> pd.DataFrame:
        """Return one person's ties, strongest first; where chances are told in words (``quiet_words``), without their numbers."""
        return rows_of(self, person_id).copy()

    def person(self, person_id: str) -> pd.Series:
        """Return the row of one person."""
        return self.persons_by_id.loc[person_id]

    @cached_property
    def persons_by_id(self) -> pd.DataFrame:
        """``persons``, to be looked up by ``person_id``."""
        return self.persons.set_index("person_id")

    def to_networkx(self, *, live_only: bool = True) -> nx.Graph:
        """Return the ties as a graph; see :func:`peerlens.ties.graph.to_networkx`."""
        from peerlens.ties.graph import to_networkx

        return to_networkx(self, live_only=live_only)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per pair, ``person_a_id < person_b_id``, ordered by the two.

        Days are dates; ``strength`` is in units of one message to one person; ``rhythm``, ``silence`` and ``longest_pause`` are
        working days on which both were at work; columns that end in ``_w`` cover ``window_weeks``; ``credit_q1 … q4`` are the
        credit of four quarters back from ``as_of``, in whole 1e-9 of a message to one person. ``quiet_chance`` is kept for
        statistics even where ``quiet_words`` stands beside it: what is shown to a person then says the words (``quiet_note``).
        """
        frame = self.engine.frame(self.pairs.order_by(["a_no", "b_no"]))
        number = self.persons.set_index("person_no")["person_id"]
        frame.insert(0, "person_a_id", frame.pop("a_no").map(number))
        frame.insert(1, "person_b_id", frame.pop("b_no").map(number))
        for column in [name for name in frame.columns if name.endswith("_day") or name.startswith("first_close_day")]:
            frame[column.replace("_day", "_on")] = as_dates(frame.pop(column))
        return frame.drop(columns=[name for name in frame.columns if name.endswith("_units") or name == "gap_squares"])


def make_ties(
    records: Records,
    events: Events,
    contact_days: ContactDays,
    *,
    as_of: date,
    settings: Settings,
    keeper: Keeper | None = None,
) -> Ties:
    """Measure all ties at ``as_of``.

    Parameters
    ----------
    records, events, contact_days
        What was read, and what was made of it.
    as_of
        The day of the question.
    settings
        In force.
    keeper
        Finds or keeps the tables; None measures anew and keeps nothing.

    Raises
    ------
    NotEnoughData
        No contact lies on or before ``as_of``.
    InputError
        Levels do not say which way they point.
    """
    engine = records.engine
    ground = make_ground(records, events, contact_days, as_of=as_of, settings=settings)

    table = persons_in(engine, ground.persons)

    def measure() -> Measured:
        return measure_ties(ground, settings, engine, persons=table)

    if keeper is None:
        measured = measure().kept_in(partial(engine.materialise, name="pairs"), engine, persons=table)
    else:
        measured = keeper.tables(measure, persons=table)
    number = ground.persons.set_index("person_no")["person_id"]
    sides = look(measured.pairs, table, measured.company.persons, measured.limits)
    return Ties(
        as_of=as_of,
        pairs=engine.view(plain(measured.pairs), name="pairs_seen"),
        sides=engine.laid_out(sides, name="sides"),
        candidates=engine.laid_out(look_at_candidates(measured.candidates, table, measured.company), name="candidates"),
        reach=measured.reach,
        persons=ground.persons,
        pair_days=engine.view(ground.pair_days, name="pair_days"),
        events=events,
        places=ground.places,
        clock=ground.clock,
        active_per_day=ground.active_per_day,
        quiet_note=measured.quiet_note,
        owner_id=None if ground.owner_no is None else str(number[ground.owner_no]),
        calibration=measured.calibration,
        log_first_on=EPOCH + timedelta(days=ground.first_day),
        people_history=records.people,
        verdicts=records.verdicts,
        settings=settings,
        engine=engine,
        keeper=keeper,
    )
