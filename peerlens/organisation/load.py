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
    everyone = each.assign(group=-1)
    rows = pd.concat([_rows(everyone, view), _rows(each, view)], ignore_index=True)
    names = (EVERYONE, *view.names)
    rows.insert(0, "group", [names[at + 1] for at in rows.pop("number")])
    return let_out(
        rows,
        {"meeting_hours": "whole", "hours_low": "whole", "hours_high": "whole", "busiest_share": "tenth"},
        keys=("group",),
        people=("people",),
        k=view.k,
        dominance_share=view.dominance_share,
    )


def _rows(each: pd.DataFrame, view: View) -> pd.DataFrame:
    """Measure all groups at once."""
    groups = each.groupby("group", sort=True)
    many = groups.size()
    busiest = np.ceil(BUSIEST * many)
    ranked = each.sort_values(["group", "days"], ascending=[True, False])
    is_top = ranked.groupby("group").cumcount() < ranked["group"].map(busiest)
    total = groups["days"].sum()
    top = ranked["days"].where(is_top, 0).groupby(ranked["group"]).sum()
    low, middle, high = (groups["hours"].quantile(at) for at in (0.25, 0.5, 0.75))
    return pd.DataFrame(
        {
            "number": many.index,
            "people": many.to_numpy(),
            "meeting_hours": middle.where(many >= MEDIAN_FROM).to_numpy(),
            "hours_low": low.where(many >= QUARTILES_FROM).to_numpy(),
            "hours_high": high.where(many >= QUARTILES_FROM).to_numpy(),
            "busiest_share": (top / total.where(total > 0)).where(busiest >= view.k).to_numpy(),
        }
    )


def _meeting_hours(view: View) -> np.ndarray:
    """Return hours a week in meetings of two or more, by ``person_no``; overlapping meetings count once. NaN without meetings."""
    meetings = view.ties.events.meetings
    if meetings is None:
        return np.full(len(view.code), np.nan)
    inside = meetings.filter(
        lambda t: (
            (t.day_no >= view.first_day) & (t.day_no <= view.last_day) & t.was_there & ~t.is_all_day & (t["size"] >= 2)
        )
    )
    rows = view.ties.engine.frame(
        inside.select("attendee_no", "start_s", "end_s", "meeting_no").order_by(
            ["attendee_no", "start_s", "end_s", "meeting_no"]
        )
    )
    who, start, end = (rows[name].to_numpy(np.int64) for name in ("attendee_no", "start_s", "end_s"))
    # Only the part of a meeting after all earlier ones of this person have ended is new time. Everybody's times are moved
    # so far apart that one running maximum does for all.
    apart = who * (end.max(initial=0) + 1)
    before = np.concatenate([[0], np.maximum.accumulate(end + apart)[:-1]])[: len(end)] - apart
    hours = np.clip(end - np.maximum(start, before), 0, None) / 3600
    weeks = max((view.last_day - view.first_day + 1) / 7, 1)
    return np.bincount(who, hours, len(view.code)) / weeks
