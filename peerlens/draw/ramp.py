"""Ramps: how two numbers grew week by week, each inside the band of those who started earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN, GAP, PANEL_PT = 9.2, 4.4, 46.0, 150.0


def ramp(
    frame: pd.DataFrame, *, measures: dict[str, str], weeks: int, ax: Axes | None = None, title: str = "", subtitle: str = ""
) -> Axes:  # fmt: skip
    """Draw one panel per measure: the own line by week, and behind it the band of others where there is one.

    Parameters
    ----------
    frame
        One row a week: `week` (from 1), each measure, and optionally `<measure>_median`, `_low`, `_high` (missing where too few
        people stand behind it).
    measures
        Column to heading, from left to right.
    weeks
        Where the time axis ends.
    ax
        The axes to draw on, else a new one.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each own line has the gid `own:` and its measure, each band `band:`, each median `median:`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"week": [1, 2], "peers": [1, 3]})
    >>> ax = ramp(frame, measures={"peers": "Peers met"}, weeks=26)
    >>> [line.get_gid() for line in ax.lines if str(line.get_gid()).startswith("own")]
    ['own:peers']
    """
    ax = new_axes(WIDTH_IN, HEIGHT_IN, is_fitted=True) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 30
    known = [name for name in measures if f"{name}_median" in frame and frame[f"{name}_median"].notna().any()]
    ranged = [name for name in known if frame[f"{name}_low"].notna().any()]
    colour = mix(HUES[0], theme.ink, 0.25)
    marks = [({"linewidth": 2.4, "color": colour, "marker": "o", "markersize": 5, "linestyle": "-"}, "you")]
    if known:
        marks.append(({"linewidth": 1.4, "color": theme.muted, "linestyle": (0, (4, 2))}, "middle of earlier starters"))
    if ranged:
        marks.append(
            ({"marker": "s", "color": mix(theme.muted, theme.paper, 0.75), "markersize": 9}, "their middle half")
        )
    how = (
        "the line only rises: somebody met once stays met. A flat stretch is "
        "not a fault; it is a time to ask for an introduction."
    )
    bottom = key(ax, items=marks, bottom=footer(ax, how_to_read=how)) + 26
    top = fitted(ax, top=top, bottom=bottom, body=PANEL_PT)
    panel = (width - 2 * theme.margin - GAP * (len(measures) - 1)) / len(measures)
    for place, (name, heading) in enumerate(measures.items()):
        left = theme.margin + place * (panel + GAP)
        _panel(ax, theme, frame, name, heading, weeks, (left + 16, bottom, left + panel - 18, top), colour)
    now = frame.iloc[-1]
    said = ", ".join(f"{heading.lower()}: {int(now[name])}" for name, heading in measures.items())
    describe(ax, (f"{title}. " if title else "") + f"In week {int(now['week'])}, {said}.")
    return ax


def _panel(
    ax: Axes, theme: Theme, frame: pd.DataFrame, name: str, heading: str, weeks: int,
    box: tuple[float, float, float, float], colour: str,
) -> None:  # fmt: skip
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon, Rectangle

    left, bottom, right, top = box
    size = theme.type.small
    columns = [column for column in (name, f"{name}_median", f"{name}_high") if column in frame]
    most = max(float(frame[columns].max().max()), 4.0) * 1.08
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**6) if most / s <= 5)

    def x(week: float) -> float:
        return left + (right - left) * (week - 0.5) / weeks

    def y(value: float) -> float:
        return bottom + (top - bottom) * value / most

    write(ax, left - 16, top + 12, heading, size=theme.type.label, bold=True, color=theme.ink, gid="heading")
    for value in range(0, int(most) + 1, step):
        ax.add_patch(
            Rectangle((left, y(value) - 0.3), right - left, 0.6, facecolor=theme.hairline, edgecolor="none", zorder=1)
        )
        write(ax, left - 5, y(value), str(value), size=size, color=theme.muted, ha="right", gid="value")
    shown_until = left - 16
    every = 4 if right - left >= 150 else 8
    for week in (1, *range(every, weeks + 1, every)):
        words = f"week {week}" if week == 1 else str(week)
        half = text_width(words, size=size) / 2
        if x(week) - half >= shown_until:
            write(ax, x(week), bottom - 9, words, size=size, color=theme.muted, ha="center", gid="week")
            shown_until = x(week) + half + 4
    low, high, middle = f"{name}_low", f"{name}_high", f"{name}_median"
    if low in frame and frame[low].notna().any():
        band = frame[frame[low].notna()]
        points = [(x(w), y(v)) for w, v in zip(band["week"], band[high], strict=True)]
        points += [(x(w), y(v)) for w, v in zip(band["week"][::-1], band[low][::-1], strict=True)]
        tint = mix(theme.muted, theme.paper, 0.75)
        ax.add_patch(Polygon(points, closed=True, facecolor=tint, edgecolor="none", zorder=2, gid=f"band:{name}"))
    if middle in frame and frame[middle].notna().any():
        known = frame[frame[middle].notna()]
        line = Line2D([x(w) for w in known["week"]], [y(v) for v in known[middle]], color=theme.muted, linewidth=1.4,
                      linestyle=(0, (4, 2)), zorder=3)  # fmt: skip
        line.set_gid(f"median:{name}")
        ax.add_line(line)
    own = Line2D([x(w) for w in frame["week"]], [y(v) for v in frame[name]], color=colour, linewidth=2.4, zorder=4,
                 marker="o", markevery=[len(frame) - 1], markersize=6)  # fmt: skip
    own.set_gid(f"own:{name}")
    ax.add_line(own)
    end, value = x(float(frame["week"].iloc[-1])), float(frame[name].iloc[-1])
    write(ax, end + 6, y(value) + (5 if value < most * 0.9 else -6), f"{value:.0f}", size=theme.type.label, bold=True,
          color=colour, gid="now")  # fmt: skip
