"""Starts: department by department, what a person began to the right of a line and what others began to the left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, BAR_PT, MOST = 9.2, 25.0, 15.0, 8
NUMBER_PT = 30.0
"""room for a number at the end of a bar"""


def starts(frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw how many threads and series a person began with each department, and how many others did.

    Parameters
    ----------
    frame
        Columns `department, began` (by the person), `kept_going` (by others); one row per thread or series and department in
        it. Departments beyond the eight with most are one row of numbers.
    ax
        The axes to draw on, else a new one as high as the departments need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Bars have the gids `mine:`, `kept:` (the part of it that others kept going) and `theirs:`, and the department.

    Examples
    --------
    >>> frame = pd.DataFrame({"department": ["Ops"] * 3, "began": [True, True, False], "kept_going": [False, True, False]})
    >>> ax = starts(frame)
    >>> [p.get_gid() for p in ax.patches if str(p.get_gid()).endswith(":Ops")]
    ['theirs:Ops', 'mine:Ops', 'kept:Ops']
    """
    from matplotlib.patches import Rectangle

    rows = _rows(frame)
    ax = new_axes(WIDTH_IN, (150 + max(len(rows), 1) * ROW_PT) / 72, is_fitted=True) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    colours = _colours(theme)
    top = header(ax, title=title, subtitle=subtitle) - 26
    marks = [({"marker": "s", "color": colours["kept"], "markersize": 9}, "begun by you, and others kept it going")]
    how = "each row counts threads and series with one department; what has people of two departments counts in both rows."
    bottom = footer(ax, how_to_read=how)
    bottom = key(ax, items=marks, bottom=bottom) if any(row["kept"] for row in rows) else bottom + 10
    top = fitted(ax, top=top, bottom=bottom, body=max(len(rows), 1) * ROW_PT)
    size = theme.type.label
    names = max((text_width(row["name"], size=size, bold=True) for row in rows), default=0.0)
    left = theme.margin + min(names, width * 0.3) + 12
    drawn = [row for row in rows if row["is_one"]]  # a sum of many would leave the others no room
    most = {side: max((row[side] for row in drawn), default=0) for side in ("theirs", "mine")}
    free = width - theme.margin - left - 2 * NUMBER_PT
    unit = free / max(most["theirs"] + most["mine"], 1)
    middle = left + NUMBER_PT + most["theirs"] * unit
    for words, x, ha in (("begun by others", middle - 6, "right"), ("begun by you", middle + 6, "left")):
        x = max(x, left + text_width(words, size=theme.type.small)) if ha == "right" else x
        write(ax, x, top + 10, words, size=theme.type.small, color=theme.muted, ha=ha, gid="side")
    if not rows:
        said = "nothing begun across departments in this half year"
        write(ax, theme.margin, (top + bottom) / 2, said, size=size, color=theme.muted, gid="empty")
    for place, row in enumerate(rows):
        y = top - ROW_PT * place - ROW_PT / 2
        shown = shorten(row["name"], width=left - theme.margin - 10, size=size, bold=True)
        write(ax, theme.margin, y, shown, size=size, bold=True, color=theme.ink, gid="label")
        for side, way in (("theirs", -1), ("mine", 1), ("kept", 1)):
            wide = row[side] * unit if row["is_one"] else 0.0
            start = middle + way * 1.0 if way > 0 else middle - 1.0 - wide
            if wide:
                ax.add_patch(Rectangle((start, y - BAR_PT / 2), wide, BAR_PT, facecolor=colours[side], edgecolor="none",
                                       zorder=3, gid=f"{side}:{row['name']}"))  # fmt: skip
        for side, way, ha in (("theirs", -1, "right"), ("mine", 1, "left")):
            ink, x = (theme.ink if way > 0 else theme.muted), middle + way * (row[side] * unit * row["is_one"] + 6)
            write(ax, x, y, str(row[side]), size=size, bold=way > 0, color=ink, ha=ha, gid=f"count-{side}")
    if rows:
        ax.add_patch(Rectangle((middle - 0.5, top - ROW_PT * len(rows)), 1.0, ROW_PT * len(rows), facecolor=theme.muted,
                               edgecolor="none", zorder=4, gid="middle"))  # fmt: skip
    said = "; ".join(
        f"{row['name']}: {row['mine']} of {row['mine'] + row['theirs']} begun by you"
        + (f", {row['kept']} of them kept going by others" if row["kept"] else "")
        for row in rows
    )
    describe(ax, (f"{title} " if title else "") + f"{said or 'Nothing begun'}.")
    return ax


def _colours(theme: Theme) -> dict[str, str]:
    own = mix(HUES[0], theme.ink, 0.1)
    return {"mine": own, "kept": mix(own, theme.ink, 0.55), "theirs": mix(theme.muted, theme.paper, 0.55)}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Count by department, most first; what is beyond eight rows is one."""
    own = frame["began"].astype(bool)
    count = pd.DataFrame(
        {
            "name": frame["department"].astype(str),
            "mine": own.astype(int),
            "theirs": (~own).astype(int),
            "kept": (own & frame["kept_going"].astype(bool)).astype(int),
        }
    )
    sums = count.groupby("name").sum().assign(all=lambda f: f["mine"] + f["theirs"]).reset_index()
    sums = sums.sort_values(["all", "name"], ascending=[False, True], ignore_index=True).drop(columns="all")
    is_cut = len(sums) > MOST
    if is_cut:
        rest = sums.iloc[MOST - 1 :]
        others = pd.DataFrame([{"name": f"{len(rest)} others", **rest[["mine", "theirs", "kept"]].sum().to_dict()}])
        sums = pd.concat([sums.iloc[: MOST - 1], others], ignore_index=True)
    sums["is_one"] = [place < MOST - 1 or not is_cut for place in range(len(sums))]
    return [
        {name: str(value) if name == "name" else int(value) for name, value in row.items()}
        for row in sums.to_dict("records")
    ]
