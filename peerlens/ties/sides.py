"""Pairs to sides: two rows per pair, everything seen from ``person_id``, with direction, peers and company.

A pair stands in the engine once, with what each of the two sees in columns of their own (``_a``, ``_b``); sides are a look at it
from both, with names of people and departments joined in. Rules and lenses read sides. A side never says why somebody is not to
be reminded of: ``is_open`` joins every such reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import ibis

from peerlens.ties.pair_sums import QUARTERS
from peerlens.ties.tally import count_if, only

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings

_TURNED = {
    # seen from the person: (column of pairs when the person is A, when the person is B)
    "sent_w": ("sent_by_a_w", "sent_by_b_w"),
    "received_w": ("sent_by_b_w", "sent_by_a_w"),
    "started": ("started_by_a", "started_by_b"),
    "other_started": ("started_by_b", "started_by_a"),
    "asked": ("decided_by_b", "decided_by_a"),
    "asked_unanswered": ("unanswered_by_b", "unanswered_by_a"),
    "own_asked": ("decided_by_a", "decided_by_b"),
    "own_asked_unanswered": ("unanswered_by_a", "unanswered_by_b"),
}
OF_PLACE = {
    "person_is_open": ("is_open_a", "is_open_b"),
    "is_open": ("is_open_b", "is_open_a"),
    "other_in_people": ("in_people_b", "in_people_a"),
    "direction": ("direction_a", "direction_b"),
    "is_peer": ("is_peer_a", "is_peer_b"),
}
_OF_COMPANY = {
    "live_ties_there": ("live_ties_there_a", "live_ties_there_b"),
    "colleagues_with_tie_there": ("colleagues_there_a", "colleagues_there_b"),
}


def turn(pairs: ir.Table, *views: dict[str, tuple[str, str]]) -> ir.Table:
    """Lay every pair out twice, once from each person.

    Parameters
    ----------
    pairs
        One row per pair.
    *views
        Columns that depend on who looks: the name, and which column it is when the person is A, and when B. All others are the
        same from both sides.
    """
    seen = {name: columns for view in views for name, columns in view.items()}
    one_sided = {column for columns in seen.values() for column in columns}
    same = [name for name in pairs.columns if name not in one_sided | {"a_no", "b_no"}]
    sides = [
        pairs.select(
            person_no=mine, other_no=other, **{name: name for name in same},
            **{name: columns[which] for name, columns in seen.items()},
        )
        for which, (mine, other) in enumerate((("a_no", "b_no"), ("b_no", "a_no")))
    ]  # fmt: skip
    return ibis.union(*sides)


def with_places(
    pairs: ir.Table, persons: ir.Table, lines: ir.Table, settings: TieSettings, *, rank_from: str
) -> ir.Table:
    """Add to rows of ``a_no, b_no`` who the two are to each other.

    Adds ``direction_a, direction_b, is_peer_a, is_peer_b, is_open_a, is_open_b, in_people_a, in_people_b`` and
    ``is_cross_department, same_team``. Direction as A sees B, first match: B in A's chain of managers is ``up``, the reverse
    ``down``; without organisation data ``external`` (address outside the people's domains) or ``unplaced``; equal rank
    ``sideways``; more senior ``up``, else ``down``.
    """
    placed, added = pairs, list(pairs.columns)
    for end in ("a", "b"):
        placed = placed.join(_ends(persons, end), f"{end}_no")
    placed = _with_distance(placed, lines, "a", "b")
    placed = _with_distance(placed, lines, "b", "a")
    in_line = placed.above_a.notnull() | placed.above_b.notnull()
    found: dict[str, ir.Value] = {
        "is_cross_department": (placed.department_a != placed.department_b).fill_null(False),
        "same_team": (placed.manager_a == placed.manager_b).fill_null(False),
    }
    both_people = placed.in_people_a & placed.in_people_b & placed.may_be_peer_a & placed.may_be_peer_b
    for mine, other in (("a", "b"), ("b", "a")):
        rank, other_rank = placed[f"rank_{mine}"], placed[f"rank_{other}"]
        found[f"direction_{mine}"] = ibis.cases(
            (placed[f"above_{mine}"].notnull(), "up"),
            (placed[f"above_{other}"].notnull(), "down"),
            (placed[f"is_external_{other}"], "external"),
            (rank.isnull() | other_rank.isnull(), "unplaced"),
            (rank == other_rank, "sideways"),
            (other_rank < rank, "up"),
            else_="down",
        )
        if settings.peers:
            is_peer = placed[f"is_named_{other}"]
        elif rank_from == "nothing":
            is_peer = ibis.literal(True)
        elif rank_from == "depth":
            near = (rank - other_rank).abs() <= settings.peer_depth_slack
            is_peer = near & (placed.has_reports_a == placed.has_reports_b)
        else:
            is_peer = rank == other_rank
        found[f"is_peer_{mine}"] = (is_peer & both_people & ~in_line).fill_null(False)
    kept = ["is_open_a", "is_open_b", "in_people_a", "in_people_b"]
    return placed.select(*added, *kept, **found)


def _ends(persons: ir.Table, end: str) -> ir.Table:
    """Return what decides a place, with names for one end of a pair."""
    return persons.select(
        **{
            f"{end}_no": "person_no", f"department_{end}": "department_no", f"manager_{end}": "manager_no",
            f"rank_{end}": "rank", f"has_reports_{end}": "has_reports", f"in_people_{end}": "is_in_people",
            f"may_be_peer_{end}": "may_be_peer", f"is_external_{end}": "is_external", f"is_open_{end}": "is_open",
            f"is_named_{end}": "is_named",
        }
    )  # fmt: skip


def _with_distance(pairs: ir.Table, lines: ir.Table, end: str, other: str) -> ir.Table:
    """Add how far above one end the other stands, if it stands in its line."""
    keys = {f"{end}_no": "person_no", f"{other}_no": "ancestor_no"}
    above = lines.select(**keys, **{f"above_{end}": "distance"})
    return pairs.left_join(above, list(keys)).drop(*(f"{name}_right" for name in keys))


def make_company(
    measured: ir.Table, persons: ir.Table, lines: ir.Table, settings: TieSettings, engine: Engine, *, rank_from: str
) -> Company:
    """Add up everybody's ties, and everybody's live ties into each department.

    Parameters
    ----------
    measured
        Pairs with their measures.
    persons
        One row per person, with ``department_no``.
    lines, settings, rank_from
        As for :func:`with_places`.
    engine
        Where the tables are kept.
    """
    few = ("a_no", "b_no", "strength", "is_live", "contact_days_w", "started_by_a", "started_by_b")
    quarters = [f"credit_q{q + 1}" for q in range(QUARTERS)]
    placed = with_places(measured.select(*few, *quarters), persons, lines, settings, rank_from=rank_from)
    placed = engine.materialise(placed, name="placed")
    sides = turn(
        placed,
        {name: _TURNED[name] for name in ("started", "other_started")},
        {name: OF_PLACE[name] for name in ("direction", "is_peer", "other_in_people", "is_open", "person_is_open")},
    )
    is_level = (sides.direction == "sideways") | sides.is_peer
    of_person = sides.group_by("person_no").agg(
        live_ties=count_if(sides.is_live),
        lower_quarter_strength=sides.strength.quantile(0.25, where=sides.is_live),
        all_started=(sides.started.sum() + sides.other_started.sum()).cast("int32"),
        all_other_started=sides.other_started.sum().cast("int32"),
        sideways_days_w=only(sides.contact_days_w, when=is_level).sum().cast("int64"),
        live_sideways=count_if(sides.is_live & is_level),
        **{f"total_q{q + 1}": only(sides[f"credit_q{q + 1}"], when=is_level).sum() for q in range(QUARTERS)},
    )
    theirs = persons.select(other_no="person_no", other_department_no="department_no")
    live = sides.filter(sides.is_live & sides.other_in_people).select("person_no", "other_no").join(theirs, "other_no")
    live = live.filter(live.other_department_no.notnull())
    links = engine.materialise(
        live.group_by(["person_no", "other_department_no"]).agg(live_ties_there=lambda t: t.count().cast("int32")),
        name="links",
    )
    found = Company(engine.materialise(of_person, name="company"), links)
    engine.drop(placed)
    return found


class Company(NamedTuple):
    """Sums over ties.

    Parameters
    ----------
    persons
        ``person_no, live_ties, lower_quarter_strength, all_started, all_other_started``; with those of one's level only:
        ``sideways_days_w`` (contact days), ``live_sideways`` (live ties), ``total_q1 … total_q4`` (credit by quarter).
    links
        ``person_no, other_department_no, live_ties_there``: live ties into each department.
    """

    persons: ir.Table
    links: ir.Table


def with_links(placed: ir.Table, persons: ir.Table, links: ir.Table, engine: Engine) -> ir.Table:
    """Add to placed pairs how many live ties each of the two, and of their departments, has into the other's department.

    Parameters
    ----------
    placed
        Pairs with their places.
    persons
        One row per person, with ``department_no``.
    links
        Live ties into each department, see :class:`Company`.
    engine
        Where the result is kept.
    """
    homed = links.join(persons.select("person_no", "department_no"), "person_no")
    homed = homed.filter(homed.department_no.notnull())
    departments = engine.materialise(
        homed.group_by(["department_no", "other_department_no"]).agg(
            colleagues_with_tie_there=lambda t: t.count().cast("int32")
        ),
        name="linked",
    )
    homes = [persons.select(**{f"{end}_no": "person_no", f"department_{end}": "department_no"}) for end in ("a", "b")]
    joined, kept = placed, list(placed.columns)
    for end, home in zip("ab", homes, strict=True):
        joined = joined.join(home, f"{end}_no")
    for mine, other in (("a", "b"), ("b", "a")):
        own = {f"{mine}_no": "person_no", f"department_{other}": "other_department_no"}
        theirs = {f"department_{mine}": "department_no", f"department_{other}": "other_department_no"}
        added = (
            (links, own, f"live_ties_there_{mine}", "live_ties_there"),
            (departments, theirs, f"colleagues_there_{mine}", "colleagues_with_tie_there"),
        )
        for table, keys, name, count in added:
            joined = joined.left_join(table.select(**keys, **{name: count}), list(keys))
            joined = joined.drop(*(f"{key}_right" for key in keys)).mutate(**{name: joined[name].fill_null(0)})
            kept.append(name)
    whole = engine.materialise(joined.select(*kept), name="pairs")
    engine.drop(departments)
    return whole


def look(pairs: ir.Table, persons: ir.Table, company: ir.Table, limits: Mapping[str, float | None]) -> ir.Table:
    """Look at pairs from both sides, with what a tie is among the person's other ties.

    Parameters
    ----------
    pairs
        With places and links.
    persons
        One row per person: ``person_no, person_id, department``.
    company
        Sums of each person.
    limits
        Numbers that are the same for all ties, by name.

    Notes
    -----
    ``usual_other_share`` is the share of all initiations with this person begun by others; ``best_share`` the tie's largest share
    of the person's sideways credit in any of four quarters.
    """
    sides = turn(pairs, _TURNED, OF_PLACE, _OF_COMPANY)
    mine = persons.select("person_no", "person_id", "department")
    theirs = persons.select(other_no="person_no", other_id="person_id", other_department="department")
    joined = sides.join(mine, "person_no").join(theirs, "other_no").join(company, "person_no")
    shares = [
        (joined[f"credit_q{q + 1}"] / joined[f"total_q{q + 1}"].nullif(0)).fill_null(0.0) for q in range(QUARTERS)
    ]
    beginnings = (joined.started + joined.other_started).nullif(0)
    return joined.select(
        "person_no",
        "other_no",
        *_SAME,
        *_TURNED,
        "person_id",
        "department",
        "person_is_open",
        "other_id",
        "other_department",
        "other_in_people",
        "is_open",
        "direction",
        "is_cross_department",
        "same_team",
        "is_peer",
        "live_ties",
        "lower_quarter_strength",
        *_OF_COMPANY,
        starts=joined.started + joined.other_started,
        other_share=joined.other_started / beginnings,
        usual_other_share=joined.all_other_started / joined.all_started.nullif(0),
        silence_ratio=joined.silence / joined.rhythm,
        unanswered_share=joined.asked_unanswered / joined.asked.nullif(0),
        best_share=ibis.least(1.0, ibis.greatest(*shares)),
        **{name: ibis.literal(limit, "float64") for name, limit in limits.items()},
    )


def plain(pairs: ir.Table) -> ir.Table:
    """Leave out of pairs what is only seen from one side: places and company."""
    return pairs.select("a_no", "b_no", *(by_a for by_a, _ in _TURNED.values()), *_SAME)


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
