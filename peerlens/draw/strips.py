"""Strips: one line of days per person, one above the other, so that rhythms can be compared."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from peerlens.draw.canvas import NARROW, describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.rhythm import months
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, mix, theme_of
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 30.0, 10


def strips(
    frame: pd.DataFrame,
    *,
    first: dt.date,
    last: dt.date,
    words: tuple[str, str],
    how_to_read: str,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw a strip of days per line, tall bars for one kind of day and short ones for the other.

    Parameters
    ----------
    frame
        Columns `label`, `note` (small words below it), `day` (missing for a line without any) and `tall`; at most ten lines
        are drawn, in the order they come.
    first, last
        First and last day of the strips.
    words
        What tall and short bars are.
    how_to_read
        What a line is.
    ax
        The axes to draw on, else a new one as high as the lines need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each day is one rectangle whose gid is `day:` with label and date.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["Ann"], "note": [""], "day": [dt.date(2026, 3, 2)], "tall": [True]})
    >>> ax = strips(frame, first=dt.date(2026, 1, 1), last=dt.date(2026, 6, 30), words=("a", "b"), how_to_read="a line.")
    >>> [p.get_gid() for p in ax.patches if str(p.get_gid()).startswith("day:")]
    ['day:Ann:2026-03-02']
    """
    from matplotlib.patches import Rectangle

    labels = list(dict.fromkeys(frame["label"].astype(str)))[:MOST]
    if ax is None:
        ax = new_axes(WIDTH_IN, (158 + len(labels) * ROW_PT) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 6
    tall_colour, short_colour = mix(HUES[0], theme.ink, 0.35), mix(theme.muted, theme.paper, 0.35)
    days = frame.dropna(subset=["day"])
    items = [
        ({"marker": "|", "color": colour, "markersize": size, "markeredgewidth": 2.2}, word)
        for is_tall, word, colour, size in ((True, words[0], tall_colour, 11), (False, words[1], short_colour, 6))
        if (days["tall"] == is_tall).any()
    ]
    floor = key(ax, items=items, bottom=footer(ax, how_to_read=how_to_read)) + 18
    top = fitted(ax, top=top, bottom=floor, body=max(len(labels), 1) * ROW_PT)
    size, small = theme.type.label, theme.type.small
    notes = frame.drop_duplicates("label").set_index("label")["note"]
    wide = min(
        max(
            [text_width(n, size=size, bold=True) for n in labels] + [text_width(str(n), size=small) for n in notes],
            default=0,
        ),
        width * (0.3 if width > NARROW else 0.4),
    )
    left, right = theme.margin + wide + 12, width - theme.margin
    step = (top - floor) / max(len(labels), 1)
    span = (last - first).days + 1

    def x(day: dt.date) -> float:
        return left + (right - left) * (day - first).days / span

    if not labels:
        write(ax, width / 2, (top + floor) / 2, "nobody to show", size=size, color=theme.muted, ha="center", gid="none")
        describe(ax, f"{title} Nobody to show.".strip())
        return ax
    months(ax, theme, x=x, first=first, last=last, at=floor, reach=(top - floor) / 2)
    bar = max((right - left) / span * 0.9, 1.2)
    for place, label in enumerate(labels):
        middle = top - step * (place + 0.5)
        note = str(notes[label]) if notes[label] else ""
        write(
            ax,
            theme.margin,
            middle + (5.5 if note else 0),
            shorten(label, width=wide + 1, size=size, bold=True),
            size=size,
            bold=True,
            color=theme.ink,
            gid="label",
        )
        if note:
            write(
                ax,
                theme.margin,
                middle - 5.5,
                shorten(note, width=wide + 1, size=small),
                size=small,
                color=theme.muted,
                gid="note",
            )
        ax.add_patch(
            Rectangle(
                (left, middle - 0.4),
                right - left,
                0.8,
                facecolor=theme.line,
                edgecolor="none",
                zorder=2,
                gid="baseline",
            )
        )
        own = days[days["label"] == label].groupby("day")["tall"].max()
        for day, is_tall in own.items():
            when = dt.date.fromisoformat(str(day)[:10])
            high = step * (0.36 if is_tall else 0.17)
            ax.add_patch(
                Rectangle(
                    (x(when), middle - high),
                    bar,
                    2 * high,
                    facecolor=tall_colour if is_tall else short_colour,
                    edgecolor="none",
                    zorder=3,
                    gid=f"day:{label}:{when}",
                )
            )
        if own.empty:
            write(ax, left + 4, middle + 6, "none in this period", size=small, color=theme.muted, gid="none")
    counts = days[days["tall"]].groupby("label")["day"].nunique()
    said = "; ".join(f"{label}: {int(counts.get(label, 0))} days ({words[0]})" for label in labels)
    describe(ax, (f"{title} " if title else "") + f"{said}; {say_day(first)} to {say_day(last)}.")
    return ax
