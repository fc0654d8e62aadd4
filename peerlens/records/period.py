"""The period of a log: where it plausibly ends, and the day results are given for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def last_plausible_day(events: pd.Series, *, hole_days: int, hole_share: float) -> date | None:
    """Return the last day before a long hole with next to nothing after it; None when there is no such hole.

    Parameters
    ----------
    events
        Number of events on each day that has any, ordered by day.
    hole_days
        Days without any event that make a hole.
    hole_share
        What follows the hole is implausible when it holds less than this share of all events.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-03-01", "2024-03-02", "2031-01-01"])
    >>> last_plausible_day(pd.Series([1500, 1499, 1], index=days), hole_days=90, hole_share=0.001)
    datetime.date(2024, 3, 2)
    """
    total = int(events.sum())
    days = list(events.index)
    before = 0
    for at in range(len(days) - 1):
        before += int(events.iloc[at])
        free = (days[at + 1] - days[at]).days - 1
        if free >= hole_days and total - before < hole_share * total:
            return days[at].date()
    return None


def as_of(last_message: date | None, last_meeting: date | None) -> tuple[date | None, str]:
    """Return the day results are given for unless another is asked for, and why.

    Calendars reach into the future, mailboxes do not: so messages come first.
    """
    if last_message is not None:
        return last_message, "the last day with a message"
    if last_meeting is not None:
        return last_meeting, "the last day with a meeting"
    return None, "there are no messages or meetings"
