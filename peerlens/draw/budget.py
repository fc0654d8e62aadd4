"""A budget of hours: one bar of all meeting time, below it what large meetings take, and what ties would need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 22.0, 10
NEED = "what the ties would need"
PARTS = {
    "pays": "could pay for the ties",
    "open": "you neither organise nor follow up",
    "kept": "you organise or follow up",
    "rest": "all other meetings",
}


def budget(frame: pd.DataFrame, *, need: float, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw hours a month as bars from the largest to the smallest, and what the ties would need on the same scale.

    Parameters
    ----------
    frame
        Columns `label`, `hours` and `part`: `pays`, `open`, `kept`, or `rest` (one row, drawn as a number only).
    need
        Hours a month the ties would need; nothing is drawn for 0.
    ax
        The axes to draw on, else a new one as high as the rows need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each bar is one rectangle whose gid is its part and label; the ties' need is `need`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["Mon 10:00", "rest"], "hours": [4.0, 20.0], "part": ["pays", "rest"]})
    >>> ax = budget(frame, need=1.75)
    >>> sorted(p.get_gid() for p in ax.patches if p.get_gid() in ("need", "pays:Mon 10:00"))
    ['need', 'pays:Mon 10:00']
    """
    listed = [
        (str(label), float(hours), str(part))
        for label, hours, part in zip(frame["label"], frame["hours"], frame["part"], strict=True)
        if part != "rest"
    ]
    rows = listed[:MOST]
    rest = float(frame.loc[frame["part"] == "rest", "hours"].sum()) + sum(hours for _, hours, _ in listed[MOST:])
    theme_rows = len(rows) + (2 if need else 0)
    ax = new_axes(WIDTH_IN, (188 + max(theme_rows, 1) * ROW_PT) / 72, is_fitted=True) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    colours = _colours(theme)
    top = header(ax, title=title, subtitle=subtitle) - 8
    how = (
        "each bar is one recurring meeting of more than eight people, in your "
        f"hours a month. All other meetings, {_hours(rest)} a month, are not drawn."
    )
    parts = [part for part in ("pays", "open", "kept") if any(row[2] == part for row in rows)]
    marks = [({"marker": "s", "color": colours[part], "markersize": 9}, PARTS[part]) for part in parts]
    bottom = key(ax, items=marks, bottom=footer(ax, how_to_read=how)) if marks else footer(ax, how_to_read=how)
    size = theme.type.label
    labels = [row[0] for row in rows] + ([NEED] if need else [])
    wanted = max((text_width(label, size=size, bold=True) for label in labels), default=0.0)
    is_above = wanted > width * 0.34  # on a narrow sheet a meeting is said above its bar, not cut beside it
    row_pt = ROW_PT + (12.0 if is_above else 0.0)
    top = fitted(ax, top=top, bottom=bottom, body=max(theme_rows, 1) * row_pt + 8)
    if not rows:
        write(
            ax, theme.margin, (top + bottom) / 2, "no large recurring meeting on record", size=size, color=theme.muted
        )
        describe(ax, title)
        return ax
    names = width - 2 * theme.margin if is_above else wanted
    left, right = theme.margin + (0.0 if is_above else names + 12), width - theme.margin - 60
    scale = (right - left) / max([row[1] for row in rows] + [need])
    step = (top - bottom - 8) / max(theme_rows, 1)
    y = top
    if need:
        y -= step
        _bar(ax, theme, y, step, (left, names, is_above), (NEED, need, "need"), scale, theme.accent)
        y -= step * 0.5
    for row in rows:
        y -= step
        _bar(ax, theme, y, step, (left, names, is_above), row, scale, colours[row[2]])
    spoken = "; ".join(f"{label}: {hours:.1f} hours, {PARTS[part]}" for label, hours, part in rows)
    describe(ax, f"{title}. {spoken}.".replace("..", "."))
    return ax


def _colours(theme: Theme) -> dict[str, str]:
    return {"pays": HUES[1], "open": mix(HUES[1], theme.paper, 0.3), "kept": mix(theme.muted, theme.paper, 0.5)}


def _hours(hours: float) -> str:
    minutes = round(hours * 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60:02d}" if minutes % 60 else "")


def _bar(
    ax: Axes, theme: Theme, y: float, step: float, place: tuple[float, float, bool], row: tuple[str, float, str], scale: float,
    colour: str,
) -> None:  # fmt: skip
    from matplotlib.patches import Rectangle

    (left, names, is_above), (label, hours, part), size = place, row, theme.type.label
    tall = (step - 12) * 0.66 if is_above else step * 0.66
    is_marked = part in ("pays", "need")
    shown = shorten(label, width=names + 2, size=size, bold=is_marked)
    at = y + tall + 7 if is_above else y + tall / 2
    write(ax, theme.margin, at, shown, size=size, bold=is_marked, color=theme.ink, gid="label")
    gid = "need" if part == "need" else f"{part}:{label}"
    look = (
        {"hatch": "////", "edgecolor": mix(colour, theme.paper, 0.5), "linewidth": 0}
        if part == "open"
        else {"edgecolor": "none"}
    )
    ax.add_patch(Rectangle((left, y), max(hours * scale, 1.0), tall, facecolor=colour, zorder=3, gid=gid, **look))
    write(
        ax,
        left + hours * scale + 6,
        y + tall / 2,
        _hours(hours),
        size=size,
        color=theme.ink,
        bold=is_marked,
        gid="hours",
    )
