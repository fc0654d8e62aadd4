"""Whether a log is one person's own calendar or mailbox, which knows nothing of ties among others, and whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.ties.events import Events

MIN_PEOPLE = 10
"""in a smaller circle one person may well have part in everything"""
CONTACT_SHARE = 0.95
"""of all contact one person has part in, from which a log is taken for one of that person's"""
MIN_EVENT_SHARE = 0.97
"""of all messages and meetings the owner has part in; a desk that everybody writes to stays under it"""


def only_person(pair_days: ir.Table, seen: pd.DataFrame, engine: Engine) -> int | None:
    """Return whose own calendar or mailbox a log is; None when it is a log of many.

    So it is when one person has part in at least 95 % of all contact: of a pair's days, those with that person, or on which
    one of the two had contact with that person (who then was in the same room or message).

    Parameters
    ----------
    pair_days
        One row per pair and day.
    seen
        ``person_no, pair_days`` of everybody with contact.
    engine
        Where ``pair_days`` lives.
    """
    if seen.empty:
        return None
    most = seen.loc[seen["pair_days"].idxmax()]
    person, days = int(most["person_no"]), int(most["pair_days"])
    needed = CONTACT_SHARE * int(seen["pair_days"].sum()) / 2
    # Partners are no more than days of pairs: where even so many of the busiest would not do, nobody need be looked up.
    if days + int(seen["pair_days"].nlargest(days).sum()) < needed:
        return None
    own = pair_days.filter((pair_days.a_no == person) | (pair_days.b_no == person))
    others = own.select("day_no", other_no=(own.a_no == person).ifelse(own.b_no, own.a_no))
    partners = engine.frame(others.select("other_no").distinct().order_by("other_no"))["other_no"]
    # No more days can be theirs than those who had contact with that person have altogether.
    if days + int(seen.loc[seen["person_no"].isin(partners), "pair_days"].sum()) < needed:
        return None
    met = others.distinct()
    rest = pair_days.filter((pair_days.a_no != person) & (pair_days.b_no != person)).select("a_no", "b_no", "day_no")
    with_them = ibis.union(
        rest.semi_join(met.select("day_no", a_no="other_no"), ["day_no", "a_no"]),
        rest.semi_join(met.select("day_no", b_no="other_no"), ["day_no", "b_no"]),
        distinct=True,
    )
    return person if days + engine.count(with_them) >= needed else None


def owner_of_log(events: Events, person: int | None, engine: Engine) -> int | None:
    """Return the number of the person whose own export a log is; None when it is a log of many.

    Parameters
    ----------
    events
        Messages and meetings.
    person
        Who has part in nearly all contact (:func:`only_person`); None when nobody has.
    engine
        Where they live.
    """
    if person is None or len(events.ids) < MIN_PEOPLE:
        return None
    own = whole = 0
    if events.messages is not None:
        rows = events.messages
        mine = rows.filter((rows.sender_no == person) | (rows.recipient_no == person))
        own += engine.count(mine.select("message_no").distinct())
        whole += engine.count(rows.select("message_no").distinct())
    if events.meetings is not None:
        rows = events.meetings
        own += engine.count(rows.filter(rows.attendee_no == person).select("meeting_no").distinct())
        whole += engine.count(rows.select("meeting_no").distinct())
    return person if own >= MIN_EVENT_SHARE * whole else None


def own_activity(activity: ir.Table, owner_no: int | None) -> ir.Table:
    """Return the days on which people were seen active, as far as that says when they were not.

    One person's own export shows others only where they met its owner: their silence there is no absence.
    """
    return activity if owner_no is None else activity.filter(activity.person_no == ibis.literal(owner_no, "int32"))
