"""One team before and after a date, beside the same change of all other teams."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from peerlens.draw.canvas import NARROW, describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of
from peerlens.words import MONTHS
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN = 9.2, 4.7
PANEL_PT, BETWEEN_PT = 120.0, 66.0


def placebos(
    frame: pd.DataFrame,
    *,
    others: list[float],
    own: float,
    changed_on: dt.date,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw the weeks of one team with the level before and after, and its change among those of all other teams.

    Parameters
    ----------
    frame
        Columns `week_of`, `is_after` and `share` (0 to 1; missing weeks are left out).
    others
        Change of each other team in the same weeks (-1 to 1), in any order, unnamed.
    own
        Change of this team.
    changed_on
        The date.
    ax
        The axes to draw on, else a new one.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each other team is a marker with the gid `placebo`, the team itself one with the gid `own`.

    Examples
    --------
    >>> import pandas as pd
    >>> weeks = pd.date_range("2026-03-02", periods=4, freq="7D")
    >>> frame = pd.DataFrame({"week_of": weeks, "is_after": [False, False, True, True], "share": [0.1, 0.2, 0.5, 0.6]})
    >>> ax = placebos(frame, others=[0.01, -0.03], own=0.4, changed_on=dt.date(2026, 3, 16))
    >>> sorted(str(line.get_gid()) for line in ax.lines if line.get_gid() in ("own", "placebo"))
    ['own', 'placebo', 'placebo']
    """
    ax = new_axes(WIDTH_IN, HEIGHT_IN) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 32
    colour, grey = mix(HUES[0], theme.ink, 0.25), mix(theme.muted, theme.paper, 0.35)
    marks = [
        ({"marker": "o", "color": colour, "markersize": 5}, "this team, a week each"),
        ({"linewidth": 2.4, "color": colour, "linestyle": "-", "marker": "None"}, "its median before and after"),
        ({"marker": "o", "color": grey, "markersize": 7}, "another team"),
        ({"marker": "D", "color": theme.accent, "markersize": 7}, "this team's change"),
    ]
    how = (
        f"{'above' if width < NARROW else 'left'}, the team's weeks; {'below' if width < NARROW else 'right'}, how "
        "much every other team changed on the same date. A change inside the crowd is what happens anyway."
    )
    bottom = key(ax, items=marks, bottom=footer(ax, how_to_read=how)) + 24
    left, right = theme.margin + 34, width - theme.margin - 14
    if width < NARROW:  # two panels side by side would leave neither room for its words
        top = fitted(ax, top=top, bottom=bottom, body=2 * PANEL_PT + BETWEEN_PT)
        tall = (top - bottom - BETWEEN_PT) / 2
        _weeks(ax, theme, frame, changed_on, (left, top - tall, right, top), colour)
        _crowd(ax, theme, others, own, (left - 20, bottom, right, bottom + tall), grey)
    else:
        split = left + (right - left) * 0.54
        _weeks(ax, theme, frame, changed_on, (left, bottom, split - 20, top), colour)
        _crowd(ax, theme, others, own, (split + 26, bottom, right, top), grey)
    rank = 1 + sum(abs(other) >= abs(own) for other in others)
    describe(
        ax,
        (f"{title}. " if title else "") + f"Change of {own * 100:+.0f} points, rank {rank} of {len(others) + 1} teams.",
    )
    return ax


def _weeks(
    ax: Axes,
    theme: Theme,
    frame: pd.DataFrame,
    changed_on: dt.date,
    box: tuple[float, float, float, float],
    colour: str,
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    left, bottom, right, top = box
    size = theme.type.small
    known = frame[frame["share"].notna()]
    first, last = frame["week_of"].min(), frame["week_of"].max()
    span = max((last - first).days, 1)
    most = min(1.0, max(float(known["share"].max()) * 1.15, 0.1)) if len(known) else 1.0

    def x(day: object) -> float:
        return left + (right - left) * (day - first).days / span  # type: ignore[operator]

    def y(share: float) -> float:
        return bottom + (top - bottom) * share / most

    write(ax, left - 34, top + 16, "Share by week", size=theme.type.label, bold=True, color=theme.ink, gid="heading")
    step = 0.1 if most <= 0.5 else 0.2
    for n in range(int(most / step + 1e-9) + 1):
        ax.add_patch(
            Rectangle(
                (left, y(n * step) - 0.3), right - left, 0.6, facecolor=theme.hairline, edgecolor="none", zorder=1
            )
        )
        write(
            ax, left - 6, y(n * step), f"{n * step * 100:.0f} %", size=size, color=theme.muted, ha="right", gid="value"
        )
    shown_until = 0.0
    for day in frame["week_of"]:
        if day.day <= 7 and x(day) >= shown_until:
            words = MONTHS[day.month - 1]
            write(ax, x(day), bottom - 10, words, size=size, color=theme.muted, gid="month")
            shown_until = x(day) + text_width(words, size=size) + 8
    for share, day in zip(known["share"], known["week_of"], strict=True):
        ax.add_line(
            Line2D(
                [x(day)], [y(share)], marker="o", markersize=3.6, color=colour, alpha=0.75, linestyle="None", zorder=3
            )
        )
    for is_after, rows in known.groupby("is_after"):
        days = rows["week_of"].iloc[:26] if is_after else rows["week_of"].iloc[-26:]
        middle = float(rows.loc[days.index, "share"].median())
        line = Line2D([x(days.min()), x(days.max())], [y(middle)] * 2, color=colour, linewidth=2.4, zorder=4)
        line.set_gid("median")
        ax.add_line(line)
    import pandas as pd

    at = x(pd.Timestamp(changed_on))
    ax.add_patch(
        Rectangle((at - 0.6, bottom), 1.2, top - bottom, facecolor=theme.accent, edgecolor="none", zorder=2, gid="date")
    )
    words = say_day(changed_on)
    room = text_width(words, size=size, bold=True)
    write(
        ax,
        min(max(at - room / 2, left), right - room),
        top + 5,
        words,
        size=size,
        bold=True,
        color=theme.accent_text,
        gid="date",
    )


def _crowd(
    ax: Axes, theme: Theme, others: list[float], own: float, box: tuple[float, float, float, float], grey: str
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    left, bottom, right, top = box
    size = theme.type.small
    known = sorted(other for other in others if other == other)
    reach = max([abs(value) for value in (*known, own)] + [0.1]) * 1.12
    write(ax, left - 14, top + 16, f"Change in points, {len(known) + 1} teams", size=theme.type.label, bold=True,
          color=theme.ink, gid="heading")  # fmt: skip

    def x(value: float) -> float:
        return left + (right - left) * (value + reach) / (2 * reach)

    ax.add_patch(Rectangle((left, bottom), right - left, 0.8, facecolor=theme.line, edgecolor="none", zorder=1))
    ax.add_patch(
        Rectangle((x(0) - 0.4, bottom), 0.8, top - bottom - 8, facecolor=theme.hairline, edgecolor="none", zorder=1)
    )
    step = 0.05 if reach < 0.16 else 0.1 if reach < 0.35 else 0.2 if reach < 0.7 else 0.5
    for n in range(-int(reach / step), int(reach / step) + 1):
        words = f"{n * step * 100:+.0f}" if n else "0"
        write(ax, x(n * step), bottom - 10, words, size=size, color=theme.muted, ha="center", gid="value")
    stack: dict[int, int] = {}
    cell = max((right - left) / 30, 1.0)
    tallest = max(int((top - bottom - 30) / 9), 1)
    for value in known:
        place = int((x(value) - left) // cell)
        stack[place] = stack.get(place, 0) + 1
        y = bottom + 8 + min(stack[place] - 1, tallest) * 9
        dot = Line2D(
            [left + (place + 0.5) * cell], [y], marker="o", markersize=6.5, color=grey, linestyle="None", zorder=3
        )
        dot.set_gid("placebo")
        ax.add_line(dot)
    place = int((x(own) - left) // cell)
    y = bottom + 10 + stack.get(place, 0) * 9
    mark = Line2D([x(own)], [y], marker="D", markersize=9, color=theme.accent, linestyle="None", zorder=5)
    mark.set_gid("own")
    ax.add_line(mark)
    words = f"this team, {own * 100:+.0f}"
    room = text_width(words, size=size, bold=True)
    begin = min(max(x(own) - room / 2, left), right - room)
    beneath = range(int((begin - left) // cell) - 1, int((begin + room - left) // cell) + 2)
    crowd = max((min(stack.get(place, 0), tallest + 1) for place in beneath), default=0)
    over = max(y + 15, bottom + 8 + crowd * 9 + 4)  # above whatever stands where the words would
    write(ax, begin, over, words, size=size, bold=True, color=theme.accent_text, gid="own")
