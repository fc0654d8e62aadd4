"""Whether a log is one person's own calendar or mailbox, which knows nothing of ties among others, and whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from peerlens.ties.quiet_features import only_person

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.ties.events import Events

MIN_PEOPLE = 10
"""in a smaller circle one person may well have part in everything"""
MIN_EVENT_SHARE = 0.97
"""of all messages and meetings the owner has part in; a desk that everybody writes to stays under it"""


def owner_of_log(events: Events, pair_days: ir.Table, engine: Engine) -> int | None:
    """Return the number of the person whose own export a log is; None when it is a log of many.

    Parameters
    ----------
    events
        Messages and meetings.
    pair_days
        One row per pair and day.
    engine
        Where they live.
    """
    person = only_person(pair_days, engine) if len(events.ids) >= MIN_PEOPLE else None
    if person is None:
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
