"""The visual language: sizes, colours, marks and the kind words used on screen.

Nothing here touches matplotlib's global state. A theme is a value that is handed on; every drawing function reads it
from the axes it draws on (`theme_of`), so light and dark pictures can stand side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OTHER = "Other departments"
UNKNOWN = "Department unknown"

KIND_WORDS: dict[str, str] = {
    "fading": "gone quieter than usual",
    "one_sided": "they usually start",
    "only_in_crowds": "only in large meetings",
    "never_formed": "no tie yet, though much in common",
    "thin_bridge": "your one link to …",
    "blind_spot": "a department with no tie yet",
}

DIRECTION_WORDS: dict[str, str] = {
    "sideways": "same level",
    "up": "more senior",
    "down": "more junior",
    "external": "outside the organisation",
    "unplaced": "level not known",
}


@dataclass(frozen=True)
class KindStyle:
    """How one kind of flag looks: a dash pattern (in line widths, empty = unbroken) and a mark."""

    dashes: tuple[float, ...]
    marker: str


KIND_STYLES: dict[str, KindStyle] = {
    "fading": KindStyle((3.5, 1.6), "o"),
    "one_sided": KindStyle((5.0, 1.4, 1.2, 1.4), "<"),
    "only_in_crowds": KindStyle((1.1, 1.3), "s"),
    "never_formed": KindStyle((1.1, 3.0), "P"),
    "thin_bridge": KindStyle((), "D"),
    "blind_spot": KindStyle((6.0, 2.0), "X"),
}
OTHER_KIND = KindStyle((3.5, 1.6), "o")

DIRECTION_MARKERS: dict[str, str] = {"sideways": "o", "up": "^", "down": "v", "external": "s", "unplaced": "D"}

# Okabe-Ito without vermilion (kept for flags alone), black (kept for the person in the middle) and yellow (lost on
# white), plus an indigo, an olive and a brown that stay apart from them under simulated red and green blindness;
# softened, so that the one saturated colour on the page is the flag.
HUES: tuple[str, ...] = ("#338EC1", "#EBB233", "#33B18E", "#78C3ED", "#D694B9", "#8A5A3C", "#5C4E9F", "#A3A352")
GREY = "#C2C7CD"
PALE_GREY = "#DADDE1"

# For pictures of direction; a hatch is the second cue.
DIRECTION_COLOURS: dict[str, str] = {
    "up": "#5C4E9F",
    "down": "#78C3ED",
    "sideways": "#33B18E",
    "external": "#EBB233",
    "unplaced": "#DADDE1",
}


@dataclass(frozen=True)
class TypeScale:
    """Font sizes in points."""

    title: float = 15.0
    subtitle: float = 9.5
    label: float = 9.0
    small: float = 8.0


@dataclass(frozen=True)
class Theme:
    """Colours, type and spacing of a picture. Text colours have at least 4.5:1 contrast on `paper`.

    Examples
    --------
    >>> contrast(LIGHT.muted, LIGHT.paper) >= 4.5
    True
    """

    name: str = "light"
    paper: str = "#FFFFFF"
    ink: str = "#1F2328"
    muted: str = "#5A6169"
    accent: str = "#D55E00"
    accent_text: str = "#A84300"
    line: str = "#D3D7DC"
    hairline: str = "#E6E8EB"
    margin: float = 22.0
    row: float = 13.0
    type: TypeScale = field(default_factory=TypeScale)


LIGHT = Theme()
DARK = Theme(
    name="dark", paper="#16181C", ink="#F2F3F5", muted="#A9B0B9", accent="#FF8A3D", accent_text="#FF9F5E",
    line="#4A5058", hairline="#2C3036",
)  # fmt: skip


def kind_words(kind: str, *, department: str = "") -> str:
    """Say a kind of flag in the words used on screen.

    Examples
    --------
    >>> kind_words("thin_bridge", department="Legal")
    'your one link to Legal'
    >>> kind_words("fading")
    'gone quieter than usual'
    """
    words = KIND_WORDS.get(kind, kind.replace("_", " "))
    return words.replace("…", department or "a department")


def kind_style(kind: str) -> KindStyle:
    """Return the dash pattern and mark of a kind; an unknown kind looks like a broken line.

    Examples
    --------
    >>> kind_style("thin_bridge").marker
    'D'
    """
    return KIND_STYLES.get(kind, OTHER_KIND)


def department_colours(departments: Iterable[Hashable]) -> dict[Hashable, str]:
    """Give each department its colour; the eight largest get hues, the rest one grey.

    Size is how often a department occurs. Hues are handed out by name, so that two departments which trade places in
    size keep their colours.

    Examples
    --------
    >>> department_colours(["Sales", "Legal", "Sales"]) == department_colours(["Sales", "Sales", "Legal"])
    True
    >>> department_colours(["Legal", "Sales"])["Legal"]
    '#338EC1'
    """
    fixed = {OTHER: GREY, UNKNOWN: PALE_GREY}
    sizes = Counter(departments)
    ranked = sorted((d for d in sizes if d not in fixed), key=lambda d: (-sizes[d], str(d)))
    hued = sorted(ranked[: len(HUES)], key=str)
    colours: dict[Hashable, str] = dict(zip(hued, HUES, strict=False))
    return {d: fixed.get(str(d)) or colours.get(d, GREY) for d in sorted(sizes, key=str)}


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of a `#RRGGBB` colour.

    Examples
    --------
    >>> round(luminance("#FFFFFF"), 3)
    1.0
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Return the contrast ratio (WCAG 2, 1 to 21) of two colours.

    Examples
    --------
    >>> round(contrast("#000000", "#FFFFFF"))
    21
    """
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """Mix `share` (0 to 1) of `other` into a colour.

    Examples
    --------
    >>> mix("#000000", "#FFFFFF", 0.2)
    '#333333'
    """
    channels = []
    for i in (1, 3, 5):
        channels.append(round(int(colour[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share))
    return "#{:02X}{:02X}{:02X}".format(*channels)


def theme_of(ax: Axes) -> Theme:
    """Return the theme an axes was made with: dark when the paper behind it is dark.

    Examples
    --------
    >>> from peerlens.draw.canvas import new_axes
    >>> theme_of(new_axes(4, 3)).name
    'light'
    """
    from matplotlib.colors import to_hex

    figure = ax.get_figure(root=True)
    if figure is None:
        return LIGHT
    return DARK if luminance(to_hex(figure.get_facecolor())) < 0.2 else LIGHT
