"""The balance strips: how contact is shared out over directions, one strip a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import DIRECTION_COLOURS, Theme, contrast, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, GAP_PT, SWATCH_PT = 9.2, 30.0, 12.0, 20.0
HATCHES = {"up": "", "down": "---", "sideways": "", "external": "\\\\\\", "unplaced": ""}
HOW_TO_READ = (
    "each strip is all contact of one period, shared out by where the other person stands; its parts add up to 100 %."
)


def balance(frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw one 100 % strip per period, parted by direction.

    Parameters
    ----------
    frame
        Columns `period` (drawn from top to bottom in the order they come), `direction` (`up`, `down`, `sideways …`,
        `external`, `unplaced`) and `share` (0 to 1; one period's shares add up to 1). A period without any share says
        so.
    ax
        The axes to draw on, else a new one as high as the periods need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each part is one rectangle whose gid is `share:` with period and direction.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"period": ["spring"] * 2, "direction": ["up", "down"], "share": [0.75, 0.25]})
    >>> ax = balance(frame, title="Most contact goes up")
    >>> [t.get_text() for t in ax.texts if t.get_gid() == "percent"]
    ['75 %', '25 %']
    """
    periods, directions, shares = _shares(frame)
    if ax is None:
        ax = new_axes(WIDTH_IN, (150 + len(periods) * (ROW_PT + GAP_PT)) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle)
    bottom = footer(ax, how_to_read=HOW_TO_READ) + 8
    size = theme.type.label
    wanted = max((text_width(p, size=size, bold=True) for p in periods), default=0.0)
    is_above = wanted > width * 0.3  # on a narrow sheet a period is said above its strip, not cut beside it
    names = width - 2 * theme.margin if is_above else wanted
    left, right = theme.margin + (0.0 if is_above else names + 12), width - theme.margin
    row_pt = ROW_PT + GAP_PT + (12.0 if is_above else 0.0)
    names_pt = 26.0 + 16.0 * (_name_lines(directions, room=right - theme.margin, size=size) - 1)
    top = fitted(ax, top=top, bottom=bottom, body=names_pt + max(len(periods), 1) * row_pt)
    top = _direction_names(ax, theme, directions, left=theme.margin, right=right, top=top - 8) - 4
    step = (top - bottom) / max(len(periods), 1)
    tall = min(ROW_PT, step * (0.5 if is_above else 0.74))
    for i, period in enumerate(periods):
        y = top - step * i - tall - (size * 1.6 if is_above else 0.0)
        write(
            ax,
            theme.margin,
            y + tall + size * 0.7 if is_above else y + tall / 2,
            shorten(period, width=names + 1, size=size, bold=True),
            size=size,
            bold=True,
            color=theme.ink,
            gid="period",
        )
        parts = [(d, shares[period, d]) for d in directions if shares.get((period, d), 0) > 0]
        if not parts:
            write(ax, left, y + tall / 2, "no contact on record", size=size, color=theme.muted, gid="none")
        x = left
        for direction, share in parts:
            wide = (right - left) * share
            _part(ax, theme, box=(x, y, wide, tall), share=share, direction=direction, period=period)
            x += wide
    words = [
        f"{p}: " + ", ".join(f"{d} {shares[p, d]:.0%}" for d in directions if shares.get((p, d), 0) > 0)
        for p in periods
    ]
    describe(ax, (f"{title}. " if title else "") + "Share of contact by direction. " + "; ".join(words) + ".")
    return ax


def direction_look(direction: str) -> tuple[str, str]:
    """Return the colour and the hatch of a direction; "sideways" to other departments is the strong one.

    Examples
    --------
    >>> direction_look("up")
    ('#5C4E9F', '')
    """
    first = direction.split(" ")[0].split(",")[0].lower()
    colour, hatch = DIRECTION_COLOURS.get(first, "#C2C7CD"), HATCHES.get(first, "")
    if first == "sideways" and "own" in direction:
        return (mix(colour, "#FFFFFF", 0.72), "////") if "team" in direction else (mix(colour, "#FFFFFF", 0.4), "||||")
    return colour, hatch


def _swatch(ax: Axes, theme: Theme, *, box: tuple[float, float, float, float], direction: str, gid: str) -> str:
    from matplotlib.patches import Rectangle

    colour, hatch = direction_look(direction)
    ax.add_patch(Rectangle(box[:2], box[2], box[3], facecolor=colour, edgecolor="none", zorder=2, gid=gid))
    if hatch:
        lines = Rectangle(
            box[:2],
            box[2],
            box[3],
            facecolor="none",
            edgecolor=mix(colour, theme.paper, 0.55),
            linewidth=0,
            hatch=hatch,
            zorder=3,
        )
        lines.set_hatch_linewidth(0.8)
        lines.set_gid("hatch")
        ax.add_patch(lines)
    ax.add_patch(
        Rectangle(box[:2], box[2], box[3], facecolor="none", edgecolor=theme.paper, linewidth=1.6, zorder=4, gid="edge")
    )
    return colour


def _part(
    ax: Axes, theme: Theme, *, box: tuple[float, float, float, float], share: float, direction: str, period: str
) -> None:
    from matplotlib.patches import Rectangle

    colour = _swatch(ax, theme, box=box, direction=direction, gid=f"share:{period}:{direction}")
    words, size = f"{share * 100:.0f} %", theme.type.label
    wide = text_width(words, size=size, bold=True)
    if wide + 8 > box[2]:
        return
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    if direction_look(direction)[1]:  # the number stands on plain colour, not on hatching
        ax.add_patch(
            Rectangle(
                (x - wide / 2 - 3, y - size * 0.72),
                wide + 6,
                size * 1.44,
                facecolor=colour,
                edgecolor="none",
                zorder=5,
                gid="plate",
            )
        )
    ink = max(("#1F2328", "#FFFFFF"), key=lambda c: contrast(c, colour))
    write(ax, x, y, words, size=size, bold=True, color=ink, ha="center", gid="percent")


def _key_words(direction: str) -> str:
    return (direction[:1].upper() + direction[1:]).replace("Sideways ", "Sideways, ")


def _name_lines(directions: list[str], *, room: float, size: float) -> int:
    """Count the lines that the names of directions take."""
    lines, x = 1, 0.0
    for direction in directions:
        wide = SWATCH_PT + text_width(_key_words(direction), size=size)
        if x > 0 and x + wide > room:
            lines, x = lines + 1, 0.0
        x += wide + 18
    return lines


def _direction_names(ax: Axes, theme: Theme, directions: list[str], *, left: float, right: float, top: float) -> float:
    x, y, size = left, top - 8, theme.type.label
    for direction in directions:
        words = _key_words(direction)
        wide = SWATCH_PT + text_width(words, size=size)
        if x > left and x + wide > right:
            x, y = left, y - 16
        _swatch(ax, theme, box=(x, y - 6, 14, 12), direction=direction, gid=f"key:{direction}")
        write(ax, x + 20, y, shorten(words, width=right - x - 20, size=size), size=size, color=theme.ink, gid="key")
        x += wide + 18
    return y - 14


def _shares(frame: pd.DataFrame) -> tuple[list[str], list[str], dict[tuple[str, str], float]]:
    """Read periods in their order, directions in a fixed order, and the share of each; refuse what does not add up."""
    missing = [column for column in ("period", "direction", "share") if column not in frame.columns]
    if missing:
        raise ValueError(
            f"The balance needs the columns period, direction, share; missing: {', '.join(missing)}. Add them."
        )
    shares: dict[tuple[str, str], float] = {}
    sums: dict[str, float] = {}
    rows: list[Any] = list(
        zip(frame["period"].tolist(), frame["direction"].tolist(), frame["share"].tolist(), strict=True)
    )
    for period, direction, share in rows:
        value = 0.0 if share is None or share != share else float(share)
        if value < 0:
            raise ValueError(f"The share of {direction} in {period} is {value}; expected 0 to 1.")
        shares[str(period), str(direction)] = shares.get((str(period), str(direction)), 0.0) + value
        sums[str(period)] = sums.get(str(period), 0.0) + value
    for period, total in sums.items():
        if total and not 0.98 <= total <= 1.02:
            raise ValueError(
                f"The shares of {period} add up to {total:.2f}; expected 1. Pass shares of one whole per period."
            )
    order = ["up", "sideways", "down", "external", "unplaced"]
    found = {d for (_, d), share in shares.items() if share > 0}
    directions = sorted(
        found, key=lambda d: (next((i for i, o in enumerate(order) if d.startswith(o)), 9), "own" not in d, d)
    )
    return list(sums), directions, shares
