"""Dumbbells: two marks a line on one scale, and the distance between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import NARROW, describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 24.0, 16


def dumbbell(
    frame: pd.DataFrame,
    *,
    words: tuple[str, str],
    ends: tuple[str, str],
    how_to_read: str,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw two marks per line between two ends of a scale; lines that matter are joined in the accent colour.

    Parameters
    ----------
    frame
        Columns `label`, `one`, `two` (0 to 1; missing: no such mark), `stands_out`, and, if known, `note`; at most sixteen
        lines are drawn, in the order they come.
    words
        What the first (a disc) and the second mark (a diamond) are.
    ends
        What 0 and 1 are.
    how_to_read
        What a line is.
    ax
        The axes to draw on, else a new one as high as the lines need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. The marks of a line have the gids `one:` and `two:` and the label.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["Ann"], "one": [1.0], "two": [0.2], "stands_out": [True]})
    >>> ax = dumbbell(frame, words=("you think", "log"), ends=("least", "most"), how_to_read="a line.")
    >>> [line.get_gid() for line in ax.lines if str(line.get_gid()).startswith(("one:", "two:"))]
    ['one:Ann', 'two:Ann']
    """
    from matplotlib.lines import Line2D

    rows = frame.head(MOST).to_dict("records")
    if ax is None:
        ax = new_axes(WIDTH_IN, (164 + max(len(rows), 1) * ROW_PT) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 22
    looks: list[dict[str, Any]] = [
        {"marker": "o", "color": mix(HUES[1], theme.ink, 0.15), "markersize": 9},
        {"marker": "D", "color": mix(HUES[0], theme.ink, 0.3), "markersize": 7.5},
    ]
    items = list(zip(looks, words, strict=True))
    if any(row["stands_out"] for row in rows):
        items.append(({"color": theme.accent, "linewidth": 2.2, "linestyle": "-", "marker": ""}, "far apart"))
    floor = key(ax, items=items, bottom=footer(ax, how_to_read=how_to_read)) + 8
    top = fitted(ax, top=top, bottom=floor, body=max(len(rows), 1) * ROW_PT)
    size, small = theme.type.label, theme.type.small
    wide = [text_width(str(row["label"]), size=size, bold=bool(row["stands_out"])) for row in rows]
    left = theme.margin + min(max(wide, default=0), width * (0.3 if width > NARROW else 0.36)) + 16
    notes = [text_width(str(row.get("note") or ""), size=small) for row in rows]
    right = width - theme.margin - 10 - min(max(notes, default=0), width * 0.28)
    # Where the scale is short, its two ends are said outwards from it.
    is_short = sum(text_width(end, size=small) for end in ends) + 12 > right - left
    out, back = ("right", "left") if is_short else ("left", "right")
    inset = (right - left) / 3 if is_short else 0.0
    write(ax, left + inset, top + 12, ends[0], size=small, color=theme.muted, ha=out, gid="end")
    write(ax, right - inset, top + 12, ends[1], size=small, color=theme.muted, ha=back, gid="end")
    step = (top - floor) / max(len(rows), 1)
    for place, row in enumerate(rows):
        y, label = top - step * (place + 0.5), str(row["label"])
        ax.add_line(Line2D([left, right], [y, y], color=theme.hairline, linewidth=0.8, zorder=1))
        bold = bool(row["stands_out"])
        shown = shorten(label, width=left - theme.margin - 12, size=size, bold=bold)
        write(ax, theme.margin, y, shown, size=size, bold=bold, color=theme.ink, gid="label")
        at = [left + 6 + (right - left - 12) * row[side] if row[side] == row[side] else None for side in ("one", "two")]
        known = [x for x in at if x is not None]
        if len(known) == 2:
            colour = theme.accent if row["stands_out"] else mix(theme.muted, theme.paper, 0.5)
            ax.add_line(Line2D(known, [y, y], color=colour, linewidth=2.2 if row["stands_out"] else 1.2, zorder=3))
        for side, x, look in zip(("one", "two"), at, looks, strict=True):
            if x is None:
                continue
            if side == "one" and len(known) == 2 and abs(known[0] - known[1]) < 3:
                look = {**look, "markersize": 14}  # seen as a ring around the other mark
            mark = Line2D([x], [y], linestyle="None", zorder=5, clip_on=False, markeredgecolor=theme.paper, **look)
            mark.set_gid(f"{side}:{label}")
            ax.add_line(mark)
        if row.get("note"):
            ink = theme.accent_text if row["stands_out"] else theme.muted
            room = width - theme.margin - right - 6
            write(ax, right + 8, y, shorten(row["note"], width=room, size=small), size=small, color=ink, gid="note")
    if not rows:
        write(
            ax,
            (left + right) / 2,
            (top + floor) / 2,
            "nothing to compare",
            size=size,
            color=theme.muted,
            ha="center",
            gid="none",
        )
    said = "; ".join(f"{row['label']}: {row.get('note') or ''}" for row in rows)
    describe(ax, (f"{title} " if title else "") + f"{words[0]} against {words[1]}, by line. {said}.")
    return ax
