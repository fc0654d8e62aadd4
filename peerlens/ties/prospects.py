"""Prospects: ties that are not there, and might be expected: pairs with much in common, departments without a tie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from peerlens.ties.expectation import make_candidates

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import Settings


def expected_sides(
    pairs: ir.Table, persons: pd.DataFrame, settings: Settings, engine: Engine
) -> tuple[ir.Table, ir.Table]:
    """Expect contact of candidate pairs among people of the chart; return the pairs, and them laid out from both sides."""
    known = pairs.select("a_no", "b_no", "contact_days_w", "meetings_w", "is_live", "strength")
    frame = engine.frame(known.order_by(["a_no", "b_no"]))
    people = persons["is_in_people"].to_numpy()
    frame = frame[people[frame["a_no"]] & people[frame["b_no"]]]
    codes = pd.factorize(persons["department"], sort=True)[0]
    found = make_candidates(
        frame,
        codes,
        shared_at_least=settings.ties.candidate_shared,
        limit=settings.ties.candidate_limit,
        persons=persons,
    )
    # A pair in a few bytes: there are more candidates than ties, and each is laid out twice.
    found = found.astype({name: "int32" for name in found.columns if found[name].dtype == "int64"})
    once = engine.from_frame(found, name="expected_pairs")
    turned = [
        once.select(person_no=mine, other_no=other, **{name: once[name] for name in found.columns[2:]})
        for mine, other in (("a_no", "b_no"), ("b_no", "a_no"))
    ]
    return once, ibis.union(*turned)


def with_level_totals(candidates: ir.Table, all_sides: ir.Table, persons: ir.Table) -> ir.Table:
    """Add to candidates how long both have been there, and the person's own sideways contact days to compare with."""
    level = all_sides.filter((all_sides.direction == "sideways") | all_sides.is_peer)
    totals = level.group_by("person_no").agg(sideways_days_w=level.contact_days_w.sum().cast("int64"))
    mine = persons.select("person_no", "there_days").left_join(totals, "person_no").drop("person_no_right")
    theirs = persons.select(other_no="person_no", other_there_days="there_days")
    joined = (
        candidates.drop("direction", "same_team", "other_in_people").join(mine, "person_no").join(theirs, "other_no")
    )
    links = all_sides.select("person_no", "other_department", "live_ties_there").distinct()
    joined = joined.left_join(links, ["person_no", "other_department"]).drop(
        "person_no_right", "other_department_right"
    )
    return joined.mutate(
        live_ties_there=joined.live_ties_there.fill_null(0),
        both_there_days=ibis.least(joined.there_days, joined.other_there_days),
        expected_share=ibis.least(1.0, joined.expected_days / joined.sideways_days_w.nullif(0)).fill_null(0.0),
    ).drop("there_days", "other_there_days")


def make_reach(persons: ir.Table, all_sides: ir.Table) -> ir.Table:
    """List departments into which a person has no live tie, with how many people alike do.

    Alike: same rank, and both with or both without reports, outside that department; the person is not counted.
    """
    current = persons.filter(
        persons.is_in_people & persons.may_be_peer & ~persons.has_left & persons.department.notnull()
    )
    size = current.group_by("department").agg(department_size=current.count().cast("int32"))
    targets = size.select(other_department="department", department_size="department_size")
    asked = current.filter(current.is_open & current["rank"].notnull())
    live = (
        all_sides.filter(all_sides.is_live & all_sides.other_in_people & all_sides.other_department.notnull())
        .select("person_no", "other_department")
        .distinct()
    )
    kinds = asked.group_by(["rank", "has_reports"]).agg(kind_people=asked.count())
    inside = asked.group_by(["rank", "has_reports", "department"]).agg(kind_inside=asked.count())
    linked = live.join(asked, "person_no")
    linked = linked.filter(linked.department != linked.other_department)
    shares = linked.group_by(["rank", "has_reports", "other_department"]).agg(with_tie=linked.count())
    shares = shares.join(kinds, ["rank", "has_reports"]).join(targets, "other_department")
    shares = shares.left_join(
        inside.rename(other_department="department"), ["rank", "has_reports", "other_department"]
    ).drop("rank_right", "has_reports_right", "other_department_right")
    # Outside that department, less the person asking, who has no tie there.
    shares = shares.mutate(alike=shares.kind_people - shares.kind_inside.fill_null(0) - 1)
    shares = shares.mutate(alike_share=shares.with_tie / shares.alike.nullif(0))
    # Where under a quarter of people alike have a tie nobody can be blind; leaving those out keeps the table small.
    shares = shares.filter((shares.alike_share >= 0.25) & (shares.department_size >= 2))
    rows = asked.join(shares, ["rank", "has_reports"]).filter(lambda t: t.department != t.other_department)
    rows = rows.anti_join(live, ["person_no", "other_department"])
    totals = all_sides.group_by("person_no").agg(
        live_sideways=all_sides.count(
            where=all_sides.is_live & ((all_sides.direction == "sideways") | all_sides.is_peer)
        )
    )
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
