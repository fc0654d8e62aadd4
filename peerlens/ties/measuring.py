"""From the ground to ties: every pair measured, laid out from both sides, and what might be expected beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from peerlens.progress import stage
from peerlens.ties import quiet_chance, sides
from peerlens.ties.calibration import Calibration, groups_of
from peerlens.ties.pairs import make_pairs, measure_pairs
from peerlens.ties.prospects import expected_sides, make_reach, with_level_totals
from peerlens.ties.unusual import silence_chances, with_silence_limit

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import Settings
    from peerlens.ties.events import Events
    from peerlens.ties.ground import Ground
    from peerlens.ties.place import Places


class Measured(NamedTuple):
    """Tables of ties, as in :class:`peerlens.ties.Ties`, and what is said of their quiet chances."""

    sides: ir.Table
    candidates: ir.Table
    reach: ir.Table
    quiet_note: str | None
    calibration: Calibration


def measure_ties(ground: Ground, events: Events, settings: Settings, engine: Engine) -> Measured:
    """Measure all ties.

    Parameters
    ----------
    ground
        Who was there, and when.
    events
        Whose people are numbered.
    settings
        In force.
    engine
        Where the tables are made.
    """
    persons, places, as_of_day = ground.persons, ground.places, ground.as_of_day
    cuts = quiet_chance.past_cuts(settings.quiet_chance, first_day=ground.first_day, as_of_day=as_of_day)
    sums = measure_pairs(
        ground.pair_days, ground.clock, settings.ties, first_day=ground.first_day, cuts=cuts, engine=engine
    )
    stage("quiet chances, from the past")
    quiet = quiet_chance.learn_quiet_chances(
        sums,
        ground.pair_days,
        settings.quiet_chance,
        engine,
        first_day=ground.first_day,
        as_of_day=as_of_day,
        members=groups_of(persons),
        is_of_one=ground.only_no is not None,
    )
    stage("ties")
    learned = engine.from_frame(quiet.table, name="quiet_table")
    measured = make_pairs(sums, learned, settings.ties, log_days=as_of_day - ground.first_day + 1, engine=engine)
    engine.drop(learned, sums)
    unusual = engine.from_frame(silence_chances(measured, ground.active_per_day, settings.ties, engine), name="unusual")
    pairs = measured.left_join(unusual, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")

    table = engine.from_frame(_for_engine(persons), name="persons")
    lines = engine.from_frame(_lines(places, events), name="lines")
    placed = sides.with_places(sides.turn(pairs), table, lines, settings.ties, rank_from=places.rank_from)
    all_sides = sides.with_company(placed, engine)
    engine.drop(measured, unusual)
    stage("contact to be expected")
    all_sides = with_silence_limit(all_sides, settings.fairness, engine)
    expected, candidates = expected_sides(sides.as_pairs(all_sides), persons, settings, engine)
    seen = sides.with_places(candidates, table, lines, settings.ties, rank_from=places.rank_from)
    # No rule asks about any others, and there are several times as many candidates as ties.
    seen = seen.filter(seen.is_peer & seen.is_open & seen.person_is_open)
    candidates = engine.materialise(with_level_totals(seen, all_sides, table), name="candidates")
    engine.drop(expected)
    reach = engine.materialise(make_reach(table, all_sides), name="reach")
    return Measured(all_sides, candidates, reach, quiet.note, quiet.calibration)


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
