"""The pyramid: what one person reaches at each level, the own department to the left, the others to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import listed, text_width, write
from peerlens.draw.theme import GREY, OTHER, Theme, contrast, department_colours, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, GAP_PT = 9.2, 34.0, 8.0
HUED = 8
MOST_LINES, LINE_PT = 2, 13.0
"""for the departments without a tie"""
HOW_TO_READ = (
    "each bar is one level, the most senior on top; its parts are departments, as wide as the number of people there "
    "with a live tie to you. Left of the level: your own department; right: the others."
)


def pyramid(
    frame: pd.DataFrame,
    *,
    levels: Sequence[str],
    own_level: str = "",
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw a bar to either side for each level, parted by department.

    Parameters
    ----------
    frame
        Columns `level`, `department`, `count` (people; 0: there are people, none reached) and `own` (whether it is the own
        department).
    levels
        All levels, most senior first.
    own_level
        The level to mark as one's own.
    ax
        The axes to draw on, else a new one as high as the levels need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each part is one rectangle whose gid is `reach:` with level and department.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("1", "A", 1, True), ("2", "A", 2, True), ("2", "B", 3, False)]
    >>> frame = pd.DataFrame(rows, columns=["level", "department", "count", "own"])
    >>> ax = pyramid(frame, levels=["1", "2"])
    >>> [t.get_text() for t in ax.texts if t.get_gid() == "count"]
    ['1', '2', '3']
    """
    if ax is None:
        ax = new_axes(WIDTH_IN, (218 + len(levels) * (ROW_PT + GAP_PT)) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 8
    sums = frame[~frame["own"]].groupby("department")["count"].sum()
    reached = [str(name) for name in sums[sums > 0].sort_values(ascending=False, kind="stable").index]
    own = sorted({str(name) for name in frame.loc[frame["own"] & (frame["count"] > 0), "department"]})
    hued = reached[: HUED - len(own)]  # the same eight as on the wheel, so that a department has one colour on a page
    named = reached if len(reached) <= len(hued) + 1 else hued
    colours = department_colours([*own, *hued])
    missing = sorted(str(name) for name in sums.index[sums == 0])
    items = [({"marker": "s", "color": colours.get(name, GREY), "markersize": 9}, name) for name in [*own, *named]]
    if len(named) < len(reached):
        items.append(({"marker": "s", "color": GREY, "markersize": 9}, OTHER))
    floor = key(ax, items=items, bottom=footer(ax, how_to_read=HOW_TO_READ) + 2)
    if missing:
        size = theme.type.label
        lines = listed("No live tie yet: ", missing, width=width - 2 * theme.margin, size=size, most=MOST_LINES)
        for line in reversed(lines):
            write(ax, theme.margin, floor + 10, line, size=size, color=theme.ink, gid="missing")
            floor += LINE_PT
        floor += 20 - LINE_PT
    middle = max(
        (text_width(_level_words(level, own_level), size=theme.type.label, bold=True) for level in levels), default=0
    )
    heads = theme.type.small
    top = fitted(ax, top=top, bottom=floor, body=heads + 8 + max(len(levels), 1) * (ROW_PT + GAP_PT))
    step = (top - heads - 8 - floor) / max(len(levels), 1)
    bars = {level: frame[(frame["level"] == level) & (frame["count"] > 0)] for level in levels}
    left = max((int(rows.loc[rows["own"], "count"].sum()) for rows in bars.values()), default=0)
    right = max((int(rows.loc[~rows["own"], "count"].sum()) for rows in bars.values()), default=0)
    unit = (width - 2 * theme.margin - middle - 40) / max(left + right, 6)
    unit = min(unit, 34.0)
    centre = theme.margin + left * unit + 10 + middle / 2
    for x, words, ha in (
        (centre - middle / 2 - 10, "own department", "right"),
        (centre + middle / 2 + 10, "other departments", "left"),
    ):
        wide = text_width(words, size=heads)
        at = max(x, theme.margin + wide) if ha == "right" else x
        if ha == "left" or at <= centre:
            write(ax, at, top - heads / 2, words, size=heads, color=theme.muted, ha=ha, gid="side")
    for place, level in enumerate(levels):
        tall = min(ROW_PT, step * 0.8)
        y = top - heads - 8 - step * place - step / 2 - tall / 2
        words = _level_words(level, own_level)
        write(
            ax,
            centre,
            y + tall / 2,
            words,
            size=theme.type.label,
            bold=level == own_level,
            color=theme.ink,
            ha="center",
            gid="level",
        )
        if bars[level].empty:
            write(
                ax,
                centre + middle / 2 + 10,
                y + tall / 2,
                "nobody",
                size=theme.type.small,
                color=theme.muted,
                gid="none",
            )
        for mine, way in ((True, -1), (False, 1)):
            rows = bars[level][bars[level]["own"] == mine]
            order = sorted(
                zip(rows["department"].astype(str), rows["count"], strict=True), key=lambda r: _order(r[0], named)
            )
            x = centre + way * (middle / 2 + 10)
            for department, count in order:
                wide = unit * int(count)
                _part(
                    ax,
                    theme,
                    (x if way > 0 else x - wide, y, wide, tall),
                    colours.get(department, GREY),
                    f"{level}:{department}",
                    int(count),
                )
                x += way * wide
    said = []
    for level in levels:
        parts = ", ".join(
            f"{row.department} {row.number}"
            for row in bars[level].rename(columns={"count": "number"}).itertuples(index=False)
        )
        said.append(f"{_level_words(level, '')}: {parts or 'nobody'}")
    describe(ax, (f"{title} " if title else "") + "People reached by level and department. " + "; ".join(said) + ".")
    return ax


def _level_words(level: str, own: str) -> str:
    return f"level {level}" + (" (yours)" if level == own and own else "")


def _order(department: str, named: list[str]) -> tuple[int, str]:
    return (named.index(department) if department in named else len(named), department)


def _part(ax: Axes, theme: Theme, box: tuple[float, float, float, float], colour: str, name: str, count: int) -> None:
    from matplotlib.patches import Rectangle

    (x, y, wide, tall), department = box, name.partition(":")[2]
    part = Rectangle(
        (x, y), wide, tall, facecolor=colour, edgecolor=theme.paper, linewidth=1.4, zorder=3, gid=f"reach:{name}"
    )
    ax.add_patch(part)
    size = theme.type.label
    ink = max(("#1F2328", "#FFFFFF"), key=lambda c: contrast(c, colour))
    if text_width(str(count), size=size, bold=True) + 4 <= wide:
        named = text_width(department, size=theme.type.small) + 8 <= wide and tall >= 28
        up = 5 if named else 0
        write(
            ax, x + wide / 2, y + tall / 2 + up, str(count), size=size, bold=True, color=ink, ha="center", gid="count"
        )
        if named:  # the name is the second cue beside the colour
            write(
                ax,
                x + wide / 2,
                y + tall / 2 - 7,
                department,
                size=theme.type.small,
                color=ink,
                ha="center",
                gid="name",
            )
