"""A picture as SVG, written from its artists: on pages there are dozens, and the way over a renderer takes ten times as long."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from peerlens.draw.text import line_metrics

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.path import Path
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

ANCHORS = {"center": ' text-anchor="middle"', "right": ' text-anchor="end"'}
HATCH_TILE = 72
JOINS = "stroke-linejoin: round; stroke-linecap: butt"


def svg_body(ax: Axes, *, prefix: str) -> str | None:
    """Write what is drawn on a sheet of its own as the inside of an SVG, in points from the upper left corner.

    Parameters
    ----------
    ax
        Axes that fill their figure, one unit a point.
    prefix
        What ids begin with.

    Returns
    -------
    str or None
        None where something is drawn of which this writer knows nothing: then the way over a renderer remains.
    """
    from matplotlib.axis import Axis
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.spines import Spine
    from matplotlib.text import Text

    figure = ax.get_figure(root=True)
    if figure is None or figure.axes != [ax]:
        return None
    pen = _Writer(ax, figure, prefix)
    for artist in sorted(ax.get_children(), key=lambda artist: artist.get_zorder()):
        if isinstance(artist, (Spine, Axis)) or artist is ax.patch or not artist.get_visible():
            continue
        if isinstance(artist, Text):
            known = pen.text(artist)
        elif isinstance(artist, Line2D):
            known = pen.line(artist)
        else:
            known = isinstance(artist, Patch) and pen.patch(artist)
        if not known:
            return None
    return "\n".join([*pen.tiles, *pen.parts])


class _Writer:
    """Collects the elements of one picture."""

    def __init__(self, ax: Axes, figure: Figure, prefix: str) -> None:
        self.ax, self.prefix = ax, prefix
        self.width, self.height = float(ax.get_xlim()[1]), float(ax.get_ylim()[1])
        self.tiles: list[str] = []
        paper = _look("fill", figure.get_facecolor())
        self.parts = [f'<rect width="{_n(self.width)}" height="{_n(self.height)}"{paper}/>']

    def in_units(self, transform: Transform) -> bool:
        return transform is self.ax.transData

    def text(self, text: Text) -> bool:
        """Write a line of text; its baseline is where the letters of the font put it, whatever letters are in it."""
        words = text.get_text()
        if not words.strip():
            return True
        ha, va = text.get_horizontalalignment(), text.get_verticalalignment()
        turned = float(text.get_rotation())
        known = va in ("center", "top", "bottom", "baseline") and (not turned or text.get_rotation_mode() == "anchor")
        if not known or "\n" in words or not self.in_units(text.get_transform()):
            return False
        x, y = (float(at) for at in text.get_unitless_position())
        size = float(text.get_fontsize())
        is_bold = text.get_weight() in ("bold", 700)
        high, deep = line_metrics(size=size, bold=is_bold)
        lift = {"center": deep - high / 2, "top": deep - high, "bottom": deep, "baseline": 0.0}[str(va)]
        at = self.height - y
        spin = f' transform="rotate({_n(-turned)} {_n(x)} {_n(at)})"' if turned else ""
        look = _look("fill", text.get_color(), text.get_alpha())
        bold = ' font-weight="700"' if is_bold else ""
        place = f'x="{_n(x)}" y="{_n(at - lift)}" font-size="{_n(size)}"'
        self.parts.append(f"<text {place}{bold}{ANCHORS.get(str(ha), '')}{look}{spin}>{escape(words)}</text>")
        return True

    def line(self, line: Line2D) -> bool:
        if not self.in_units(line.get_transform()):
            return False
        xs, ys = ([float(value) for value in values] for values in line.get_data(orig=False))
        points = [(x, y) for x, y in zip(xs, ys, strict=True)]
        if any(math.isnan(x + y) for x, y in points):
            return False
        width = float(line.get_linewidth())
        if line.get_linestyle() not in ("None", "none", " ", "") and width and len(points) > 1:
            steps = " ".join(f"{_n(x)} {_n(self.height - y)}" for x, y in points)
            cap = line.get_dash_capstyle() if line.is_dashed() else line.get_solid_capstyle()
            self.parts.append(
                f'<path d="M {steps}" fill="none"{_look("stroke", line.get_color(), line.get_alpha())}'
                f"{_stroke(width, _dashes(line), str(cap))}/>"
            )
        every = line.get_markevery()
        if every is not None and not isinstance(every, list):
            return False
        return self.marks(line, points if every is None else [points[at] for at in every])

    def marks(self, line: Line2D, points: list[tuple[float, float]]) -> bool:
        from matplotlib.markers import MarkerStyle

        if line.get_marker() in ("None", "none", " ", "", None):
            return True
        style = MarkerStyle(line.get_marker(), fillstyle=line.get_fillstyle())
        size, alpha = float(line.get_markersize()), line.get_alpha()
        edge_width = float(line.get_markeredgewidth())
        edge = _look("stroke", line.get_markeredgecolor(), alpha) + _stroke(edge_width) if edge_width else ""
        face = _look("fill", line.get_markerfacecolor(), alpha) if style.is_filled() else ' fill="none"'
        halves = [(face, style.get_path(), style.get_transform())]
        other = style.get_alt_path()
        if other is not None and style.is_filled():
            halves.append((_look("fill", line.get_markerfacecoloralt(), alpha), other, style.get_alt_transform()))
        for x, y in points:
            if style.get_marker() == "o" and other is None:
                r = _n(size / 2)
                self.parts.append(f'<circle cx="{_n(x)}" cy="{_n(self.height - y)}" r="{r}"{face}{edge}/>')
                continue
            for fill, path, transform in halves:
                outline = path.transformed(transform + _scaled(size, x, y))
                self.parts.append(f'<path d="{self.outline(outline)}"{fill}{edge}/>')
        return True

    def patch(self, patch: Patch) -> bool:
        from matplotlib.patches import Rectangle

        if not self.in_units(patch.get_data_transform()):
            return False
        face = _look("fill", patch.get_facecolor()) if patch.get_fill() else ' fill="none"'
        width = float(patch.get_linewidth())
        edge = patch.get_edgecolor()
        stroke = _look("stroke", edge) + _stroke(width, _dashes(patch)) if width and edge[3] else ""
        shapes = [face + stroke]
        hatch = patch.get_hatch()
        if hatch:
            shapes = [face, f' fill="url(#{self.tile(hatch, patch)})"{stroke}']
        for look in shapes:
            if look == ' fill="none"':
                continue
            if type(patch) is Rectangle and not patch.get_angle():
                x, y, wide, high = patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()
                x, y, wide, high = min(x, x + wide), max(y, y + high), abs(wide), abs(high)
                place = f'x="{_n(x)}" y="{_n(self.height - y)}" width="{_n(wide)}" height="{_n(high)}"'
                self.parts.append(f"<rect {place}{look}/>")
            else:
                path = patch.get_patch_transform().transform_path(patch.get_path())
                self.parts.append(f'<path d="{self.outline(path)}"{look}/>')
        return True

    def tile(self, hatch: str, patch: Patch) -> str:
        """Define a hatching once and return its id."""
        from matplotlib.path import Path

        side = HATCH_TILE
        path = Path.hatch(hatch)
        colour = patch.get_hatchcolor() if hasattr(patch, "get_hatchcolor") else patch.get_edgecolor()
        look = f"{_look('fill', colour)}{_look('stroke', colour)}{_stroke(float(patch.get_hatch_linewidth()))}"
        lines = " ".join(_steps(path.vertices * side, path.codes, lambda x, y: f"{_n(x)} {_n(side - y)}"))
        inside = f'<path d="{lines}"{look}/>'
        found = next((at for at, tile in enumerate(self.tiles) if inside in tile), len(self.tiles))
        name = f"{self.prefix}-hatch-{found}"
        if found == len(self.tiles):
            self.tiles.append(
                f'<pattern id="{name}" patternUnits="userSpaceOnUse" x="0" y="0" width="{side}" height="{side}">'
                f"{inside}</pattern>"
            )
        return name

    def outline(self, path: Path) -> str:
        return " ".join(_steps(path.vertices, path.codes, lambda x, y: f"{_n(x)} {_n(self.height - y)}"))


def _steps(vertices: Any, codes: Any, point: Any) -> Iterable[str]:
    """Write a path's corners and curves; `point` writes one place."""
    places = [point(float(x), float(y)) for x, y in vertices]
    if codes is None:
        yield "M " + " ".join(places)
        return
    letters, needs = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}, {1: 1, 2: 1, 3: 2, 4: 3, 79: 1}
    at = 0
    while at < len(places):
        code = int(codes[at])
        count = needs.get(code, 1)
        if code == 79:
            yield "Z"
        elif code in letters:
            yield f"{letters[code]} {' '.join(places[at : at + count])}"
        at += count


def _scaled(size: float, x: float, y: float) -> Transform:
    from matplotlib.transforms import Affine2D

    return Affine2D().scale(size).translate(x, y)


def _n(value: float) -> str:
    """Write a number to a hundredth of a point.

    Examples
    --------
    >>> _n(2.0), _n(2.505), _n(-0.001)
    ('2', '2.5', '0')
    """
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def _look(what: str, colour: Any, alpha: Any = None) -> str:
    from matplotlib.colors import to_hex, to_rgba

    if isinstance(colour, str) and colour.lower() == "none":
        return f' {what}="none"'
    red, green, blue, opacity = to_rgba(colour, alpha)
    if not opacity:
        return f' {what}="none"'
    faint = f' {what}-opacity="{_n(opacity)}"' if opacity < 1 else ""
    return f' {what}="{to_hex((red, green, blue))}"{faint}'


def _stroke(width: float, dashes: str = "", cap: str = "butt") -> str:
    said = f' stroke-width="{_n(width)}"' if width != 1 else ""
    said += f' stroke-dasharray="{dashes}"' if dashes else ""
    return said + (f' stroke-linecap="{"square" if cap == "projecting" else cap}"' if cap != "butt" else "")


def _dashes(artist: Artist) -> str:
    """Return the dash pattern in points; there is no public way to ask for it once it is scaled by the width."""
    _, lengths = getattr(artist, "_dash_pattern", (0, None))
    return " ".join(_n(float(length)) for length in lengths) if lengths else ""
