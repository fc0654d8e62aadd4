"""Swim-lanes: one lane per person, marks along time, and a line between marks that belong together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import NARROW, describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.rhythm import months
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 28.0, 10
MARKERS = ("o", "D", "^", "*")
BESIDE = 7.0
"""points between the marks of one day"""


def lanes(
    frame: pd.DataFrame,
    *,
    first: dt.date,
    last: dt.date,
    steps: Mapping[str, str],
    open_words: str,
    how_to_read: str,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw loops in lanes: their steps as marks, joined by a line; a loop still open goes on as a broken line.

    Parameters
    ----------
    frame
        One row per loop: `lane`, `note` (small words), one column of days per step (missing: not taken), `is_open` (the line
        goes on to `last`); at most ten lanes are drawn, in the order they come.
    first, last
        First and last day drawn.
    steps
        Column name and words of up to four steps, in order.
    open_words
        What a broken line means.
    how_to_read
        What a lane is.
    ax
        The axes to draw on, else a new one as high as the lanes need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each mark is a line artist whose gid is `step:` with column and lane.

    Examples
    --------
    >>> import pandas as pd
    >>> day = dt.date(2026, 3, 2)
    >>> frame = pd.DataFrame({"lane": ["Ann"], "note": [""], "asked": [day], "answered": [None], "is_open": [True]})
    >>> ax = lanes(frame, first=day, last=dt.date(2026, 6, 30), steps={"asked": "you asked", "answered": "answer"},
    ...            open_words="open", how_to_read="a lane.")
    >>> [line.get_gid() for line in ax.lines if str(line.get_gid()).startswith("step:")]
    ['step:asked:Ann']
    """
    names = list(dict.fromkeys(frame["lane"].astype(str)))[:MOST]
    if ax is None:
        ax = new_axes(WIDTH_IN, (158 + max(len(names), 1) * ROW_PT) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 6
    looks = _looks(list(steps), theme)
    items: list[tuple[dict[str, Any], str]] = [
        (looks[step], words) for step, words in steps.items() if frame[step].notna().any()
    ]
    if frame["is_open"].any():
        items.append(({"color": theme.accent, "linewidth": 1.6, "linestyle": (0, (3, 2)), "marker": ""}, open_words))
    floor = key(ax, items=items, bottom=footer(ax, how_to_read=how_to_read)) + 18
    top = fitted(ax, top=top, bottom=floor, body=max(len(names), 1) * ROW_PT)
    size, small = theme.type.label, theme.type.small
    notes = frame.drop_duplicates("lane").set_index("lane")["note"]
    wide = [text_width(n, size=size, bold=True) for n in names] + [text_width(str(n), size=small) for n in notes]
    left = theme.margin + min(max(wide, default=0), width * (0.3 if width > NARROW else 0.4)) + 12
    right = width - theme.margin - 5 - BESIDE * (len(steps) - 1)  # steps of the last day stand side by side
    span = max((last - first).days, 1)

    def x(day: Any) -> float:
        when = dt.date.fromisoformat(str(day)[:10])
        return left + (right - left) * min(max((when - first).days / span, 0.0), 1.0)

    months(ax, theme, x=x, first=first, last=last, at=floor, reach=(top - floor) / 2)
    step_pt = (top - floor) / max(len(names), 1)
    for place, name in enumerate(names):
        middle, room = top - step_pt * (place + 0.5), left - theme.margin - 11
        note = str(notes[name]) if notes[name] else ""
        write(
            ax,
            theme.margin,
            middle + (5.5 if note else 0),
            shorten(name, width=room, size=size, bold=True),
            size=size,
            bold=True,
            color=theme.ink,
            gid="lane",
        )
        if note:
            write(
                ax,
                theme.margin,
                middle - 5.5,
                shorten(note, width=room, size=small),
                size=small,
                color=theme.muted,
                gid="note",
            )
        for row in frame[frame["lane"] == name].to_dict("records"):
            _loop(ax, theme, row, steps=list(steps), looks=looks, x=x, y=middle, last=last)
    if not names:
        write(
            ax,
            (left + right) / 2,
            (top + floor) / 2,
            "none in this period",
            size=size,
            color=theme.muted,
            ha="center",
            gid="none",
        )
    said = [_said(row, steps, open_words) for row in frame[frame["lane"].isin(names)].to_dict("records")]
    describe(ax, (f"{title} " if title else "") + "; ".join(said) + ".")
    return ax


def _said(row: dict[Any, Any], steps: Mapping[str, str], open_words: str) -> str:
    taken = [f"{words} {say_day(row[step])}" for step, words in steps.items() if _is_day(row[step])]
    return f"{row['lane']}: {', '.join(taken)}" + (f" ({open_words})" if row["is_open"] else "")


def _is_day(value: Any) -> bool:
    return value is not None and str(value) not in {"NaT", "nan"}


def _looks(steps: list[str], theme: Theme) -> dict[str, dict[str, Any]]:
    colours = [mix(colour, theme.ink, 0.3) for colour in (HUES[0], HUES[4], HUES[2], HUES[1])]
    looks = {}
    for place, step in enumerate(steps):
        size = 11 if MARKERS[place] == "*" else 8
        looks[step] = {
            "marker": MARKERS[place],
            "color": colours[place],
            "markersize": size,
            "markeredgewidth": 1.0,
            "markeredgecolor": theme.paper,
        }
    return looks


def _loop(
    ax: Axes,
    theme: Theme,
    row: dict[Any, Any],
    *,
    steps: list[str],
    looks: dict[str, dict[str, Any]],
    x: Any,
    y: float,
    last: dt.date,
) -> None:
    from matplotlib.lines import Line2D

    taken = [(step, row[step]) for step in steps if _is_day(row[step])]
    if not taken:
        return
    ends = [x(day) for _, day in taken]
    ax.add_line(
        Line2D([min(ends), max(ends)], [y, y], color=mix(theme.muted, theme.paper, 0.3), linewidth=1.6, zorder=3)
    )
    if row["is_open"]:
        ax.add_line(
            Line2D([max(ends), x(last)], [y, y], color=theme.accent, linewidth=1.6, linestyle=(0, (3, 2)), zorder=3)
        )
    before: list[float] = []
    for (step, _), at in zip(taken, ends, strict=True):
        # Steps of one day stand side by side, in their order.
        while any(abs(at - other) < BESIDE for other in before):
            at += BESIDE
        before.append(at)
        mark = Line2D([at], [y], linestyle="None", zorder=6, clip_on=False, **looks[step])
        mark.set_gid(f"step:{step}:{row['lane']}")
        ax.add_line(mark)
