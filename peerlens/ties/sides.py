"""Pairs to sides: two rows per pair, everything seen from ``person_id``, with direction, peers and company.

Rules and lenses read sides. A side never says why somebody is not to be reminded of: ``is_open`` joins every such reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from peerlens.ties.pair_sums import QUARTERS
from peerlens.ties.tally import count_if, only

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings

_SAME = (
    "strength_units",
    "strength",
    "first_day",
    "last_day",
    "meetings_w",
    "meeting_days_w",
    "minutes_w",
    "smallest_meeting_w",
    "smallest_message_w",
    "first_close_day",
    "last_close_day",
    "contact_days_52w",
    "contact_weeks_52w",
    "contact_days_w",
    "longest_pause",
    "gap_squares",
    "silence",
    "silence_chance",
    "span",
    "rhythm",
    "patience",
    "is_live",
    "is_dormant",
    "quiet_chance",
    "quiet_share",
    "quiet_chance_n",
    "quiet_words",
    *(f"credit_q{q + 1}" for q in range(QUARTERS)),
)
_TURNED = {
    # seen from the person: (column of pairs when the person is A, when the person is B)
    "person_no": ("a_no", "b_no"),
    "other_no": ("b_no", "a_no"),
    "sent_w": ("sent_by_a_w", "sent_by_b_w"),
    "received_w": ("sent_by_b_w", "sent_by_a_w"),
    "started": ("started_by_a", "started_by_b"),
    "other_started": ("started_by_b", "started_by_a"),
    "asked": ("decided_by_b", "decided_by_a"),
    "asked_unanswered": ("unanswered_by_b", "unanswered_by_a"),
    "own_asked": ("decided_by_a", "decided_by_b"),
    "own_asked_unanswered": ("unanswered_by_a", "unanswered_by_b"),
}


def turn(pairs: ir.Table) -> ir.Table:
    """Lay every pair out twice, once from each person."""
    views = [pairs.select(*_SAME, **{name: columns[which] for name, columns in _TURNED.items()}) for which in (0, 1)]
    return ibis.union(*views).relocate("person_no", "other_no")


def with_places(
    rows: ir.Table, persons: ir.Table, lines: ir.Table, settings: TieSettings, *, rank_from: str
) -> ir.Table:
    """Add to rows of ``person_no, other_no`` who the two are to each other.

    Adds ``person_id, other_id, department, other_department, direction, is_peer, is_cross_department, same_team, is_open,
    person_is_open``. Direction, first match: the other in the person's chain of managers is ``up``, the reverse ``down``;
    without organisation data ``external`` (address outside the people's domains) or ``unplaced``; equal rank ``sideways``;
    more senior ``up``, else ``down``.
    """
    mine = persons.select(
        "person_no",
        "person_id",
        "department",
        "rank",
        "has_reports",
        "manager_id",
        "is_in_people",
        "may_be_peer",
        person_is_open="is_open",
    )
    theirs = persons.select(
        other_no="person_no",
        other_id="person_id",
        other_department="department",
        other_rank="rank",
        other_has_reports="has_reports",
        other_manager_id="manager_id",
        other_in_people="is_in_people",
        other_may_be_peer="may_be_peer",
        other_is_external="is_external",
        is_open="is_open",
    )
    above = lines.select(person_no="person_no", other_no="ancestor_no", other_above="distance")
    below = lines.select(person_no="ancestor_no", other_no="person_no", other_below="distance")
    placed = rows.join(mine, "person_no").join(theirs, "other_no")
    placed = placed.left_join(above, ["person_no", "other_no"]).drop("person_no_right", "other_no_right")
    placed = placed.left_join(below, ["person_no", "other_no"]).drop("person_no_right", "other_no_right")
    in_line = placed.other_above.notnull() | placed.other_below.notnull()
    placed = placed.mutate(
        direction=ibis.cases(
            (placed.other_above.notnull(), "up"),
            (placed.other_below.notnull(), "down"),
            (placed.other_is_external, "external"),
            (placed["rank"].isnull() | placed.other_rank.isnull(), "unplaced"),
            (placed["rank"] == placed.other_rank, "sideways"),
            (placed.other_rank < placed["rank"], "up"),
            else_="down",
        ),
        is_cross_department=(placed.department != placed.other_department).fill_null(False),
        same_team=(placed.manager_id == placed.other_manager_id).fill_null(False),
    )
    if settings.peers:
        is_peer = placed.other_id.isin(settings.peers)
    elif rank_from == "nothing":
        is_peer = ibis.literal(True)
    elif rank_from == "depth":
        near = (placed["rank"] - placed.other_rank).abs() <= settings.peer_depth_slack
        is_peer = near & (placed.has_reports == placed.other_has_reports)
    else:
        is_peer = placed["rank"] == placed.other_rank
    both_people = placed.is_in_people & placed.other_in_people & placed.may_be_peer & placed.other_may_be_peer
    return placed.mutate(is_peer=(is_peer & both_people & ~in_line).fill_null(False)).drop(
        "rank",
        "other_rank",
        "has_reports",
        "other_has_reports",
        "manager_id",
        "other_manager_id",
        "is_in_people",
        "may_be_peer",
        "other_may_be_peer",
        "other_above",
        "other_below",
        "other_is_external",
    )


def with_company(sides: ir.Table, engine: Engine) -> ir.Table:
    """Add what a tie is among the person's other ties: shares, usual shares, sole links, and the department's links.

    Adds ``live_ties, lower_quarter_strength, live_ties_there`` (the person's live ties into that department),
    ``colleagues_with_tie_there`` (people of the person's own department with a live tie there), ``usual_other_share`` (share
    of all initiations with this person begun by others), ``best_share`` (the tie's largest share of the
    person's sideways credit in any of four quarters).

    What is added up per person and department is worked out first: the wide rows then pass by once, and never stand in memory
    twice.
    """
    persons, links = (engine.materialise(table, name=name) for name, table in _company(sides).items())
    linked = links.group_by(["department", "other_department"]).agg(
        colleagues_with_tie_there=lambda t: t.count().cast("int32")
    )
    joined = sides.left_join(persons, "person_no").drop("person_no_right")
    joined = joined.left_join(links.drop("department"), ["person_no", "other_department"]).drop(
        "person_no_right", "other_department_right"
    )
    joined = joined.left_join(linked, ["department", "other_department"]).drop(
        "department_right", "other_department_right"
    )
    shares = [
        (joined[f"credit_q{q + 1}"] / joined[f"total_q{q + 1}"].nullif(0)).fill_null(0.0) for q in range(QUARTERS)
    ]
    beginnings = (joined.started + joined.other_started).nullif(0)
    added = joined.mutate(
        live_ties=joined.live_ties.fill_null(0),
        live_ties_there=joined.live_ties_there.fill_null(0),
        colleagues_with_tie_there=joined.colleagues_with_tie_there.fill_null(0),
        starts=(joined.started + joined.other_started),
        other_share=joined.other_started / beginnings,
        usual_other_share=joined.all_other_started / joined.all_started.nullif(0),
        silence_ratio=joined.silence / joined.rhythm,
        unanswered_share=joined.asked_unanswered / joined.asked.nullif(0),
        best_share=ibis.least(1.0, ibis.greatest(*shares)),
    ).drop(*(f"total_q{q + 1}" for q in range(QUARTERS)), "all_started", "all_other_started")
    whole = engine.materialise(added, name="sides")
    engine.drop(persons, links)
    return whole


def _company(sides: ir.Table) -> dict[str, ir.Table]:
    """Add up a person's ties, and a person's live ties into each department."""
    is_level = (sides.direction == "sideways") | sides.is_peer
    persons = sides.group_by("person_no").agg(
        live_ties=count_if(sides.is_live),
        lower_quarter_strength=sides.strength.quantile(0.25, where=sides.is_live),
        all_started=(sides.started.sum() + sides.other_started.sum()).cast("int32"),
        all_other_started=sides.other_started.sum().cast("int32"),
        **{f"total_q{q + 1}": only(sides[f"credit_q{q + 1}"], when=is_level).sum() for q in range(QUARTERS)},
    )
    live = sides.filter(sides.is_live & sides.other_department.notnull() & sides.other_in_people)
    links = live.group_by(["person_no", "department", "other_department"]).agg(
        live_ties_there=lambda t: t.count().cast("int32")
    )
    return {"company": persons, "links": links}


def as_pairs(sides: ir.Table) -> ir.Table:
    """Look at sides as pairs again: one row each, ``a_no < b_no``, with what does not depend on who looks."""
    of_a = sides.filter(sides.person_no < sides.other_no)
    turned = {by_a: of_a[name] for name, (by_a, _) in _TURNED.items()}
    return of_a.select(
        a_no=turned.pop("a_no"), b_no=turned.pop("b_no"), **turned, **{name: of_a[name] for name in _SAME}
    )
