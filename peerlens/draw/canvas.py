"""The sheet a picture is drawn on: making it, its header and footer, and writing it to a file.

One unit of the axes is one point (1/72 inch): what is measured is what is drawn.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from peerlens.draw.text import text_width, wrap, write
from peerlens.draw.theme import LIGHT, Theme, theme_of
from peerlens.draw.vector import JOINS, svg_body
from peerlens.files import replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_spare: ContextVar[list[Axes] | None] = ContextVar("peerlens_spare_sheets", default=None)
HOLDER = "peerlens-figure"
"""what ids begin with until the picture's content has given them a name"""
NARROW = 400.0
"""points; on a narrower sheet, such as a phone's, names may take a larger part of the width"""
SCREEN_FONTS = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'DejaVu Sans', sans-serif"


def new_axes(width_in: float, height_in: float, *, theme: Theme = LIGHT, is_fitted: bool = False) -> Axes:
    """Make an empty axes that fills a figure of its own, without pyplot, and shows itself in a notebook.

    With ``is_fitted`` the height is a first guess, and a picture that knows what it needs changes it (:func:`fitted`).

    Examples
    --------
    >>> in_points(new_axes(6, 4))
    (432.0, 288.0)
    """
    spare = _spare.get()
    if spare and theme is LIGHT:
        ax = spare.pop()
        figure = _figure(ax)
        figure.set_size_inches(width_in, height_in)
        in_points(ax)
        ax.is_fitted = is_fitted  # type: ignore[attr-defined]  # only sheets are given back
        return ax
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from peerlens.draw.sheet import Sheet

    figure = Figure(figsize=(width_in, height_in), dpi=144, facecolor=theme.paper)
    figure.set_layout_engine("none")
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0), axes_class=Sheet)
    in_points(ax)
    ax.is_fitted = is_fitted
    return ax


@contextmanager
def sheets_reused() -> Iterator[None]:
    """Let sheets that are given back be drawn on again: making one takes as long as drawing on it.

    Examples
    --------
    >>> with sheets_reused():
    ...     ax = new_axes(6, 4)
    ...     give_back(ax)
    ...     new_axes(3, 2) is ax
    True
    """
    token = _spare.set([])
    try:
        yield
    finally:
        _spare.reset(token)


def give_back(ax: Axes) -> None:
    """Say that a picture is written and nobody will look at its sheet again; outside :func:`sheets_reused` nothing happens."""
    from peerlens.draw.sheet import Sheet

    spare = _spare.get()
    if spare is not None and isinstance(ax, Sheet) and theme_of(ax) is LIGHT:
        for artist in [*ax.texts, *ax.lines, *ax.patches]:
            artist.remove()
        ax.set_label("")
        spare.append(ax)


def in_points(ax: Axes) -> tuple[float, float]:
    """Make one unit of an axes one point, hide its frame, and return its width and height.

    Examples
    --------
    >>> in_points(new_axes(2, 1))
    (144.0, 72.0)
    """
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("The axes belongs to no figure. Pass an axes that is on a figure, or leave out ax=.")
    box = ax.get_window_extent()
    width, height = round(float(box.width) * 72 / figure.dpi, 3), round(float(box.height) * 72 / figure.dpi, 3)
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    return width, height


def header(ax: Axes, *, title: str, subtitle: str) -> float:
    """Write the title and the subtitle at the top left, wrapped, and return the height (y) left below them.

    Examples
    --------
    >>> ax = new_axes(6, 4)
    >>> header(ax, title="Two ties have gone quiet", subtitle="2 Mar to 30 Aug") < 288
    True
    """
    theme, (width, height) = theme_of(ax), in_points(ax)
    inner = width - 2 * theme.margin
    y = height - theme.margin * 0.9
    size = theme.type.title if width >= 380 else theme.type.title * 0.8
    for line in wrap(title, width=inner, size=size, bold=True) if title else []:
        write(ax, theme.margin, y, line, size=size, bold=True, color=theme.ink, va="top", gid="title")
        y -= size * 1.28
    y -= 2 if title else 0
    for line in wrap(subtitle, width=inner, size=theme.type.subtitle) if subtitle else []:
        write(ax, theme.margin, y, line, size=theme.type.subtitle, color=theme.muted, va="top", gid="subtitle")
        y -= theme.type.subtitle * 1.4
    return y


def fitted(ax: Axes, *, top: float, bottom: float, body: float) -> float:
    """Give the part between header and footer the height it needs, where the sheet was made for that; return its new top.

    Call it after the header and the footer and before anything between them.

    Parameters
    ----------
    ax
        The sheet.
    top, bottom
        Where the part begins and ends now.
    body
        How high it should be, in points.

    Examples
    --------
    >>> ax = new_axes(4, 5, is_fitted=True)
    >>> fitted(ax, top=300.0, bottom=100.0, body=60.0), in_points(ax)
    (160.0, (288.0, 220.0))
    >>> fitted(new_axes(4, 5), top=300.0, bottom=100.0, body=60.0)
    300.0
    """
    if not getattr(ax, "is_fitted", False):
        return top
    spare = round(top - bottom - body, 3)
    width, height = in_points(ax)
    _figure(ax).set_size_inches(width / 72, (height - spare) / 72)
    in_points(ax)
    for text in ax.texts:
        if text.get_gid() in {"title", "subtitle"}:
            text.set_y(text.get_position()[1] - spare)
    return top - spare


def footer(ax: Axes, *, how_to_read: str, top: float | None = None) -> float:
    """Write the "How to read" line at the bottom left, or below `top`, wrapped, and return the height (y) its top reaches.

    Examples
    --------
    >>> ax = new_axes(6, 4)
    >>> footer(ax, how_to_read="Each mark is one person.") > 0
    True
    """
    theme, (width, _) = theme_of(ax), in_points(ax)
    size = theme.type.small
    lines = wrap(f"How to read: {how_to_read}", width=width - 2 * theme.margin, size=size)
    y = theme.margin * 0.75 + len(lines) * size * 1.42 if top is None else top
    for i, line in enumerate(lines):
        write(ax, theme.margin, y - i * size * 1.42, line, size=size, color=theme.muted, va="top", gid="how-to-read")
    return y


def key(ax: Axes, *, items: list[tuple[dict[str, Any], str]], bottom: float) -> float:
    """Draw a row of marks with their words above `bottom`, wrapped, and return the height (y) its top reaches.

    Examples
    --------
    >>> ax = new_axes(6, 4)
    >>> key(ax, items=[({"marker": "o", "color": "#000000"}, "same level")], bottom=30) > 30
    True
    """
    from matplotlib.lines import Line2D

    theme, (width, _) = theme_of(ax), in_points(ax)
    size, rows, x = theme.type.small, [[]], theme.margin
    for style, words in items:
        swatch = 28.0 if style.get("linewidth") else 9.0
        wide = swatch + 6 + text_width(words, size=size)
        if rows[-1] and x + wide > width - theme.margin:
            rows.append([])
            x = theme.margin
        rows[-1].append((x, swatch, style, words))
        x += wide + 20
    top = bottom + 6 + len(rows) * 15
    for i, row in enumerate(rows):
        y = top - 8 - i * 15
        for x, swatch, style, words in row:
            ends = [x, x + swatch / 2, x + swatch] if style.get("linewidth") else [x + swatch / 2]
            marked = {"markevery": [1]} if style.get("linewidth") else {}
            line = Line2D(ends, [y] * len(ends), clip_on=False, zorder=20, **{"linestyle": "None", **marked, **style})
            line.set_gid("key")
            ax.add_line(line)
            write(ax, x + swatch + 6, y, words, size=size, color=theme.ink, gid="key")
    return top


def describe(ax: Axes, words: str) -> None:
    """Give a picture its alt text; `to_svg` puts it into the file.

    Examples
    --------
    >>> ax = new_axes(2, 1)
    >>> describe(ax, "An empty sheet.")
    >>> alt_text(ax)
    'An empty sheet.'
    """
    ax.set_label(words.replace(".. ", ". "))  # most titles end their sentence themselves


def alt_text(ax: Axes) -> str:
    """Return a picture's alt text.

    Examples
    --------
    >>> alt_text(new_axes(2, 1))
    ''
    """
    return str(ax.get_label())


def _rendered(figure: Figure, kind: str, dpi: float) -> bytes:
    import matplotlib

    empty: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None, "Type": None, "Format": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }
    if kind not in empty:
        raise ValueError(f"Cannot write a .{kind} picture. Use a name that ends in .png, .svg or .pdf.")
    # savefig reads these from global settings and offers no argument for them
    fixed: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "peerlens",
        "pdf.fonttype": 42,
        "savefig.bbox": None,
    }
    buffer = io.BytesIO()
    with matplotlib.rc_context(fixed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format=kind, dpi=dpi, facecolor=figure.get_facecolor(), metadata=empty[kind])
    return buffer.getvalue()


def _figure(drawn: Axes | Figure) -> Figure:
    from matplotlib.figure import Figure

    if isinstance(drawn, Figure):
        return drawn
    figure = drawn.get_figure(root=True)
    if figure is None:
        raise ValueError("The axes belongs to no figure, so there is nothing to write.")
    return figure


def to_png(drawn: Axes | Figure, *, dpi: float = 144) -> bytes:
    """Render a picture as PNG.

    Examples
    --------
    >>> to_png(new_axes(1, 1))[:4]
    b'\\x89PNG'
    """
    return _rendered(_figure(drawn), "png", dpi)


def to_svg(ax: Axes, *, prefix: str = "") -> str:
    """Render a picture as SVG to put inside a page: text stays text, nothing is loaded from elsewhere.

    `prefix` keeps the ids of several pictures on one page apart; without it, one is made from the picture's content.

    Examples
    --------
    >>> "<title" in to_svg(new_axes(1, 1), prefix="wheel") and "http:" not in to_svg(new_axes(1, 1)).split(">", 1)[1]
    True
    """
    body = svg_body(ax, prefix=prefix or HOLDER)
    if body is None:
        body, width, height = _by_renderer(ax, prefix=prefix or HOLDER)
    else:
        width, height = float(ax.get_xlim()[1]), float(ax.get_ylim()[1])
    if not prefix:
        prefix = f"fig-{sha256(body.encode()).hexdigest()[:8]}"
        body = body.replace(f"{HOLDER}-", f"{prefix}-")
    titles = [t.get_text() for t in ax.texts if t.get_gid() == "title"]
    return (
        f'<svg id="{prefix}" viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg" width="100%"'
        f' preserveAspectRatio="xMinYMin"'
        f' style="max-width: {width * 4 / 3:.0f}px; height: auto" role="img"'
        f' aria-labelledby="{prefix}-title {prefix}-desc">\n'
        f'<title id="{prefix}-title">{escape(" ".join(titles) or "Picture")}</title>\n'
        f'<desc id="{prefix}-desc">{escape(alt_text(ax))}</desc>\n'
        f"<style>#{prefix} text {{font-family: {SCREEN_FONTS}}} #{prefix} * {{{JOINS}}}</style>\n{body}\n</svg>\n"
    )


def _by_renderer(ax: Axes, *, prefix: str) -> tuple[str, float, float]:
    """Return the inside of what matplotlib writes of a whole figure, with its width and height in points.

    Ids are made legal and begin with the prefix; what says nothing is left out.
    """
    svg = _rendered(_figure(ax), "svg", 72).decode("utf-8")
    opening, svg = svg[svg.index("<svg") :].split(">", 1)
    width, height = (float(re.findall(rf'{side}="([\d.]+)pt"', opening)[0]) for side in ("width", "height"))
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<style[^>]*>.*?</style>\s*|</svg>\s*$", "", svg, flags=re.S)
    used = set(re.findall(r"url\(#([^)]*)\)", svg)) | set(re.findall(r'xlink:href="#([^"]*)"', svg))
    numbers = {
        name: f"{prefix}-{i}" for i, name in enumerate(n for n in re.findall(r'\bid="([^"]*)"', svg) if n in used)
    }
    svg = re.sub(r'\s\bid="([^"]*)"', lambda m: f' id="{numbers[m[1]]}"' if m[1] in numbers else "", svg)
    svg = re.sub(r"url\(#([^)]*)\)", lambda m: f"url(#{numbers[m[1]]})", svg)
    svg = re.sub(r'xlink:href="#([^"]*)"', lambda m: f'href="#{numbers[m[1]]}"', svg)
    svg = re.sub(r'font-family: [^;"]*;? ?', "", svg)
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r' d="[^"]*"', lambda m: re.sub(r"\s*\n\s*", " ", m[0]), svg)
    return re.sub(r"\n\s*", "\n", svg).strip(), width, height


def save(drawn: Axes | Figure, path: str | Path) -> Path:
    """Write a picture to a file; the ending (.png, .svg, .pdf) says the format. Never leaves half a file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(new_axes(1, 1), Path(folder) / "empty.png").name
    'empty.png'
    """
    path = Path(path)
    figure, kind = _figure(drawn), path.suffix.lower().removeprefix(".")
    if kind == "svg" and drawn is not figure:  # with alt text, and with ids that are legal
        written = f'<?xml version="1.0" encoding="utf-8"?>\n{to_svg(cast("Axes", drawn))}'.encode()
    else:
        written = _rendered(figure, kind, 200)
    replace_file(path, written)
    return path
