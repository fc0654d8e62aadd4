"""Time in meetings, and how unevenly contact is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.privacy.groups import Released, let_out

if TYPE_CHECKING:
    from peerlens.organisation.view import View

EVERYONE = "everyone shown"
MEDIAN_FROM, QUARTILES_FROM, BUSIEST = 10, 20, 0.05


def load(view: View, pairs: pd.DataFrame) -> Released:
    """Measure hours in meetings a week, and the share of contact on the busiest people.

    Returns
    -------
    Released
        ``group, meeting_hours`` (median hours a week; from 10 people), ``hours_low, hours_high`` (quartiles; from 20), and
        ``busiest_share``: share of the group's contact days held by its busiest 5 %, missing where that is fewer than k people.
    """
    people = len(view.code)
    days = np.bincount(pairs["a"], pairs["n"], people) + np.bincount(pairs["b"], pairs["n"], people)
    hours = _meeting_hours(view)
    known = np.flatnonzero(view.code >= 0)
    each = pd.DataFrame({"group": view.code[known], "days": days[known], "hours": hours[known]})
    rows = [_row(EVERYONE, each, view), *(_row(view.names[at], part, view) for at, part in each.groupby("group"))]
    return let_out(
        pd.DataFrame(rows),
        {"meeting_hours": "whole", "hours_low": "whole", "hours_high": "whole", "busiest_share": "tenth"},
        keys=("group",),
        people=("people",),
        k=view.k,
        dominance_share=view.dominance_share,
    )


def _row(name: str, each: pd.DataFrame, view: View) -> dict:
    many = len(each)
    busiest = int(np.ceil(BUSIEST * many))
    total = each["days"].sum()
    top = each["days"].nlargest(busiest).sum()
    quartiles = each["hours"].quantile([0.25, 0.5, 0.75]).to_numpy()
    return {
        "group": name,
        "people": many,
        "meeting_hours": quartiles[1] if many >= MEDIAN_FROM else np.nan,
        "hours_low": quartiles[0] if many >= QUARTILES_FROM else np.nan,
        "hours_high": quartiles[2] if many >= QUARTILES_FROM else np.nan,
        "busiest_share": top / total if total > 0 and busiest >= view.k else np.nan,
    }


def _meeting_hours(view: View) -> np.ndarray:
    """Return hours a week in meetings of two or more, by ``person_no``; overlapping meetings count once. NaN without meetings."""
    meetings = view.ties.events.meetings
    if meetings is None:
        return np.full(len(view.code), np.nan)
    inside = meetings.filter(
        lambda t: (t.day_no >= view.first_day) & (t.day_no <= view.last_day) & t.was_there & ~t.is_all_day & (t["size"] >= 2)
    )
    rows = view.ties.engine.frame(
        inside.select("attendee_no", "start_s", "end_s", "meeting_no").order_by(["attendee_no", "start_s", "end_s", "meeting_no"])
    )
    before = rows.groupby("attendee_no")["end_s"].transform(lambda ends: ends.cummax().shift())
    # Only the part of a meeting after all earlier ones have ended is new time.
    start = np.maximum(rows["start_s"], before.fillna(0))
    hours = np.clip(rows["end_s"] - start, 0, None) / 3600
    weeks = max((view.last_day - view.first_day + 1) / 7, 1)
    return np.bincount(rows["attendee_no"], hours, len(view.code)) / weeks
