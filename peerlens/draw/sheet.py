"""Axes that show themselves when a notebook cell returns them, without pyplot."""

from __future__ import annotations

from matplotlib.axes import Axes

SCREEN_DPI = 100


class Sheet(Axes):
    """Axes that fill a figure of their own and display as PNG."""

    def _repr_png_(self) -> bytes:
        from peerlens.draw.canvas import to_png

        return to_png(self, dpi=SCREEN_DPI)
