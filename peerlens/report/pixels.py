"""Pictures as PNG for slides, several in one go: typst rasters an SVG in a quarter of the time matplotlib takes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path


def as_png(pictures: Sequence[str], *, ppi: float) -> list[bytes]:
    """Turn SVG pictures into PNG, each as large as its view box in points.

    Parameters
    ----------
    pictures
        SVG, as :func:`peerlens.report.page.svg` writes it.
    ppi
        Pixels per inch.

    Examples
    --------
    >>> from peerlens.draw import new_axes, to_svg
    >>> as_png([to_svg(new_axes(1, 1))], ppi=72)[0][:4]
    b'\\x89PNG'
    """
    import matplotlib
    import typst

    if not pictures:
        return []
    with tempfile.TemporaryDirectory(prefix="peerlens-") as place:
        folder = Path(place)
        pages = ["#set page(width: auto, height: auto, margin: 0pt, fill: white)"]
        for at, picture in enumerate(pictures):
            (folder / f"{at}.svg").write_text(picture, encoding="utf-8")
            pages.append(f'#page(image("{at}.svg", width: {size_of(picture)[0]:.2f}pt))')
        source = folder / "pictures.typ"
        source.write_text("\n".join(pages), encoding="utf-8")
        fonts = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
        made = typst.compile(str(source), root=str(folder), font_paths=[fonts], format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made)


def size_of(picture: str) -> tuple[float, float]:
    """Return the width and height of an SVG's view box.

    Examples
    --------
    >>> size_of('<svg viewBox="0 0 72 36">')
    (72.0, 36.0)
    """
    _, _, width, height = picture.split('viewBox="', 1)[1].split('"', 1)[0].split()
    return float(width), float(height)
