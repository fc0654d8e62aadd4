"""The ring of groups: which groups are linked at all, and how many people carry each side of a link; never who."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import NARROW, describe, footer, header, in_points, key, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import Theme, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN, MOST = 7.4, 5.6, 10
NARROW_MOST = 7
MANY = "#2166AC"
HOW_TO_READ = (
    "a line is a link between two groups: somebody on each side has a live tie across. Each half says how many people carry it "
    "on its own side. No line: no live tie. Who they are is not shown."
)


def ring(
    frame: pd.DataFrame,
    people: dict[str, str],
    *,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
    few: str = "fewer than 5",
) -> Axes:
    """Draw groups on a ring and a line for every two that are linked, each half as strong as its side.

    Parameters
    ----------
    frame
        Columns `group_a`, `group_b`, `carriers_a`, `carriers_b` (in words).
    people
        Each group to draw, with its head count in words; at most :data:`MOST`.
    ax
        The axes to draw on, else a new one.
    title, subtitle
        The finding; the period and the numbers.
    few
        How small a head count is called.

    Returns
    -------
    The axes. Each half of a link is one line artist whose gid is `link:` with its own group first.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group_a": ["A"], "group_b": ["B"], "carriers_a": ["fewer than 5"], "carriers_b": ["10"]})
    >>> ax = ring(frame, {"A": "20", "B": "15"}, title="One link hangs on few people")
    >>> sorted(line.get_gid() for line in ax.lines if str(line.get_gid()).startswith("link:"))
    ['link:A:B', 'link:B:A']
    """
    missing = [name for name in ("group_a", "group_b", "carriers_a", "carriers_b") if name not in frame.columns]
    if missing:
        raise ValueError(f"The ring of groups lacks the columns {', '.join(missing)}.")
    names = sorted(people)
    if not 2 <= len(names) <= MOST:
        raise ValueError(f"The ring has room for 2 to {MOST} groups, not for {len(names)}.")
    rows: list[dict[str, Any]] = frame[frame["group_a"].isin(names) & frame["group_b"].isin(names)].to_dict("records")
    rows = [row for row in rows if row["carriers_a"] == row["carriers_a"]]
    if ax is None:
        ax = new_axes(WIDTH_IN, HEIGHT_IN)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 10
    least = few.removeprefix("fewer than ")
    items = [({"color": MANY, "linewidth": 3.0, "linestyle": "-"}, f"{least} or more people"), (_thin(theme), few)]
    bottom = key(ax, items=items, bottom=footer(ax, how_to_read=HOW_TO_READ) + 4) + 6
    place = _places(theme, names, width=width, top=top, bottom=bottom)
    for row in rows:
        one, two = str(row["group_a"]), str(row["group_b"])
        middle = tuple((x + y) / 2 for x, y in zip(place[one], place[two], strict=True))
        for mine, other, carriers in ((one, two, row["carriers_a"]), (two, one, row["carriers_b"])):
            is_few = str(carriers).startswith("fewer")
            style = _thin(theme) if is_few else {"color": MANY, "linewidth": 3.0, "alpha": 0.8}
            (x, y), (to_x, to_y) = place[mine], middle
            ax.plot([x, to_x], [y, to_y], zorder=3 if is_few else 2, gid=f"link:{mine}:{other}", **style)
    centre = (top + bottom) / 2
    for name in names:
        _group(ax, theme, name, people[name], at=place[name], centre=(width / 2, centre), width=width)
    in_points(ax)
    said = "; ".join(f"{r['group_a']} ({r['carriers_a']}) and {r['group_b']} ({r['carriers_b']})" for r in rows)
    describe(ax, (f"{title}. " if title else "") + f"Links between groups, people on each side: {said or 'none'}.")
    return ax


def room_for(groups: int, ax: Axes | None = None) -> bool:
    """Say whether a ring has room for so many groups: fewer where the sheet is narrow, more than two in any case.

    Examples
    --------
    >>> room_for(10), room_for(11), room_for(10, new_axes(4.3, 5.6))
    (True, False, False)
    """
    is_narrow = ax is not None and in_points(ax)[0] < NARROW
    return 2 < groups <= (NARROW_MOST if is_narrow else MOST)


def _thin(theme: Theme) -> dict[str, Any]:
    return {"color": theme.accent, "linewidth": 1.8, "linestyle": (0, (3, 2))}


def _places(
    theme: Theme, names: list[str], *, width: float, top: float, bottom: float
) -> dict[str, tuple[float, float]]:
    """Return where each group stands, the first at the top, clockwise."""
    longest = max(text_width(name, size=theme.type.label, bold=True) for name in names)
    beside = 66.0 if width < NARROW else min(longest, width * 0.27) + 14
    above = 30.0
    across, up = width / 2 - theme.margin - beside, (top - bottom) / 2 - above
    across = min(across, up * 1.5)
    turn = 2 * math.pi / len(names)
    # Two or four groups stand beside each other: lines through labels above and below are hard to follow.
    start = turn / 2 if len(names) in (2, 4) else 0.0
    return {
        name: (
            width / 2 + across * math.sin(start + turn * at),
            (top + bottom) / 2 + up * math.cos(start + turn * at),
        )
        for at, name in enumerate(names)
    }


def _group(
    ax: Axes,
    theme: Theme,
    name: str,
    people: str,
    *,
    at: tuple[float, float],
    centre: tuple[float, float],
    width: float,
) -> None:
    """Draw a group's dot, and beside it, away from the middle, its name and head count."""
    (x, y), size = at, theme.type.label
    count = int(people) if people.isdigit() else 0
    ax.plot([x], [y], marker="o", markersize=min(7 + 1.2 * math.sqrt(count), 20), color=theme.ink, linestyle="None",
            markeredgecolor=theme.paper, markeredgewidth=1.5, zorder=5, gid=f"group:{name}")  # fmt: skip
    said = f"{people} or more people" if count and width >= NARROW else f"{people}+" if count else people
    side = x - centre[0]
    if abs(side) < 20:
        room, align, to_x = 2 * min(x - 4, width - x - 4), "center", x
        first = y + 27 if y >= centre[1] else y - 16
    elif width < NARROW:  # above or below the dot, and outwards of it: lines run inwards
        room, align = (width - 4 - x + 8, "left") if side > 0 else (x - 4 + 8, "right")
        to_x, first = x - math.copysign(8, side), y + 27 if y >= centre[1] else y - 16
    else:
        room, align = (width - theme.margin - x - 12, "left") if side > 0 else (x - theme.margin - 12, "right")
        to_x, first = x + math.copysign(13, side), y + 6
    shown = shorten(name, width=room, size=size, bold=True)
    write(ax, to_x, first, shown, size=size, bold=True, color=theme.ink, ha=align, gid="group")
    write(ax, to_x, first - 12, said, size=theme.type.small, color=theme.muted, ha=align, gid="people")
