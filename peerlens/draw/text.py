"""Fitting text: measuring, shortening, wrapping, and finding labels that overlap."""

from __future__ import annotations

import unicodedata
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

# DejaVu Sans comes with matplotlib, so a picture is laid out alike everywhere; the others fill in scripts it lacks.
FAMILIES = (
    "DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Devanagari",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans", "Malgun Gothic", "Apple SD Gothic Neo", "Arial Unicode MS",
)  # fmt: skip


TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""marks that turn the direction of what follows: a name with one would turn whatever stands behind it"""


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """Return the font families on this machine that pictures use, best first.

    Examples
    --------
    >>> families()[0]
    'DejaVu Sans'
    """
    from matplotlib.font_manager import fontManager

    present = set(fontManager.get_font_names())
    return tuple(name for name in FAMILIES if name in present) or ("sans-serif",)


def clean(text: object) -> str:
    """Make one printable line of anything: no control characters, no line breaks, no broken surrogates.

    Examples
    --------
    >>> clean("Anna\\n Lee\\x00")
    'Anna Lee'
    """
    line = " ".join(str(text).split())
    return "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cs"} and c not in TURNING)


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """Return the width of a line in points.

    Characters that are one em wide in every font that has them (Chinese, Japanese, Korean) count one em even where this
    machine lacks the font, so that a page laid out here still fits on a screen that has it.

    Examples
    --------
    >>> text_width("mm", size=10) > text_width("ii", size=10)
    True
    """
    if text.isascii():  # letter by letter: most of what is measured is the same few letters again
        return sum(_advance(letter, size, bold) for letter in text)
    wide = sum(1 for c in text if unicodedata.east_asian_width(c) in "WF")
    narrow = "".join(c for c in text if unicodedata.east_asian_width(c) not in "WF")
    return wide * size + _measured(narrow, size, bold)


@lru_cache(maxsize=4096)
def _advance(letter: str, size: float, bold: bool) -> float:
    """Return how far a letter moves the next one on: what many of it take, less what the ends of a line do."""
    return (_measured(letter * 9, size, bold) - _measured(letter, size, bold)) / 8


@lru_cache(maxsize=8192)
def _measured(text: str, size: float, bold: bool) -> float:
    return _extent(text, size, bold)[0] if text else 0.0


def line_metrics(*, size: float, bold: bool = False) -> tuple[float, float]:
    """Return the height of a line of text, and how much of it lies below the baseline, in points.

    Examples
    --------
    >>> high, deep = line_metrics(size=10)
    >>> 9 < high < 12 and 1.5 < deep < 3
    True
    """
    return _extent("lp", size, bold)[1:]


@lru_cache(maxsize=8192)
def _extent(text: str, size: float, bold: bool) -> tuple[float, float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph missing on this machine is drawn by the reader's
        found = _ruler().get_text_width_height_descent(text, _font(size, bold), ismath=False)
    return found[0] / 4.0, found[1] / 4.0, found[2] / 4.0


@lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(1, 1, 288)


@lru_cache(maxsize=256)
def _font(size: float, bold: bool) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=list(families()), size=size, weight="bold" if bold else "normal")


def shorten(text: object, *, width: float, size: float, bold: bool = False) -> str:
    """Cut a line to a width in points, ending in an ellipsis where something was cut.

    Examples
    --------
    >>> shorten("Anna", width=100, size=9)
    'Anna'
    >>> shorten("Wolfeschlegelsteinhausenbergerdorff", width=60, size=9).endswith("…")
    True
    """
    line = clean(text)
    if text_width(line, size=size, bold=bold) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(line[:middle] + "…", size=size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    while 0 < low < len(line) and (unicodedata.combining(line[low]) or line[low - 1] in "\u200c\u200d"):
        low -= 1  # never part a letter from its accents
    return line[:low].rstrip(" ,.·-") + "…"


def wrap(text: object, *, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width` points; a single word too long for a line is broken anywhere.

    Examples
    --------
    >>> wrap("one two three", width=40, size=9)
    ['one two', 'three']
    """
    lines: list[str] = []
    current = ""
    for word in clean(text).split(" "):
        trial = f"{current} {word}".strip()
        if text_width(trial, size=size, bold=bold) <= width:
            current = trial
            continue
        if current:
            lines.append(current)
        current = word
        while text_width(current, size=size, bold=bold) > width and len(current) > 1:
            cut = len(shorten(current, width=width, size=size, bold=bold)) - 1
            cut = min(max(cut, 1), len(current) - 1)
            lines.append(current[:cut])
            current = current[cut:]
    return [*lines, current] if current else lines


def listed(head: str, names: list[str], *, width: float, size: float, most: int) -> list[str]:
    """Name as many as fit on a few lines, and count the rest.

    Examples
    --------
    >>> listed("Not yet: ", ["Legal", "Sales", "Support"], width=130, size=9, most=1)
    ['Not yet: Legal and 2 more']
    """
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        lines = wrap(head + ", ".join(names[:shown]) + (f" and {rest} more" if rest else ""), width=width, size=size)
        if len(lines) <= most:
            return lines
    return [shorten(head + names[0], width=width, size=size)]


def write(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Write one line exactly as it is (no mathematics, no user style) at a place in the axes' own units.

    Examples
    --------
    >>> from peerlens.draw.canvas import new_axes
    >>> ax = new_axes(3, 2)
    >>> write(ax, 0.5, 0.5, "5 $ an hour", size=9, color="#000000")
    >>> ax.texts[0].get_text()
    '5 $ an hour'
    """
    properties = _font(style.pop("size"), style.pop("bold", False))  # copied by the text it is given to
    style = {"ha": "left", "va": "center", "zorder": 20, "clip_on": False, **style}
    ax.text(x, y, text, fontproperties=properties, parse_math=False, usetex=False, **style)


def labels_overlap(ax: Axes) -> list[tuple[str, str]]:
    """List the pairs of texts on an axes whose boxes overlap.

    Examples
    --------
    >>> from peerlens.draw.canvas import new_axes
    >>> ax = new_axes(3, 2)
    >>> for x in (0.4, 0.41):
    ...     write(ax, x, 0.5, "here", size=9, color="#000000")
    >>> labels_overlap(ax)
    [('here', 'here')]
    """
    boxes = label_boxes(ax)
    pairs = []
    for i, (one, a) in enumerate(boxes):
        for two, b in boxes[i + 1 :]:
            if min(a[2], b[2]) - max(a[0], b[0]) > 0.5 and min(a[3], b[3]) - max(a[1], b[1]) > 0.5:
                pairs.append((one, two))
    return pairs


def label_boxes(ax: Axes) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return each text of an axes with its box (left, bottom, right, top) in points from the figure's corner.

    Examples
    --------
    >>> from peerlens.draw.canvas import new_axes
    >>> ax = new_axes(3, 2)
    >>> write(ax, 0.5, 0.5, "here", size=9, color="#000000")
    >>> len(label_boxes(ax))
    1
    """
    from matplotlib.backends.backend_agg import RendererAgg

    figure = ax.get_figure(root=True)
    if figure is None:
        return []
    renderer = RendererAgg(figure.bbox.width, figure.bbox.height, figure.dpi)
    boxes = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in ax.texts:
            if text.get_visible() and text.get_text().strip():
                box = text.get_window_extent(renderer)
                k = 72.0 / figure.dpi
                boxes.append((text.get_text(), (box.x0 * k, box.y0 * k, box.x1 * k, box.y1 * k)))
    return boxes
