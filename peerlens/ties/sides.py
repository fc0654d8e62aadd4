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
    "department_no": ("department_a", "department_b"),
    "other_department_no": ("department_b", "department_a"),
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


def make_company(pairs: ir.Table, engine: Engine) -> Company:
    """Add up everybody's ties, and everybody's live ties into each department.

    Parameters
    ----------
    pairs
        Pairs with their measures and places.
    engine
        Where the tables are kept.
    """
    sides = turn(pairs, _TURNED, OF_PLACE)
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
    live = sides.filter(sides.is_live & sides.other_in_people & sides.other_department_no.notnull())
    links = engine.materialise(
        live.group_by(["person_no", "other_department_no"]).agg(live_ties_there=lambda t: t.count().cast("int32")),
        name="links",
    )
    return Company(engine.materialise(of_person, name="company"), links)


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


def with_links(pairs: ir.Table, persons: ir.Table, links: ir.Table, engine: Engine) -> ir.Table:
    """Add to pairs how many live ties each of the two, and of their departments, has into the other's department.

    What is returned is not computed yet: whoever keeps it decides where, see :meth:`peerlens.ties.measuring.Measured.kept_in`.

    Parameters
    ----------
    pairs
        With their places.
    persons
        One row per person, with ``department_no``.
    links
        Live ties into each department, see :class:`Company`.
    engine
        Where these tables live.
    """
    homed = links.join(persons.select("person_no", "department_no"), "person_no")
    homed = homed.filter(homed.department_no.notnull())
    departments = engine.materialise(
        homed.group_by(["department_no", "other_department_no"]).agg(
            colleagues_with_tie_there=lambda t: t.count().cast("int32")
        ),
        name="linked",
    )
    joined, kept = pairs, list(pairs.columns)
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
    return joined.select(*kept)


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
        **{name: _number(limit) for name, limit in limits.items()},
    )


def _number(limit: float | None) -> ir.Value:
    """Return a number to its last digit: written out it would be a decimal to the engine, which loses it."""
    return ibis.null("float64") if limit is None else ibis.literal(repr(limit)).cast("float64")


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
