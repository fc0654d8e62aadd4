"""The wheel on a sheet as narrow as a phone: marks and numbers only, and the names in a list below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerlens.draw.canvas import in_points
from peerlens.draw.layout import Sector, Spot, WheelLayout, spread
from peerlens.draw.pen import Pen
from peerlens.draw.text import listed, shorten, text_width, write
from peerlens.draw.theme import OTHER, Theme, kind_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NARROWER_THAN = 340.0
"""points under which names beside the wheel would be cut, and the wheel itself a coin"""
DISC = 6.5
"""radius of the disc that holds a number"""
MOST_FLAGGED, MOST_LINES = 12, 2
MOST_BELOW = 8
"""flagged ties up to which there is room for the reason below a long name"""
LIST_ROW = 14.0


def phone_wheel(ax: Axes, layout: WheelLayout, *, theme: Theme, center: str, top: float, size: float) -> float:
    """Draw the wheel as wide as the sheet, number what may need attention, and list names below by department.

    Parameters
    ----------
    ax
        The axes, one unit a point.
    layout
        Where everything stands.
    theme
        Colours and type.
    center
        What is written in the middle.
    top
        Height under which there is room.
    size
        Of a mark.

    Returns
    -------
    float
        The height the list reaches down to.
    """
    width, height = in_points(ax)
    room = width - 2 * theme.margin
    rim = 2 * DISC + 6
    radius = max(min(room / 2 - rim, (top - 0.28 * height) / 2 - rim), 30.0)
    pen = Pen(ax, theme, (width / 2, top - radius - rim), radius)
    for sector in layout.sectors:
        pen.sector(sector)
    pen.spokes(layout.spots, center=center)
    for spot in sorted(layout.spots, key=lambda s: (bool(s.kind), s.strength, s.other_id)):
        pen.spot(spot, size=size * max(pen.scale, 0.8))
    flagged = sorted((spot for spot in layout.spots if spot.kind), key=lambda s: (s.angle, s.other_id))
    _numbers(pen, flagged)
    y = _flags(ax, theme, flagged, [s for s in layout.sectors if s.blind], y=top - 2 * (radius + rim) - 6, room=room)
    for sector in layout.sectors:
        y = _department(ax, theme, layout, sector, y=y, room=room)
    return y


def _numbers(pen: Pen, flagged: list[Spot]) -> None:
    """Number flagged ties on the rim; where they crowd, the numbers stand apart and a line leads to each."""
    if not flagged:
        return
    reach = 1.0 + (DISC + 6) / pen.radius
    apart = min(57.3 * (2 * DISC + 1.5) / (pen.radius * reach), 359.0 / len(flagged))
    wishes = [360.0 - spot.angle + apart / 2 for spot in flagged]
    edges = spread(wishes, heights=[apart] * len(flagged), bottom=0.0, top=360.0)
    for number, (spot, edge) in enumerate(zip(flagged, edges, strict=True), start=1):
        angle = 360.0 - edge + apart / 2
        colour = pen.theme.muted if spot.is_fragile else pen.theme.accent
        x, y = pen.at(angle, reach)
        pen.line([pen.at(spot.angle, spot.radius), pen.at(spot.angle, 1.02), (x, y)], color=colour, linewidth=0.8,
                 zorder=6, gid="leader")  # fmt: skip
        _disc(pen.ax, pen.theme, x, y, number=number, fragile=spot.is_fragile)


def _disc(ax: Axes, theme: Theme, x: float, y: float, *, number: int, fragile: bool) -> None:
    from matplotlib.lines import Line2D

    colour = theme.muted if fragile else theme.accent_text
    disc = Line2D([x], [y], linestyle="None", marker="o", markersize=2 * DISC, color=colour, zorder=12, clip_on=False)
    disc.set_gid("disc")
    ax.add_line(disc)
    write(ax, x, y, str(number), size=theme.type.small - (number > 9), bold=True, color=theme.paper, ha="center",
          gid="number", zorder=21)  # fmt: skip


def _flags(ax: Axes, theme: Theme, flagged: list[Spot], blind: list[Sector], *, y: float, room: float) -> float:
    """List what may need attention: number, name, and why."""
    left, size = theme.margin, theme.type.label
    rows = [(spot.label, kind_words(spot.kind, department=spot.department), spot.is_fragile) for spot in flagged]
    for number, (name, why, fragile) in enumerate(rows[:MOST_FLAGGED], start=1):
        y -= LIST_ROW
        colour = theme.muted if fragile else theme.accent_text
        _disc(ax, theme, left + DISC, y, number=number, fragile=fragile)
        name = shorten(name, width=room * 0.55, size=size, bold=True)
        write(ax, left + 20, y, name, size=size, bold=True, color=colour, gid="flagged")
        at = left + 20 + text_width(name, size=size, bold=True) + 6
        is_beside = at + text_width(why, size=theme.type.small) <= left + room
        if not is_beside and len(rows) <= MOST_BELOW:
            y, at = y - LIST_ROW * 0.85, left + 20
        why = shorten(why, width=left + room - at, size=theme.type.small)
        write(ax, at, y, why, size=theme.type.small, color=colour, gid="words")
        y -= 3
    if len(rows) > MOST_FLAGGED:
        y -= LIST_ROW
        more = f"and {len(rows) - MOST_FLAGGED} more that may need attention"
        write(ax, left + 20, y, more, size=size, color=theme.accent_text, gid="more")
    for sector in blind:
        y -= LIST_ROW
        text = shorten(f"{sector.name}: {kind_words('blind_spot')}", width=room - 20, size=size)
        write(ax, left + 20, y, text, size=size, color=theme.accent_text, gid="flagged")
    return y - 6 if rows or blind else y


def _department(ax: Axes, theme: Theme, layout: WheelLayout, sector: Sector, *, y: float, room: float) -> float:
    """List the people of one slice under its name, the strongest first."""
    from matplotlib.lines import Line2D

    spots = [spot for spot in layout.spots if spot.sector == sector.name]
    if not spots:
        return y
    left, size, small = theme.margin, theme.type.label, theme.type.small
    y -= LIST_ROW + 2
    start = y + LIST_ROW / 2
    head = shorten(sector.name, width=room - 46, size=size, bold=True)
    write(ax, left + 10, y, f"{head} · {len(spots)}", size=size, bold=True, color=theme.ink, gid="heading")
    spots = sorted(spots, key=lambda s: (-s.strength, s.label.casefold(), s.other_id))
    names = [f"{spot.label} · {spot.department}" if sector.name == OTHER else spot.label for spot in spots]
    for line in listed("", names, width=room - 12, size=small, most=MOST_LINES):
        y -= small * 1.45
        write(ax, left + 10, y, line, size=small, color=theme.muted, gid="names")
    bar = Line2D([left + 2] * 2, [start, y - small * 0.6], color=sector.colour, linewidth=3.0, solid_capstyle="butt")
    bar.set_gid("bar")
    ax.add_line(bar)
    return y
