"""Starts: one line per thread or series a person began, from its first day to its last, and who carried it on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.draw.canvas import describe, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, write
from peerlens.draw.theme import HUES, mix, theme_of
from peerlens.words import MONTHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, DAYS = 9.2, 22.0, 182


def starts(frame: pd.DataFrame, *, as_of: dt.date, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw each thread or series as a line over half a year up to `as_of`.

    Parameters
    ----------
    frame
        Columns `began_on, last_on, kind, people, with_departments, days_with_you, days_without_you, kept_going`.
    as_of
        The last day of the picture.
    ax
        The axes to draw on, else a new one as high as the rows need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each line has the gid `work:` and its place in the frame; those carried on by others are drawn in full colour.

    Examples
    --------
    >>> row = {"began_on": "2026-03-02", "last_on": "2026-05-04", "kind": "thread", "people": 4, "with_departments": "Ops"}
    >>> frame = pd.DataFrame([{**row, "days_with_you": 3, "days_without_you": 5, "kept_going": True}])
    >>> ax = starts(frame, as_of=dt.date(2026, 6, 30))
    >>> [p.get_gid() for p in ax.patches if str(p.get_gid()).startswith("work")]
    ['work:0']
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    ax = new_axes(WIDTH_IN, (196 + max(len(frame), 1) * ROW_PT) / 72) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    kept, alone = mix(HUES[2], theme.ink, 0.2), mix(theme.muted, theme.paper, 0.45)
    top = header(ax, title=title, subtitle=subtitle) - 22
    marks = [
        ({"marker": "o", "color": theme.ink, "markersize": 7}, "you began it"),
    ]
    carried = int(frame["kept_going"].sum()) if len(frame) else 0
    if carried:
        marks.append(
            ({"marker": "s", "color": kept, "markersize": 9}, "others kept it going, on 3 days or more without you")
        )
    if carried < len(frame):
        marks.append(
            ({"marker": "_", "color": alone, "markersize": 11, "markeredgewidth": 3}, "not seen to go on without you")
        )
    how = "each line is one thread or recurring meeting you began; it ends with its last day in the log."
    bottom = key(ax, items=marks, bottom=footer(ax, how_to_read=how)) + 6
    size, first = theme.type.small, as_of - dt.timedelta(days=DAYS - 1)
    is_narrow = width < 480
    left = theme.margin + min(210.0, 0.42 * width)
    right = width - theme.margin - (62.0 if is_narrow else 160.0)
    step = (top - bottom) / max(len(frame), 1)

    def x(day: object) -> float:
        stamp = pd.Timestamp(str(day)[:10]).date()
        return left + (right - left) * min(max((stamp - first).days, 0), DAYS) / DAYS

    free = 0.0
    month = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    while month <= as_of:
        ax.add_patch(
            Rectangle((x(month), bottom), 0.6, top - bottom, facecolor=theme.hairline, edgecolor="none", zorder=1)
        )
        if x(month) >= free:  # where months stand close, every second one is named, or every third
            write(ax, x(month) + 2, top + 8, MONTHS[month.month - 1], size=size, color=theme.muted, gid="month")
            free = x(month) + 24
        month = dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)
    if frame.empty:
        write(
            ax,
            left,
            (top + bottom) / 2,
            "nothing begun by you in this half year",
            size=theme.type.label,
            color=theme.muted,
        )
    for place, row in enumerate(frame.to_dict("records")):
        y = top - step * (place + 0.5)
        is_kept = bool(row["kept_going"])
        start, end = x(row["began_on"]), max(x(row["last_on"]), x(row["began_on"]) + 3)
        tall = 7.0 if is_kept else 2.4
        ax.add_patch(Rectangle((start, y - tall / 2), end - start, tall, facecolor=kept if is_kept else alone,
                               edgecolor="none", zorder=3, gid=f"work:{place}"))  # fmt: skip
        ax.add_line(Line2D([start], [y], marker="o", markersize=6, color=theme.ink, linestyle="None", zorder=5))
        kind = "meeting" if row["kind"] == "series" else "thread"
        said = f"{kind} of {row['people']} with {row['with_departments']}"
        size_of, room = theme.type.label, left - theme.margin - 10
        shown = shorten(said, width=room, size=size_of, bold=is_kept)
        write(ax, theme.margin, y, shown, size=size_of, color=theme.ink, gid="label", bold=is_kept)
        without = int(row["days_without_you"])
        said = f"{int(row['days_with_you'])} day{'' if row['days_with_you'] == 1 else 's'}"
        said += "" if is_narrow else " with you"
        write(
            ax,
            right + 10,
            y,
            said + (f", {without} {'more' if is_narrow else 'without'}" if without else ""),
            size=size,
            color=theme.ink,
            gid="days",
        )
    describe(
        ax, (f"{title}. " if title else "") + f"{len(frame)} threads or meetings begun, {carried} carried on by others."
    )
    return ax
