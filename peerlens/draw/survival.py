"""Survival steps: the share still waiting as days go by, one falling line per group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import write
from peerlens.draw.theme import HUES, mix, theme_of
from peerlens.words import percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN, EMPTY_IN, PLOT_PT = 9.2, 4.6, 1.5, 160.0
NOTHING = "Too few to draw a line"
DASHES = ("-", (0, (5, 2)), (0, (1.2, 1.6)))


def survival(
    frame: pd.DataFrame,
    *,
    last: int,
    unit: str,
    how_to_read: str,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw the share still waiting after each day, a step line per group.

    Parameters
    ----------
    frame
        Columns `group` (at most three, in the order they come), `after` (whole days, from 0) and `waiting` (0 to 1, once the
        answers of that day are in); without rows the picture says that there is too little.
    last
        Last day shown.
    unit
        What a day is, under the axis.
    how_to_read
        What a line is.
    ax
        The axes to draw on, else a new one.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each group is one line whose gid is `line:` and its name.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": ["asks"] * 2, "after": [0, 3], "waiting": [0.5, 0.25]})
    >>> ax = survival(frame, last=5, unit="days", how_to_read="a line.")
    >>> [line.get_gid() for line in ax.lines if str(line.get_gid()).startswith("line:")]
    ['line:asks']
    """
    from matplotlib.lines import Line2D

    groups = list(dict.fromkeys(frame["group"].astype(str)))[: len(DASHES)]
    if ax is None:
        ax = new_axes(WIDTH_IN, HEIGHT_IN if groups else EMPTY_IN, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 18
    if not groups:  # an empty frame with a scale would look like an answer
        write(ax, theme.margin, top, NOTHING, size=theme.type.label, color=theme.muted, gid="none")
        describe(ax, (f"{title} " if title else "") + f"{NOTHING}.")
        return ax
    colours = [mix(colour, theme.ink, 0.25) for colour in (theme.accent, HUES[0], HUES[2])]
    looks = [{"color": c, "linewidth": 2.2, "linestyle": d} for c, d in zip(colours, DASHES, strict=True)]
    items = [({**look, "marker": ""}, group) for look, group in zip(looks, groups, strict=False)]
    floor = key(ax, items=items, bottom=footer(ax, how_to_read=how_to_read)) + 34
    top = fitted(ax, top=top, bottom=floor, body=PLOT_PT)
    small = theme.type.small
    left, right = theme.margin + 34, width - theme.margin - 96

    def x(day: float) -> float:
        return left + (right - left) * day / max(last, 1)

    def y(share: float) -> float:
        return floor + (top - floor) * share

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        ax.add_line(Line2D([left, right], [y(share)] * 2, color=theme.hairline, linewidth=0.8, zorder=1))
        write(ax, left - 6, y(share), percent(share), size=small, color=theme.muted, ha="right", gid="share")
    for day in range(0, last + 1, max(1, last // (10 if width >= 480 else 5))):
        write(ax, x(day), floor - 10, str(day), size=small, color=theme.muted, ha="center", gid="after")
    write(ax, left, floor - 23, unit, size=small, color=theme.muted, gid="unit")
    write(ax, left, top + 11, "still waiting", size=small, color=theme.muted, gid="unit")
    ends: list[tuple[float, str]] = []
    for look, group in zip(looks, groups, strict=False):
        rows = frame[frame["group"] == group].sort_values("after")
        xs, ys, share = [x(0)], [y(1.0)], 1.0
        for after, waiting in zip(rows["after"], rows["waiting"], strict=True):
            if after > last:
                break
            xs += [x(float(after))] * 2
            ys += [y(share), y(float(waiting))]
            share = float(waiting)
        line = Line2D([*xs, x(last)], [*ys, y(share)], zorder=4, clip_on=False, **look)
        line.set_gid(f"line:{group}")
        ax.add_line(line)
        ends.append((share, look["color"]))
    at = -small
    for share, colour in sorted(ends):  # the lowest first, so that words lie as their lines do
        at = max(y(share), at + small * 1.35)
        write(ax, right + 6, at, f"{percent(share)} waiting", size=small, bold=True, color=colour, gid="end")
    said = "; ".join(_said(group, frame[frame["group"] == group].head(12)) for group in groups)
    describe(ax, (f"{title} " if title else "") + f"Still waiting: {said}.")
    return ax


def _said(group: str, rows: pd.DataFrame) -> str:
    steps = zip(rows["after"], rows["waiting"], strict=True)
    return f"{group}: " + ", ".join(f"{percent(share)} waiting after {after} days" for after, share in steps)
