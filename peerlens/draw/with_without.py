"""Bars in two parts: what goes through one person, and what is left without. One bar a line, the whole on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 24.0, 12


def with_without(
    frame: pd.DataFrame,
    *,
    words: tuple[str, str],
    what: str,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw a bar per line, parted into what goes through one person and what is left without.

    Parameters
    ----------
    frame
        Columns `label`, `with` and `without`: shares of one whole, so that all bars add up to 1. At most twelve lines are
        drawn, the rest as one.
    words
        What the two parts are called in the key.
    what
        What 100 % is, for the line "How to read".
    ax
        The axes to draw on, else a new one as high as the lines need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each part is one rectangle whose gid is `with:` or `without:` and the label.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["Ops", "Legal"], "with": [0.5, 0.2], "without": [0.2, 0.1]})
    >>> ax = with_without(frame, words=("through you", "without you"), what="contact")
    >>> [t.get_text() for t in ax.texts if t.get_gid() == "whole"]
    ['70 %', '30 %']
    """
    rows = list(
        zip(frame["label"].astype(str), frame["with"].astype(float), frame["without"].astype(float), strict=True)
    )
    is_cut = len(rows) > MOST
    if is_cut:
        rest = rows[MOST - 1 :]
        rows = [*rows[: MOST - 1], (f"{len(rest)} others", sum(r[1] for r in rest), sum(r[2] for r in rest))]
    tall = 178 + (len(rows) if len(rows) > 1 else 0) * ROW_PT
    ax = new_axes(WIDTH_IN, tall / 72, is_fitted=True) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    colours = (mix(HUES[6], theme.paper, 0.0), mix(HUES[2], theme.paper, 0.15))
    top = header(ax, title=title, subtitle=subtitle) - 10
    how = f"the bar is all {what}, 100 %"
    if len(rows) > 1:
        how = (
            f"the top bar is all of {what}, 100 %; each bar below is one department's part of it, in per cent of the "
            "whole, on a scale of its own"
        )
    whole = (sum(r[1] for r in rows), sum(r[2] for r in rows))
    marks = [
        ({"marker": "s", "color": c, "markersize": 9}, w)
        for c, w, part in zip(colours, words, whole, strict=True)
        if part > 0
    ]
    bottom = key(ax, items=marks, bottom=footer(ax, how_to_read=how + (". Hatched: without." if whole[1] > 0 else ".")))
    lines = len(rows) + 1.6 if len(rows) > 1 else 1.6
    top = fitted(ax, top=top, bottom=bottom, body=lines * ROW_PT + 6)
    size = theme.type.label
    is_one = len(rows) == 1  # then its name stands in bold
    names = max(text_width(name, size=size, bold=is_one) for name in ["All of it", *(r[0] for r in rows)])
    names = min(names, width * 0.3)
    left, right = theme.margin + names + 14, width - theme.margin - 44
    step = (top - bottom - 6) / lines
    total = sum(whole) or 1.0
    y = top - step * 1.25
    _bar(ax, theme, label="All of it" if len(rows) > 1 else rows[0][0], parts=whole, scale=(right - left) / total,
         box=(left, y, names, step * 1.1), colours=colours, gids=True)  # fmt: skip
    if len(rows) > 1:
        drawn = rows[:-1] if is_cut else rows  # a sum of many would leave the others no room
        most = max(r[1] + r[2] for r in drawn) or 1.0
        y -= step * 0.35
        for place, (label, mine, theirs) in enumerate(rows):
            y -= step
            parts = (mine, theirs) if place < len(drawn) else (0.0, 0.0)
            _bar(ax, theme, label=label, parts=parts, scale=(right - left) / most, box=(left, y, names, step * 0.66),
                 colours=colours, gids=False)  # fmt: skip
            said = f"{(mine + theirs) * 100:.0f} %" + ("" if place < len(drawn) else " together")
            write(ax, left + sum(parts) / most * (right - left) + 6, y + step * 0.33, said, size=theme.type.small,
                  color=theme.muted, gid="whole")  # fmt: skip
    spoken = "; ".join(f"{label}: {mine:.0%} {words[0]}, {theirs:.0%} {words[1]}" for label, mine, theirs in rows)
    describe(ax, (f"{title}. " if title else "") + f"Shares of {what}. {spoken}.")
    return ax


def _bar(
    ax: Axes, theme: Theme, *, label: str, parts: tuple[float, float], scale: float,
    box: tuple[float, float, float, float], colours: tuple[str, str], gids: bool,
) -> None:  # fmt: skip
    from matplotlib.patches import Rectangle

    left, y, names, tall = box
    size = theme.type.label
    write(ax, theme.margin, y + tall / 2, shorten(label, width=names + 2, size=size, bold=gids), size=size, bold=gids,
          color=theme.ink, gid="label")  # fmt: skip
    x = left
    for i, (part, colour) in enumerate(zip(parts, colours, strict=True)):
        wide = part * scale
        if wide <= 0:
            continue
        name = f"{'with' if i == 0 else 'without'}:{label}"
        look = (
            {"hatch": "////", "edgecolor": mix(colour, theme.paper, 0.5), "linewidth": 0}
            if i
            else {"edgecolor": "none"}
        )
        ax.add_patch(Rectangle((x, y), wide, tall, facecolor=colour, zorder=3, gid=name, **look))
        said = f"{part * 100:.0f} %"
        room = text_width(said, size=size, bold=True) + 10
        if gids and wide > room:
            ax.add_patch(Rectangle((x + wide / 2 - room / 2 + 1, y + tall / 2 - size * 0.75), room - 2, size * 1.5,
                                   facecolor=colour, edgecolor="none", zorder=4, gid="plate"))  # fmt: skip
            write(ax, x + wide / 2, y + tall / 2, said, size=size, bold=True, ha="center",
                  color="#FFFFFF" if i == 0 else "#1F2328", gid="percent")  # fmt: skip
        x += wide
