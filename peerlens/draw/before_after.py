"""Before and after: each tie's chance of contact without action, whether it came, and the sum beside its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import Theme, kind_words, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT = 9.2, 30.0
CAME = "#33B18E"
HOW_TO_READ = "each bar is the chance that the tie would have had contact anyway; the mark says whether it did."
LAST_ROW = " The last row adds them up: the band is what chance alone would do in 8 of 10 cases."


def before_after(
    frame: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
    expected: tuple[float, int, int] | None = None,
) -> Axes:
    """Draw what became of listed ties beside what was to be expected.

    Parameters
    ----------
    frame
        One row per tie: `other`, `kind`, `chance_of_contact` (0 to 1, may be missing), `was_picked_up`.
    ax
        The axes to draw on, else a new one as high as the rows need.
    title, subtitle
        The finding; the days and how contact was counted.
    expected
        Expected number of ties with contact, and the low and the high end of its range.

    Returns
    -------
    The axes. Each outcome is one text whose gid is `came` or `did-not-come`.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"other": ["Ana"], "kind": ["fading"], "chance_of_contact": [0.4], "was_picked_up": [True]})
    >>> ax = before_after(rows, title="1 of 1 tie was picked up", expected=(0.4, 0, 1))
    >>> [t.get_text() for t in ax.texts if t.get_gid() == "came"]
    ['picked up']
    """
    from matplotlib.patches import Rectangle

    if ax is None:
        ax = new_axes(WIDTH_IN, (150 + (len(frame) + 1.6) * ROW_PT) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 6
    bottom = footer(ax, how_to_read=HOW_TO_READ + (LAST_ROW if expected is not None else "")) + 10
    size = theme.type.label
    longest = max((text_width(str(name), size=size, bold=True) for name in frame["other"]), default=60.0)
    kinds = max((text_width(kind_words(str(kind)), size=theme.type.small) for kind in frame["kind"]), default=60.0)
    left = theme.margin + min(max(longest, kinds, 70.0), width * 0.28) + 14
    right = width - theme.margin - 78
    lines = len(frame) + (1.8 if expected is not None else 0.2)
    top = fitted(ax, top=top, bottom=bottom, body=ROW_PT * lines)
    step = min(ROW_PT, (top - bottom) / lines)
    for at, row in enumerate(frame.to_dict("records")):
        y = top - step * (at + 1)
        name = shorten(str(row["other"]), width=left - theme.margin - 10, size=size, bold=True)
        write(ax, theme.margin, y + step * 0.42, name, size=size, bold=True, color=theme.ink, gid="other")
        write(
            ax,
            theme.margin,
            y + step * 0.08,
            kind_words(str(row["kind"])),
            size=theme.type.small,
            color=theme.muted,
            gid="kind",
        )
        ax.add_patch(
            Rectangle(
                (left, y + step * 0.12),
                right - left,
                step * 0.42,
                facecolor=theme.hairline,
                edgecolor="none",
                gid="track",
            )
        )
        chance = row["chance_of_contact"]
        if chance == chance:
            wide = (right - left) * float(chance)
            ax.add_patch(
                Rectangle(
                    (left, y + step * 0.12), wide, step * 0.42, facecolor=theme.muted, edgecolor="none", gid="chance"
                )
            )
            percent = f"{float(chance) * 100:.0f} %"
            # A bar that is nearly full has room for its number inside only.
            is_inside = left + wide + 5 + text_width(percent, size=theme.type.small) > right
            write(
                ax, left + wide + (-5 if is_inside else 5), y + step * 0.33, percent, size=theme.type.small,
                color=theme.paper if is_inside else theme.ink, ha="right" if is_inside else "left", gid="percent",
            )  # fmt: skip
        else:
            write(
                ax,
                left + 5,
                y + step * 0.33,
                "chance not known",
                size=theme.type.small,
                color=theme.muted,
                gid="unknown",
            )
        came = bool(row["was_picked_up"])
        _mark(ax, theme, x=right + 16, y=y + step * 0.33, came=came)
        write(
            ax, right + 26, y + step * 0.33, "picked up" if came else "not yet", size=size, bold=came,
            color=theme.ink if came else theme.muted, gid="came" if came else "did-not-come",
        )  # fmt: skip
    if expected is not None and len(frame):
        _sum(ax, theme, frame, expected, (left, right, top - step * (len(frame) + 1.5), step))
    said = ", ".join(
        f"{row['other']}: {'picked up' if row['was_picked_up'] else 'not yet'}" for row in frame.to_dict("records")
    )
    describe(ax, f"{title}. {said}." if title else said)
    return ax


def _mark(ax: Axes, theme: Theme, *, x: float, y: float, came: bool) -> None:
    from matplotlib.lines import Line2D

    face = CAME if came else theme.paper
    line = Line2D(
        [x], [y], marker="o", markersize=9, markerfacecolor=face, markeredgecolor=CAME if came else theme.muted
    )
    line.set_gid("mark")
    ax.add_line(line)


def _sum(
    ax: Axes,
    theme: Theme,
    frame: pd.DataFrame,
    expected: tuple[float, int, int],
    box: tuple[float, float, float, float],
) -> None:
    """Draw the axis of counts: the band of what chance alone does, the expected number, and what happened."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    left, right, y, step = box
    known = frame[frame["chance_of_contact"].notna()]
    mean, low, high = expected
    unit = (right - left) / max(len(known), 1)
    write(
        ax,
        theme.margin,
        y + step * 0.33,
        "Ties with contact",
        size=theme.type.label,
        bold=True,
        color=theme.ink,
        gid="sum",
    )
    ax.add_line(Line2D([left, right], [y + step * 0.33] * 2, color=theme.line, linewidth=1))
    ax.add_patch(
        Rectangle(
            (left + unit * low - 2, y + step * 0.12), unit * (high - low) + 4, step * 0.42,
            facecolor="#C9D6E2", edgecolor="none", gid="range",
        )
    )  # fmt: skip
    for count in range(len(known) + 1):
        write(
            ax,
            left + unit * count,
            y - step * 0.22,
            str(count),
            size=theme.type.small,
            color=theme.muted,
            ha="center",
            gid="count",
        )
    ax.add_line(Line2D([left + unit * mean] * 2, [y, y + step * 0.66], color=theme.ink, linewidth=2))
    _mark(ax, theme, x=left + unit * int(known["was_picked_up"].sum()), y=y + step * 0.33, came=True)
    write(
        ax, right + 10, y + step * 0.33, f"expected {mean:.1f}", size=theme.type.label, color=theme.ink, gid="expected"
    )
