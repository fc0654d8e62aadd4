"""The parts of one wheel: sectors, ties, marks, and the columns of names beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from peerlens.draw.columns import Entry
from peerlens.draw.layout import Sector, Spot
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import DIRECTION_MARKERS, Theme, kind_style, mix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REACH = 1.2  # where the columns begin, in radii from the centre
MOST_SPOKES = 80  # more grey lines than this are fog


def type_of(entry: Entry, theme: Theme) -> tuple[float, bool]:
    """Return the type size of a line beside the wheel, and whether it is bold."""
    size = theme.type.small if entry.role in {"words", "flag"} else theme.type.label
    return size, entry.role in {"heading", "flagged"}


class Pen:
    """Draws the parts of one wheel; holds where it stands and how large it is."""

    def __init__(self, ax: Axes, theme: Theme, middle: tuple[float, float], radius: float) -> None:
        self.ax, self.theme, self.middle, self.radius = ax, theme, middle, radius
        self.scale = max(min(radius / 165, 1.0), 0.6)  # marks shrink with a small wheel

    def at(self, angle: float, distance: float) -> tuple[float, float]:
        turn = math.radians(angle)
        reach = distance * self.radius
        return self.middle[0] + reach * math.sin(turn), self.middle[1] + reach * math.cos(turn)

    def sector(self, sector: Sector) -> None:
        from matplotlib.patches import Wedge

        start, end = 90 - sector.end, 90 - sector.start
        tint = mix(self.theme.paper, sector.colour, 0.13) if sector.contacts else self.theme.paper
        inner, outer = 0.13 * self.radius, 1.045 * self.radius
        self.ax.add_patch(
            Wedge(
                self.middle,
                self.radius * 1.0,
                start,
                end,
                width=self.radius - inner,
                facecolor=tint,
                edgecolor="none",
                zorder=1,
                gid="sector",
            )
        )
        if sector.contacts:
            band = Wedge(
                self.middle,
                outer + 3,
                start,
                end,
                width=5.0,
                facecolor=sector.colour,
                edgecolor="none",
                zorder=2,
                gid="band",
            )
            self.ax.add_patch(band)
        if sector.blind:
            style = kind_style("blind_spot")
            look = {"facecolor": "none", "edgecolor": self.theme.accent, "linewidth": 1.4, "zorder": 3, "gid": "blind"}
            dashes = (0, style.dashes)
            edge = Wedge(self.middle, outer + 2, start, end, width=0.42 * self.radius, linestyle=dashes, **look)
            self.ax.add_patch(edge)
            x, y = self.at(sector.middle, 0.93)
            self.mark([x], [y], marker=style.marker, color=self.theme.accent, size=8, gid=f"blind:{sector.name}")

    def mark(self, xs: list[float], ys: list[float], *, marker: str, color: str, size: float, **more: Any) -> None:
        from matplotlib.lines import Line2D

        gid = more.pop("gid", None)
        more = {"markeredgewidth": 0.0, "markeredgecolor": color, "zorder": 8, **more}
        line = Line2D(
            xs, ys, linestyle="None", marker=marker, markerfacecolor=color, markersize=size, clip_on=False, **more
        )
        line.set_gid(gid)
        self.ax.add_line(line)

    def line(self, points: list[tuple[float, float]], **style: Any) -> None:
        from matplotlib.lines import Line2D

        gid = style.pop("gid", None)
        drawn = Line2D([p[0] for p in points], [p[1] for p in points], clip_on=False, solid_capstyle="butt", **style)
        drawn.set_gid(gid)
        self.ax.add_line(drawn)

    def spokes(self, spots: tuple[Spot, ...], *, center: str) -> None:
        from matplotlib.patches import FancyBboxPatch, PathPatch
        from matplotlib.path import Path

        size = self.theme.type.label
        text = shorten(center, width=max(self.radius * 0.36, 30.0), size=size, bold=True)
        plain = [s for s in spots if not s.kind] if len(spots) <= MOST_SPOKES else []
        points = [p for s in plain for p in (self.at(s.angle, 0.1), self.at(s.angle, s.radius))]
        if points:
            codes = [Path.MOVETO, Path.LINETO] * (len(points) // 2)
            self.ax.add_patch(
                PathPatch(
                    Path(points, codes),
                    facecolor="none",
                    edgecolor=self.theme.line,
                    linewidth=0.8,
                    zorder=4,
                    gid="spokes",
                )
            )
        half = max(text_width(text, size=size, bold=True) / 2, 7.0)
        x, y = self.middle
        pill = FancyBboxPatch((x - half, y - 5), 2 * half, 10, boxstyle="round,pad=5,rounding_size=10",
                              facecolor=self.theme.ink, edgecolor=self.theme.paper, linewidth=2, zorder=9)  # fmt: skip
        self.ax.add_patch(pill)
        write(self.ax, x, y, text, size=size, bold=True, color=self.theme.paper, ha="center", gid="center")

    def spot(self, spot: Spot, *, size: float) -> None:
        (x, y), gid = self.at(spot.angle, spot.radius), f"contact:{spot.other_id}"
        marker = DIRECTION_MARKERS.get(spot.direction, "D")
        if not spot.kind:
            self.mark(
                [x],
                [y],
                marker=marker,
                color=spot.colour,
                size=size,
                gid=gid,
                markeredgewidth=0.7,
                markeredgecolor=self.theme.paper,
            )
            return
        style, colour = kind_style(spot.kind), self.theme.muted if spot.is_fragile else self.theme.accent
        dashes = (0, style.dashes) if style.dashes else "-"
        self.line(
            [self.at(spot.angle, 0.1), (x, y)],
            color=colour,
            linewidth=2.0 * self.scale,
            linestyle=dashes,
            zorder=7,
            gid=f"tie:{spot.other_id}",
        )
        size = max(size, 7.0 * self.scale) + 1.5 * self.scale
        self.mark(
            [x],
            [y],
            marker="o",
            color=self.theme.paper,
            size=size + 6 * self.scale,
            markeredgewidth=2.0 * self.scale,
            markeredgecolor=colour,
            gid=f"ring:{spot.other_id}",
            zorder=10,
        )
        if spot.strength > 0:
            self.mark([x], [y], marker=marker, color=spot.colour, size=size, gid=gid, zorder=11)
        else:
            self.mark(
                [x],
                [y],
                marker=marker,
                color=self.theme.paper,
                size=size - 1,
                gid=gid,
                markeredgewidth=1.6,
                markeredgecolor=spot.colour,
                zorder=11,
            )

    def column(self, entries: list[Entry], *, way: int) -> None:
        """Write one column of names; `way` is 1 to the right of the wheel and -1 to the left."""
        edge = self.middle[0] + way * self.radius * REACH
        room = self.middle[0] - self.theme.margin - 10 - self.radius * REACH
        for i, entry in enumerate(entries):
            more = i + 1 < len(entries) and entries[i + 1].sector == entry.sector
            below = entries[i + 1].y + self.theme.row / 2 if more else entry.y - self.theme.row / 2
            if entry.sector.contacts:
                bar = [(edge + way * 2, entry.y + self.theme.row / 2), (edge + way * 2, below - 0.2)]
                self.line(bar, color=entry.sector.colour, linewidth=3.0, zorder=5, gid="bar")
            self.entry(entry, edge=edge, way=way, room=room)

    def entry(self, entry: Entry, *, edge: float, way: int, room: float) -> None:
        """Write one line of a column and lead from it to its mark."""
        flagged = entry.role in {"flagged", "flag", "words"}
        size, bold = type_of(entry, self.theme)
        fragile = entry.spot is not None and entry.spot.is_fragile
        colour = self.theme.muted if fragile else self.theme.accent_text if flagged else self.theme.ink
        text = shorten(entry.text, width=room, size=size, bold=bold)
        write(
            self.ax,
            edge + way * 10,
            entry.y,
            text,
            size=size,
            bold=bold,
            color=colour,
            ha="left" if way > 0 else "right",
            gid=entry.role,
        )
        if not entry.leads:
            return
        start = self.at(entry.angle, entry.spot.radius if entry.spot else 1.06)
        path = [start, self.at(entry.angle, 1.085), (edge - way * 8, entry.y), (edge - way * 1, entry.y)]
        mark = self.theme.muted if fragile else self.theme.accent
        colour = mark if flagged else self.theme.line
        self.line(path, color=colour, linewidth=0.8 if flagged else 0.5, zorder=3.5, gid="leader")
        if flagged:
            style = kind_style(entry.spot.kind if entry.spot else "blind_spot")
            size = 9 if style.marker in "PX" else 7  # a cross needs more room to be seen than a disc
            look = {"color": mark, "markeredgewidth": 1.0, "markeredgecolor": self.theme.paper}
            self.mark([edge + way * 2], [entry.y], marker=style.marker, size=size, gid="kind", **look)
