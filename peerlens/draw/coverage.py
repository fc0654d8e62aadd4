"""The coverage grid: which group was reached on which occasion, and how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, mix, theme_of
from peerlens.words import MONTHS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST, WORD_PT = 9.2, 20.0, 16, 19.0
LAST = "last reached"


def coverage(
    frame: pd.DataFrame,
    *,
    order: list[str],
    marked: set[str],
    notes: dict[str, str],
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw groups as rows and occasions as columns; the more of a group was reached, the fuller its square.

    Parameters
    ----------
    frame
        Columns `group, held_on, channel` and `share` (0 to 1 of the group), every group with every occasion.
    order
        Groups from top to bottom; at most sixteen are drawn.
    marked
        Groups that were left out: their name is marked.
    notes
        A few words behind each row, such as when it was last reached.
    ax
        The axes to draw on, else a new one as high as the rows need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each filled part is one rectangle whose gid is `cell:`, the group, the day and the channel.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp("2026-03-02")
    >>> frame = pd.DataFrame({"group": ["Ops", "Legal"], "held_on": [day, day], "channel": "mail", "share": [1.0, 0.0]})
    >>> ax = coverage(frame, order=["Legal", "Ops"], marked={"Legal"}, notes={})
    >>> [p.get_gid() for p in ax.patches if str(p.get_gid()).startswith("cell")]
    ['cell:Ops:2026-03-02:mail']
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    rows = order[:MOST]
    ax = new_axes(WIDTH_IN, (206 + len(rows) * ROW_PT) / 72, is_fitted=True) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    size, small = theme.type.label, theme.type.small
    top = header(ax, title=title, subtitle=subtitle) - 40
    full = mix(HUES[2], theme.ink, 0.15)
    marks = [
        ({"marker": "s", "color": full, "markersize": 10}, "all of the group"),
        ({"marker": "s", "color": theme.paper, "markeredgecolor": theme.line, "markersize": 9}, "nobody"),
        ({"marker": ">", "color": theme.accent, "markersize": 7}, "heard hardly any of it"),
    ]
    occasions = list(dict.fromkeys(zip(frame["held_on"], frame["channel"], strict=True)))
    occasions.sort(key=lambda pair: (pair[0], pair[1]))
    names = min(max((text_width(name, size=size, bold=True) for name in rows), default=0.0), width * 0.22)
    room = max((text_width(note, size=small) for note in [*notes.values(), LAST] if notes), default=0.0)
    left, right = theme.margin + 14 + names + 12, width - theme.margin - room - 14
    wide = (right - left) / max(len(occasions), 1)
    is_tight = wide < WORD_PT  # then a dot stands for the word "met"
    how = (
        "each square is one group on one occasion; the filled part is the share of the group that was addressed, "
        f"or in the room where {'a dot stands above' if is_tight else 'it says met'}."
    )
    bottom = key(ax, items=marks if marked else marks[:2], bottom=footer(ax, how_to_read=how)) + 4
    top = fitted(ax, top=top, bottom=bottom, body=max(len(rows), 1) * ROW_PT)
    step = (top - bottom) / max(len(rows), 1)
    side = min(step * 0.78, wide * 0.8, 22.0)
    shares = {
        (group, held_on, channel): float(share)
        for group, held_on, channel, share in zip(
            frame["group"], frame["held_on"], frame["channel"], frame["share"], strict=True
        )
    }
    before, days_until, months_until = None, 0.0, 0.0
    for place, (held_on, channel) in enumerate(occasions):
        x = left + wide * (place + 0.5)
        day, month = str(held_on.day), MONTHS[held_on.month - 1]
        if x - text_width(day, size=small) / 2 >= days_until:
            write(ax, x, top + 22, day, size=small, color=theme.ink, ha="center", gid="day")
            days_until = x + text_width(day, size=small) / 2 + 3
        if before != (held_on.year, held_on.month) and x - text_width(month, size=small) / 2 >= months_until:
            write(ax, x, top + 33, month, size=small, color=theme.muted, ha="center", gid="month")
            months_until = x + text_width(month, size=small) / 2 + 4
        before = (held_on.year, held_on.month)
        if not is_tight:
            words = "met" if channel == "meeting" else channel
            write(ax, x, top + 10, shorten(words, width=wide - 2, size=small - 1), size=small - 1, color=theme.muted,
                  ha="center", gid="channel")  # fmt: skip
        elif channel == "meeting":
            ax.add_line(
                Line2D([x], [top + 10], marker="o", markersize=3.2, color=theme.muted, linestyle="None", gid="met")
            )
    for place, group in enumerate(rows):
        y = top - step * (place + 0.5)
        is_marked = group in marked
        if is_marked:
            write(ax, theme.margin, y, "▶", size=small, color=theme.accent, gid="mark")
        write(ax, theme.margin + 14, y, shorten(group, width=names + 2, size=size, bold=is_marked), size=size, bold=is_marked,
              color=theme.accent_text if is_marked else theme.ink, gid="group")  # fmt: skip
        for column, (held_on, channel) in enumerate(occasions):
            share = shares.get((group, held_on, channel), 0.0)
            x = left + wide * (column + 0.5) - side / 2
            ax.add_patch(Rectangle((x, y - side / 2), side, side, facecolor=theme.paper, edgecolor=theme.line, linewidth=0.8,
                                   zorder=2, gid="square"))  # fmt: skip
            if share > 0:
                gid = f"cell:{group}:{held_on:%Y-%m-%d}:{channel}"
                ax.add_patch(Rectangle((x, y - side / 2), side, side * min(share, 1.0), facecolor=full, edgecolor="none",
                                       zorder=3, gid=gid))  # fmt: skip
        write(ax, right + 12, y, notes.get(group, ""), size=small, color=theme.accent_text if is_marked else theme.muted,
              gid="note")  # fmt: skip
    if notes:
        write(ax, right + 12, top + 10, LAST, size=small - 1, color=theme.muted, gid="channel")
    spoken = "; ".join(
        f"{group}: reached on {sum(shares.get((group, *o), 0) > 0 for o in occasions)} of {len(occasions)} occasions"
        for group in rows
    )
    describe(ax, (f"{title}. " if title else "") + spoken + ".")
    return ax
