"""Prospects: ties that are not there, and might be expected: pairs with much in common, departments without a tie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from peerlens.ties.expectation import make_candidates
from peerlens.ties.sides import OF_PLACE, Company, turn

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.settings import Settings
    from peerlens.ties.chart import Chart

_PLACES = ("is_peer_a", "is_peer_b", "is_open_a", "is_open_b", "is_cross_department")


def expect(pairs: ir.Table, persons: pd.DataFrame, chart: Chart, settings: Settings, engine: Engine) -> ir.Table:
    """Expect contact of candidate pairs among people of the chart; keep peers of whom both may be reminded.

    No rule asks about any others, and there are several times as many candidates as ties.

    Parameters
    ----------
    pairs
        Pairs with their measures.
    persons
        Everybody, in order of ``person_no``.
    chart
        Where they stand.
    settings
        In force.
    engine
        Where pairs live.

    Returns
    -------
    ibis Table
        A row per pair: what :func:`peerlens.ties.expectation.make_candidates` returns, and places.
    """
    found = expected_pairs(pairs, persons, chart, settings, engine)
    a_no, b_no = found["a_no"].to_numpy(), found["b_no"].to_numpy()
    asked = np.flatnonzero(chart.is_open[a_no] & chart.is_open[b_no])
    places = chart.places(a_no[asked], b_no[asked])
    is_peer = places["is_peer_a"] | places["is_peer_b"]
    kept = found.iloc[asked[is_peer]].assign(**{name: places[name][is_peer] for name in _PLACES})
    # A pair in a few bytes.
    kept = kept.astype({name: "int32" for name in kept.columns if kept[name].dtype == "int64"})
    return engine.from_frame(kept, name="candidate_pairs")


def expected_pairs(
    pairs: ir.Table, persons: pd.DataFrame, chart: Chart, settings: Settings, engine: Engine
) -> pd.DataFrame:
    """Expect contact of all candidate pairs; parameters as for :func:`expect`."""
    known = pairs.select("a_no", "b_no", "contact_days_w", "meetings_w", "is_live", "strength")
    frame = engine.frame(known.order_by(["a_no", "b_no"]))
    people = chart.in_people
    return make_candidates(
        frame[people[frame["a_no"]] & people[frame["b_no"]]],
        chart.department,
        shared_at_least=settings.ties.candidate_shared,
        limit=settings.ties.candidate_limit,
        persons=persons,
    )


def look_at_candidates(candidates: ir.Table, persons: ir.Table, company: Company) -> ir.Table:
    """Look at candidates from both sides: how long both have been there, and the person's sideways contact days to compare with.

    Parameters
    ----------
    candidates
        A row per pair, see :func:`expect`.
    persons
        One row per person: ``person_no, person_id, department, department_no, there_days``.
    company
        Sums over ties.
    """
    sides = turn(candidates, {name: OF_PLACE[name] for name in ("person_is_open", "is_open", "is_peer")})
    sides = sides.filter(sides.is_peer)
    mine = persons.select("person_no", "person_id", "department", "there_days")
    theirs = persons.select(
        other_no="person_no", other_id="person_id", other_department="department",
        other_department_no="department_no", other_there_days="there_days",
    )  # fmt: skip
    totals = company.persons.select("person_no", "sideways_days_w")
    joined = sides.join(mine, "person_no").join(theirs, "other_no")
    joined = joined.left_join(totals, "person_no").drop("person_no_right")
    keys = ["person_no", "other_department_no"]
    joined = joined.left_join(company.links, keys).drop(*(f"{key}_right" for key in keys))
    return joined.select(
        "person_no",
        "other_no",
        *(name for name in candidates.columns if name not in _ENDS and name != "is_cross_department"),
        "person_id",
        "department",
        "person_is_open",
        "other_id",
        "other_department",
        "is_open",
        "is_cross_department",
        "is_peer",
        "sideways_days_w",
        live_ties_there=joined.live_ties_there.fill_null(0),
        both_there_days=ibis.least(joined.there_days, joined.other_there_days),
        expected_share=ibis.least(1.0, joined.expected_days / joined.sideways_days_w.nullif(0)).fill_null(0.0),
    )


_ENDS = {"a_no", "b_no", *(column for columns in OF_PLACE.values() for column in columns)}


def make_reach(persons: ir.Table, company: Company) -> ir.Table:
    """List departments into which a person has no live tie, with how many people alike do.

    Alike: same rank, and both with or both without reports, outside that department; the person is not counted.
    """
    current = persons.filter(
        persons.is_in_people & persons.may_be_peer & ~persons.has_left & persons.department_no.notnull()
    )
    size = current.group_by("department_no").agg(department_size=current.count().cast("int32"))
    targets = size.select(other_department_no="department_no", department_size="department_size")
    asked = current.filter(current.is_open & current["rank"].notnull())
    live = company.links.select("person_no", "other_department_no")
    kinds = asked.group_by(["rank", "has_reports"]).agg(kind_people=asked.count())
    inside = asked.group_by(["rank", "has_reports", "department_no"]).agg(kind_inside=asked.count())
    linked = live.join(asked, "person_no")
    linked = linked.filter(linked.department_no != linked.other_department_no)
    kind = ["rank", "has_reports", "other_department_no"]
    shares = linked.group_by(kind).agg(with_tie=linked.count())
    shares = shares.join(kinds, ["rank", "has_reports"]).join(targets, "other_department_no")
    shares = shares.left_join(inside.rename(other_department_no="department_no"), kind).drop(
        *(f"{key}_right" for key in kind)
    )
    # Outside that department, less the person asking, who has no tie there.
    shares = shares.mutate(alike=shares.kind_people - shares.kind_inside.fill_null(0) - 1)
    shares = shares.mutate(alike_share=shares.with_tie / shares.alike.nullif(0))
    # Where under a quarter of people alike have a tie nobody can be blind; leaving those out keeps the table small.
    shares = shares.filter((shares.alike_share >= 0.25) & (shares.department_size >= 2))
    rows = asked.join(shares, ["rank", "has_reports"]).filter(lambda t: t.department_no != t.other_department_no)
    rows = rows.anti_join(live, ["person_no", "other_department_no"])
    names = persons.filter(persons.department_no.notnull()).select("department_no", "department").distinct()
    rows = rows.join(
        names.select(other_department_no="department_no", other_department="department"), "other_department_no"
    )
    totals = company.persons.select("person_no", "live_sideways")
    return rows.left_join(totals, "person_no").select(
        "person_no",
        "person_id",
        "department",
        "other_department",
        "department_size",
        with_tie=rows.with_tie.cast("int32"),
        alike=rows.alike.cast("int32"),
        alike_share="alike_share",
        mean_share=1.0 / ibis.greatest(totals.live_sideways.fill_null(0), 1).cast("float64"),
        live_ties_there=ibis.literal(0, "int32"),
    )
