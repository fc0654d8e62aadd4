"""From the ground to ties: every pair measured, placed in the chart, and what might be expected beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from peerlens.progress import stage
from peerlens.records.cells import places_of
from peerlens.ties import quiet_chance
from peerlens.ties.calibration import Calibration, groups_of
from peerlens.ties.grouped import pair_key
from peerlens.ties.pairs import make_pairs, measure_pairs
from peerlens.ties.prospects import among_peers, expect, make_reach
from peerlens.ties.sides import Company, make_company, with_links, with_places
from peerlens.ties.unusual import silence_chances, silence_limits

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import Settings, TieSettings
    from peerlens.ties.events import Events
    from peerlens.ties.ground import Ground
    from peerlens.ties.place import Places


class Measured(NamedTuple):
    """What is measured of ties, in the engine, and what is said of their quiet chances.

    Parameters
    ----------
    pairs
        One row per pair: measures, places, links; see :mod:`peerlens.ties.sides`.
    candidates
        One row per candidate pair of peers of whom both may be reminded.
    reach
        As in :class:`peerlens.ties.Ties`.
    company
        Sums over ties.
    limits
        Of which a fading tie must pass one, see :func:`peerlens.ties.unusual.silence_limits`.
    quiet_note, calibration
        As in :class:`peerlens.ties.Ties`.
    """

    pairs: ir.Table
    candidates: ir.Table
    reach: ir.Table
    company: Company
    limits: dict[str, float | None]
    quiet_note: str | None
    calibration: Calibration


def measure_ties(ground: Ground, events: Events, settings: Settings, engine: Engine, *, persons: ir.Table) -> Measured:
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
    persons
        Everybody in the engine, see :func:`persons_in`.
    """
    places, as_of_day = ground.places, ground.as_of_day
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
        members=groups_of(ground.persons),
        is_of_one=ground.only_no is not None,
    )
    stage("ties")
    pairs = engine.view(make_pairs(sums, settings.ties, log_days=as_of_day - ground.first_day + 1), name="measured")
    unusual = silence_chances(pairs, ground.active_per_day, settings.ties, engine)
    told = engine.from_frame(_side_by_side(quiet.table, unusual), name="told")
    lines = engine.from_frame(_lines(places, events), name="lines")
    company = make_company(pairs, persons, lines, settings.ties, engine, rank_from=places.rank_from)
    told_pairs = pairs.left_join(told, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")
    placed = with_places(told_pairs, persons, lines, settings.ties, rank_from=places.rank_from)
    placed = engine.view(placed, name="placed_pairs")
    whole = with_links(placed, persons, company.links, engine)
    engine.drop(placed, keep=(persons, lines))
    limits = silence_limits(whole, settings.fairness, engine)
    stage("contact to be expected")
    expected = expect(whole, ground.persons, settings, engine)
    candidates = among_peers(expected, persons, lines, settings.ties, engine, rank_from=places.rank_from)
    reach = engine.materialise(make_reach(persons, company), name="reach")
    engine.drop(expected, lines)
    return Measured(whole, candidates, reach, company, limits, quiet.note, quiet.calibration)


def _side_by_side(learned: pd.DataFrame, unusual: pd.DataFrame) -> pd.DataFrame:
    """Put chances of silences beside quiet chances; both are ordered by pair, and every established tie has one of each."""
    keys, some = (pair_key(frame["a_no"], frame["b_no"]) for frame in (learned, unusual))
    at = np.searchsorted(keys, some)
    if not np.array_equal(keys[at], some):
        raise AssertionError("an established tie without contact in the year")
    chance = np.full(len(keys), np.nan)
    chance[at] = unusual["silence_chance"]
    return learned.assign(silence_chance=chance)


def persons_in(engine: Engine, persons: pd.DataFrame, settings: TieSettings) -> ir.Table:
    """Bring everybody to the engine, with numbers in place of names wherever only being the same matters."""
    columns = [
        "person_no",
        "person_id",
        "department",
        "rank",
        "has_reports",
        "is_in_people",
        "is_external",
        "may_be_peer",
        "is_open",
        "there_days",
        "has_left",
    ]
    table = persons[columns].astype({"person_id": "str", "department": "str"})
    numbers = {
        f"{name}_no": pd.Series(codes, index=persons.index, dtype="Int32").mask(codes < 0)
        for name, column in (("department", "department"), ("manager", "manager_id"))
        for codes in (pd.factorize(persons[column], sort=True)[0],)
    }
    return engine.from_frame(
        table.assign(**numbers, is_named=persons["person_id"].isin(settings.peers)), name="persons"
    )


def _lines(places: Places, events: Events) -> pd.DataFrame:
    number, ids = events.ids["person_no"].to_numpy(), events.ids["person_id"]
    lines = places.lines
    return pd.DataFrame(
        {
            "person_no": number[places_of(lines["person_id"], ids)].astype("int32"),
            "ancestor_no": number[places_of(lines["ancestor_id"], ids)].astype("int32"),
            "distance": lines["distance"].astype("int32"),
        }
    )
