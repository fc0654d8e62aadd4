"""The silo strip: how much contact stays inside each group, beside what size and activity alone would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 24.0, 40
INSIDE = "#2166AC"
HOW_TO_READ = (
    "the dot is the share of a group's contact that stays inside it; the open diamond is what size and activity alone "
    "would give. "
    "The further the dot lies to the right of the diamond, the more the group keeps to itself. Shares are rounded to tenths."
)


def silos(frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw one line a group, from the expected share inside to the observed.

    Parameters
    ----------
    frame
        Columns `group`, `inside_share`, `expected_share` (0 to 1, missing where withheld).
    ax
        The axes to draw on, else a new one as high as the groups need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each dot is one line artist whose gid is `inside:` with the group.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = silos(pd.DataFrame({"group": ["A"], "inside_share": [0.7], "expected_share": [0.2]}), title="A keeps to itself")
    >>> [t.get_text() for t in ax.texts if t.get_gid() == "share"]
    ['70 %']
    """
    missing = [name for name in ("group", "inside_share", "expected_share") if name not in frame.columns]
    if missing:
        raise ValueError(
            f"The silo strip needs the columns group, inside_share, expected_share; missing: {', '.join(missing)}."
        )
    rows = list(zip(frame["group"], frame["inside_share"], frame["expected_share"], strict=True))
    rows.sort(key=lambda row: str(row[0]))  # by name: a list from most to least would be a ranking
    if len(rows) > MOST:
        # Those farthest from expectation, and withheld ones last; drawn by name all the same.
        rows.sort(key=lambda row: (-abs(row[1] - row[2]) if row[1] - row[2] == row[1] - row[2] else 1.0, str(row[0])))
        note = f"{MOST} of {len(rows):,} groups are drawn, those farthest from expectation, by name"
        subtitle = f"{subtitle} · {note}" if subtitle else note
        rows = sorted(rows[:MOST], key=lambda row: str(row[0]))
    if ax is None:
        ax = new_axes(WIDTH_IN, height_in(len(rows)), is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 26
    bottom = footer(ax, how_to_read=HOW_TO_READ) + 16
    size = theme.type.label
    names = min(max((text_width(str(row[0]), size=size) for row in rows), default=0.0), width * 0.3)
    left, right = theme.margin + names + 14, width - theme.margin - 44
    top = fitted(ax, top=top, bottom=bottom, body=ROW_PT * max(len(rows), 1))
    step = min(ROW_PT, (top - bottom) / max(len(rows), 1))
    for tenth in range(0, 11, 2):
        x = left + (right - left) * tenth / 10
        ax.plot([x, x], [top - step * len(rows) + 2, top], color=theme.hairline, linewidth=1, zorder=1)
        write(ax, x, top + 9, f"{tenth * 10} %", size=theme.type.small, color=theme.muted, ha="center", gid="axis")
    for at, (name, inside, expected) in enumerate(rows):
        y = top - step * (at + 0.5)
        write(ax, theme.margin, y, shorten(name, width=names + 1, size=size), size=size, color=theme.ink, gid="group")
        if inside != inside or expected != expected:
            write(
                ax,
                left,
                y,
                "withheld, or no contact on record",
                size=theme.type.small,
                color=theme.muted,
                gid="withheld",
            )
            continue
        ends = [left + (right - left) * share for share in (expected, inside)]
        ax.plot(ends, [y, y], color=INSIDE, linewidth=2.4, alpha=0.45, zorder=2, solid_capstyle="butt")
        ax.plot([ends[0]], [y], marker="D", markersize=6, markerfacecolor=theme.paper, markeredgecolor=theme.muted,
                markeredgewidth=1.4, linestyle="None", zorder=3, gid=f"expected:{name}")  # fmt: skip
        ax.plot(
            [ends[1]], [y], marker="o", markersize=8, color=INSIDE, linestyle="None", zorder=4, gid=f"inside:{name}"
        )
        write(ax, max(ends) + 10, y, f"{inside * 100:.0f} %", size=size, bold=True, color=theme.ink, gid="share")
    in_points(ax)
    said = "; ".join(f"{n}: {i * 100:.0f} % inside, {e * 100:.0f} % expected" for n, i, e in rows if i == i and e == e)
    describe(ax, (f"{title}. " if title else "") + f"Share of contact inside each group. {said}.")
    return ax


def height_in(groups: int) -> float:
    """Return how high a sheet has to be for so many groups, in inches.

    Examples
    --------
    >>> height_in(6) < height_in(MOST) == height_in(400)
    True
    """
    return (170 + ROW_PT * min(groups, MOST)) / 72
