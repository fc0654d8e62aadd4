"""Tables in, pictures out: axes-level functions over plain DataFrames. Knows no lens and no tie.

matplotlib and pyvis are imported by the functions that need them, when they run.
"""

from peerlens.draw.balance import balance
from peerlens.draw.canvas import alt_text, new_axes, save, to_png, to_svg
from peerlens.draw.explorer import explorer_page
from peerlens.draw.heat import heat
from peerlens.draw.links import links
from peerlens.draw.page import Page
from peerlens.draw.reliability import reliability
from peerlens.draw.rhythm import rhythm
from peerlens.draw.silos import silos
from peerlens.draw.text import labels_overlap
from peerlens.draw.theme import DARK, DIRECTION_WORDS, KIND_WORDS, LIGHT, Theme, department_colours, kind_words
from peerlens.draw.wheel import wheel

__all__ = [
    "DARK",
    "DIRECTION_WORDS",
    "KIND_WORDS",
    "LIGHT",
    "Page",
    "Theme",
    "alt_text",
    "balance",
    "department_colours",
    "explorer_page",
    "heat",
    "kind_words",
    "labels_overlap",
    "links",
    "new_axes",
    "reliability",
    "rhythm",
    "save",
    "silos",
    "to_png",
    "to_svg",
    "wheel",
]
