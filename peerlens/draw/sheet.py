"""Axes that show themselves when a notebook cell returns them, without pyplot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import IdentityTransform

if TYPE_CHECKING:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

SCREEN_DPI = 100


class Frame(Rectangle):
    """The whole of a sheet, which every mark on it is clipped to: asked for once a mark, so it works nothing out."""

    def get_patch_transform(self) -> IdentityTransform:
        """Return what turns the unit square into this one."""
        return IdentityTransform()


class Sheet(Axes):
    """Axes that fill a figure of their own and display as PNG."""

    is_fitted = False
    """whether a picture makes the sheet as high as it needs (:func:`peerlens.draw.canvas.fitted`)"""

    def _gen_axes_patch(self) -> Frame:
        return Frame((0.0, 0.0), 1.0, 1.0)

    def _repr_png_(self) -> bytes:
        from peerlens.draw.canvas import to_png

        return to_png(self, dpi=SCREEN_DPI)

    def add_patch(self, p: Patch) -> Any:
        """Add a patch; the limits are those of the sheet, so what it adds to them is not asked."""
        return self.add_artist(p)

    def add_line(self, line: Line2D) -> Any:
        """Add a line, as :meth:`add_patch` does."""
        return self.add_artist(line)
