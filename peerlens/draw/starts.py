"""Starts: week by week and department by department, what a person began above the line and what others began below it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.draw.canvas import describe, footer, header, in_points, key, new_axes
from peerlens.draw.strips import months
from peerlens.draw.text import shorten, write
from peerlens.draw.theme import HUES, mix, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, WEEKS, MOST = 9.2, 42.0, 26, 8


def starts(frame: pd.DataFrame, *, as_of: dt.date, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw threads and series by department and by the week they began in, over half a year up to `as_of`.

    Parameters
    ----------
    frame
        Columns `department, began_on, began` (by the person), `kept_going` (by others); one row per thread or series and
        department in it.
    as_of
        The last day of the picture.
    ax
        The axes to draw on, else a new one as high as the departments need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each row has the gid `row:` and the department; bars are `mine:` or `theirs:` and the department; what others kept
    going has a star, gid `kept:` and the department.

    Examples
    --------
    >>> frame = pd.DataFrame({"department": ["Ops"] * 3, "began_on": ["2026-03-02", "2026-03-03", "2026-04-06"],
    ...                       "began": [True, True, False], "kept_going": [False, True, False]})
    >>> ax = starts(frame, as_of=dt.date(2026, 6, 30))
    >>> [p.get_gid() for p in ax.patches if str(p.get_gid()).startswith(("mine", "theirs"))]
    ['mine:Ops', 'theirs:Ops']
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    order = frame["department"].value_counts(sort=False).rename("count").reset_index()
    order = (
        order.sort_values(["count", "department"], ascending=[False, True])["department"].astype(str).tolist()[:MOST]
    )
    ax = new_axes(WIDTH_IN, (190 + max(len(order), 1) * ROW_PT) / 72) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    mine, theirs = mix(HUES[0], theme.ink, 0.15), mix(theme.muted, theme.paper, 0.5)
    top = header(ax, title=title, subtitle=subtitle) - 12
    marks = [
        ({"marker": "s", "color": mine, "markersize": 9}, "begun by you"),
        ({"marker": "s", "color": theirs, "markersize": 9, "markeredgecolor": theme.muted}, "begun by others"),
    ]
    if frame["kept_going"].any():
        marks.append(({"marker": "*", "color": theme.ink, "markersize": 10}, "yours, and others kept it going"))
    how = "each bar is a week, as high as what began in it: above the line begun by you, below it by others."
    bottom = key(ax, items=marks, bottom=footer(ax, how_to_read=how)) + 20
    first = as_of - dt.timedelta(days=7 * WEEKS - 1)
    left, right = theme.margin + 130, width - theme.margin - 120
    step = (top - bottom) / max(len(order), 1)

    def x(day: dt.date) -> float:
        return left + (right - left) * (day - first).days / (7 * WEEKS)

    months(ax, theme, x=x, first=first, last=as_of, at=bottom, reach=(top - bottom) / 2)
    if frame.empty:
        said = "nothing begun across departments in this half year"
        write(ax, left, (top + bottom) / 2, said, size=theme.type.label, color=theme.muted, gid="empty")
    week = (pd.to_datetime(frame["began_on"]) - pd.Timestamp(first)).dt.days // 7
    rows = frame.assign(week=week.clip(lower=0, upper=WEEKS - 1))
    count = rows.groupby(["department", "began", "week"]).size()
    unit = (step / 2 - 7) / max(count.max() if len(count) else 1, 3)
    bar = (right - left) / WEEKS
    for place, department in enumerate(order):
        middle = top - step * (place + 0.5)
        own = rows[rows["department"].astype(str) == department]
        began = int(own["began"].sum())
        write(ax, theme.margin, middle, shorten(department, width=122, size=theme.type.label, bold=True),
              size=theme.type.label, bold=True, color=theme.ink, gid="label")  # fmt: skip
        ax.add_patch(Rectangle((left, middle - 0.4), right - left, 0.8, facecolor=theme.muted, edgecolor="none",
                               zorder=2, gid=f"row:{department}"))  # fmt: skip
        for (is_mine, number), high in (
            own.groupby(["began", "week"]).size().sort_index(ascending=[False, True]).items()
        ):
            tall = float(high) * unit
            ax.add_patch(Rectangle((left + bar * number + 1, middle + (0.8 if is_mine else -0.8 - tall)), bar - 2, tall,
                                   facecolor=mine if is_mine else theirs, edgecolor=mine if is_mine else theme.muted,
                                   linewidth=0.6, zorder=3, gid=f"{'mine' if is_mine else 'theirs'}:{department}"))  # fmt: skip
        for number in sorted(own.loc[own["kept_going"] & own["began"], "week"].unique()):
            high = int(((own["week"] == number) & own["began"]).sum()) * unit
            ax.add_line(Line2D([left + bar * (number + 0.5)], [middle + high + 6], marker="*", markersize=9,
                               color=theme.ink, linestyle="None", zorder=5, gid=f"kept:{department}"))  # fmt: skip
        said = f"{began} of {len(own)} by you"
        write(
            ax,
            right + 12,
            middle,
            said,
            size=theme.type.label,
            color=theme.ink,
            gid="count",
        )
    more = frame["department"].nunique() - len(order)
    rest = f" {more} departments more are not drawn." if more > 0 else ""
    describe(ax, (f"{title}. " if title else "") + f"{len(order)} departments, what began there by week.{rest}")
    return ax
