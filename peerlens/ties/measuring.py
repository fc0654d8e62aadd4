"""From the ground to ties: every pair measured, placed in the chart, and what might be expected beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from peerlens.blocks import alongside
from peerlens.progress import stage
from peerlens.ties import quiet_chance
from peerlens.ties.calibration import Calibration, groups_of
from peerlens.ties.chart import Chart
from peerlens.ties.grouped import pair_key
from peerlens.ties.pairs import make_pairs, measure_pairs
from peerlens.ties.prospects import expect, make_reach
from peerlens.ties.sides import Company, make_company, with_links
from peerlens.ties.unusual import silence_chances, silence_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import Settings
    from peerlens.ties.ground import Ground


class Measured(NamedTuple):
    """What is measured of ties, in the engine, and what is said of their quiet chances.

    Parameters
    ----------
    pairs
        One row per pair: measures, places, links; see :mod:`peerlens.ties.sides`. Not computed before they are :meth:`kept_in`.
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

    def kept_in(self, keep: Callable[[ir.Table], ir.Table], engine: Engine, *, persons: ir.Table) -> Measured:
        """Compute the pairs, wide rows of which there are millions, once and in one place; what they were made of goes.

        Parameters
        ----------
        keep
            Writes a table and returns what to read it from.
        engine
            Where the tables live.
        persons
            Stays.
        """
        pairs = keep(self.pairs)
        engine.drop(self.pairs, keep=(persons, self.company.links))
        return self._replace(pairs=pairs)


def measure_ties(ground: Ground, settings: Settings, engine: Engine, *, persons: ir.Table) -> Measured:
    """Measure all ties.

    Parameters
    ----------
    ground
        Who was there, and when.
    settings
        In force.
    engine
        Where the tables are made.
    persons
        Everybody in the engine, see :func:`persons_in`.
    """
    as_of_day, first_day = ground.as_of_day, ground.first_day
    chart = Chart.of(ground.persons, settings.ties, rank_from=ground.places.rank_from)
    cuts = quiet_chance.past_cuts(settings.quiet_chance, first_day=first_day, as_of_day=as_of_day)
    sums, of_chances = measure_pairs(
        ground.pair_days, ground.clock, chart, settings.ties, first_day=first_day, cuts=cuts, engine=engine
    )
    stage("quiet chances, from the past")
    is_of_one, log_days = ground.only_no is not None, as_of_day - first_day + 1
    lessons = quiet_chance.look_back(
        of_chances, ground.pair_days, settings.quiet_chance, engine,
        first_day=first_day, as_of_day=as_of_day, is_of_one=is_of_one,
    )  # fmt: skip
    del of_chances
    learn = partial(
        quiet_chance.learn_quiet_chances, lessons, settings.quiet_chance,
        log_days=log_days, members=groups_of(ground.persons), is_of_one=is_of_one,
    )  # fmt: skip
    pairs = engine.view(make_pairs(sums, settings.ties, log_days=log_days), name="measured")
    # Learning asks nothing of the engine, and what is expected of pairs asks nothing of quiet chances.
    with alongside(learn) as learned:
        stage("ties")
        unusual = silence_chances(pairs, ground.active_per_day, settings.ties, engine)
        company = make_company(pairs, engine)
        stage("contact to be expected")
        candidates = expect(pairs, ground.persons, chart, settings, engine)
        reach = engine.materialise(make_reach(persons, company), name="reach")
        stage("quiet chances, from the past")
        quiet = learned()
    stage("ties")
    told = engine.from_frame(_side_by_side(quiet.table, unusual), name="told")
    told_pairs = pairs.left_join(told, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")
    limits = silence_limits(told_pairs, settings.fairness, engine)
    whole = with_links(told_pairs, persons, company.links, engine)
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


def persons_in(engine: Engine, persons: pd.DataFrame) -> ir.Table:
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
    codes = pd.factorize(persons["department"], sort=True)[0]
    number = pd.Series(codes, index=persons.index, dtype="Int32").mask(codes < 0)
    return engine.from_frame(table.assign(department_no=number), name="persons")
