"""The reliability diagram: how often what was given a chance came true, chance by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import describe, footer, header, in_points, new_axes
from peerlens.draw.text import write
from peerlens.draw.theme import theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN = 7.6, 6.6
BARS_PT, GAP_PT = 54.0, 30.0
FEW = 20
"""bins of fewer cases are drawn hollow"""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
HOW_TO_READ = (
    "each point is all past ties that were given about the same chance; on the dotted line, as many of them stayed silent as was "
    "said. The upright line holds the middle 95 % when people are drawn anew. Hollow: fewer than 20 ties. Bars below: how many."
)


def reliability(frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw the share that came true against the chance given before, with the number of cases below.

    Parameters
    ----------
    frame
        One row per bin: `chance` (mean given, 0 to 1), `share` (that came true), `ties` (cases) and, where known,
        `share_low` and `share_high`.
    ax
        The axes to draw on, else a new one.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each bin is one line artist whose gid is `bin:` and its position from the left.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(0.1, 0.12, 90, 0.05, 0.2), (0.8, 0.75, 60, 0.6, 0.9)]
    >>> frame = pd.DataFrame(rows, columns=["chance", "share", "ties", "share_low", "share_high"])
    >>> ax = reliability(frame, title="Chances meant what they said", subtitle="150 past ties")
    >>> sum((line.get_gid() or "").startswith("bin:") for line in ax.lines)
    2
    """
    from matplotlib.patches import Rectangle

    ax = new_axes(WIDTH_IN, HEIGHT_IN) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 22
    low = footer(ax, how_to_read=HOW_TO_READ) + 42
    size = theme.type.label
    left, right = theme.margin + 44, width - theme.margin - 14
    bottom = low + BARS_PT + GAP_PT

    def x(chance: float) -> float:
        return left + (right - left) * chance

    def y(share: float) -> float:
        return bottom + (top - bottom) * share

    write(ax, theme.margin, top + 14, "share that stayed silent", size=size, color=theme.muted, gid="axis")
    for tick in TICKS:
        ax.plot([left, right], [y(tick)] * 2, color=theme.line, linewidth=0.6, zorder=1)
        label = f"{tick * 100:.0f} %"
        write(ax, left - 8, y(tick), label, size=size, color=theme.muted, ha="right", gid="tick")
        write(ax, x(tick), low - 12, label, size=size, color=theme.muted, ha="center", gid="tick")
    write(ax, right, low - 27, "chance given before", size=size, color=theme.muted, ha="right", gid="axis")
    ax.plot([x(0), x(1)], [y(0), y(1)], color=theme.muted, linewidth=1.2, linestyle=(0, (1, 2)), zorder=2)
    rows = frame.sort_values("chance")
    most = max(int(rows["ties"].max()), 1) if len(rows) else 1
    words = []
    for number, row in enumerate(rows.to_dict("records")):
        at = x(row["chance"])
        if row.get("share_low") == row.get("share_low") and row.get("share_low") is not None:
            ax.plot([at, at], [y(row["share_low"]), y(row["share_high"])], color=theme.accent, linewidth=1.6, zorder=3)
        ax.plot(
            [at], [y(row["share"])], marker="o", markersize=7.5, color=theme.accent if row["ties"] >= FEW else theme.paper,
            markeredgecolor=theme.paper if row["ties"] >= FEW else theme.accent, markeredgewidth=1.2, linestyle="", zorder=4,
            gid=f"bin:{number}",
        )  # fmt: skip
        tall = max(BARS_PT * row["ties"] / most, 0.8)
        ax.add_patch(Rectangle((at - 6, low), 12, tall, facecolor=theme.muted, edgecolor="none", zorder=2, gid="ties"))
        words.append(f"{row['chance']:.0%} said, {row['share']:.0%} came, {int(row['ties'])} ties")
    ax.plot([left, right], [low, low], color=theme.line, linewidth=0.8, zorder=1)
    write(
        ax,
        theme.margin,
        low + BARS_PT + 8,
        f"ties (the highest bar: {most:,})",
        size=size,
        color=theme.muted,
        gid="axis",
    )
    describe(ax, (f"{title}. " if title else "") + "Reliability of chances. " + "; ".join(words) + ".")
    return ax
