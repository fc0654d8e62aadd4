"""An outline as one HTML file that needs nothing else: styles, pictures and text in one, no script, nothing loaded."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from peerlens import words
from peerlens.draw import DARK, LIGHT, new_axes, to_svg
from peerlens.draw.canvas import SCREEN_FONTS, give_back, sheets_reused
from peerlens.draw.theme import Theme, kind_style
from peerlens.report.share import covered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.report.outline import Outline
    from peerlens.report.parts import Section

WHEEL_IN = (9.4, 6.6)
"""small enough for names to be read on a printed page, on which it stands whole with the headline"""
PHONE_IN = (4.3, 5.6)
"""sheet of the second drawing of each figure, shown where the page is too narrow for the first"""
WHEEL_PHONE_IN = (3.9, 13.5)
"""the same for the wheel, which has a list of names below it; what the list leaves free is cut off"""
BREATHING, HAIRLINE = 4.0, 0.5
"""points left above a picture and beside it; pictures keep to their own margins, so that no mark is cut"""
PX_PER_PT = 4 / 3


def render(outline: Outline, *, names: dict[str, str] | None = None) -> str:
    """Write a report as one HTML5 document. The same outline gives the same text.

    Parameters
    ----------
    outline
        What the report says.
    names
        Token to name, for *screen mode*: of an outline with tokens, the names lie under covers until they are clicked.
    """
    with sheets_reused():
        figures = {section.lens: _figures(section) for section in outline.sections}
        reliability = _reliability(outline)
    page = (
        environment()
        .get_template("person.html.j2")
        .render(
            outline=outline,
            figures=figures,
            reliability=reliability,
            style=style(),
            version=version("peerlens"),
            said=words.day,
            dashes=_dashes,
            is_covered=names is not None,
        )
    )
    page = words.unbroken(page)
    return page if names is None else covered(page, names)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return where the templates are; what they print is escaped, and a missing name is an error."""
    return Environment(
        loader=PackageLoader("peerlens.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )


@lru_cache(maxsize=1)
def style() -> Markup:
    """Return the style sheet with the colours and the type of the pictures, so that the two cannot drift apart."""
    sheet = (files("peerlens.report") / "templates" / "style.css").read_text(encoding="utf-8")
    sheet = sheet.replace("/* dark colours */", _colours(DARK))
    return Markup(f":root {{ {_colours(LIGHT)} --font: {SCREEN_FONTS}; }}\n{sheet}")


def _colours(theme: Theme) -> str:
    """Write the colours of a theme as custom properties."""
    colours = {name: value for name, value in asdict(theme).items() if isinstance(value, str) and value.startswith("#")}
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in colours.items())


def _figures(section: Section) -> tuple[Markup, Markup]:
    """Draw a section's picture for wide and for narrow pages."""
    wide = Markup(flat_picture(section, prefix=f"{section.lens}-wide", wheel_in=WHEEL_IN))
    phone = PHONE_IN if section.cards is None else WHEEL_PHONE_IN
    narrow = svg(section.picture(new_axes(*phone, is_fitted=True)), prefix=f"{section.lens}-narrow")
    return wide, narrow


def flat_picture(section: Section, *, prefix: str, wheel_in: tuple[float, float] | None = None) -> str:
    """Draw a section's picture as SVG, for a page that says its title; the wheel, if wished, on a sheet of another size."""
    sheet = None if wheel_in is None or section.cards is None else new_axes(*wheel_in)
    return str(svg(section.picture(sheet), prefix=prefix))


def _reliability(outline: Outline) -> Markup | None:
    """Draw the reliability diagram where chances were checked."""
    if outline.evidence is None:
        return None
    from peerlens.draw import reliability

    known = outline.evidence
    return svg(reliability(known.table, title=known.title, subtitle=known.subtitle), prefix="reliability")


def svg(ax: Axes, *, prefix: str) -> Markup:
    """Return a picture without its title and its margins: the section's heading and the page have those.

    The title stays in the file as the picture's name for screen readers.
    """
    titles = [text for text in ax.texts if text.get_gid() == "title"]
    lowest = min((float(text.get_position()[1]) - 1.42 * float(text.get_fontsize()) for text in ax.texts), default=0.0)
    below = [float(text.get_position()[1]) for text in ax.texts if text.get_gid() == "subtitle"]
    width, height = float(ax.get_xlim()[1]), float(ax.get_ylim()[1])
    for text in titles:
        text.set_visible(False)
    drawn = to_svg(ax, prefix=prefix)
    give_back(ax)
    left = LIGHT.margin - HAIRLINE
    top = height - max(below) - BREATHING if titles and below else 0.0
    wide = width - 2 * left
    high = height - top - max(lowest - LIGHT.margin * 0.75, 0.0)
    drawn = re.sub(r'viewBox="[^"]*"', f'viewBox="{left:.2f} {top:.2f} {wide:.2f} {high:.2f}"', drawn, count=1)
    return Markup(re.sub(r"max-width: \d+px", f"max-width: {wide * PX_PER_PT:.0f}px", drawn, count=1))


def _dashes(kind: str) -> str:
    """Return the dash pattern of a kind for a line 2.5 wide, as the wheel draws it."""
    return " ".join(f"{2.5 * length:.1f}" for length in kind_style(kind).dashes) or "none"
