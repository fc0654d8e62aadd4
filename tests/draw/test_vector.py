"""Pictures written from their artists look as matplotlib's own writer draws them."""

from __future__ import annotations

import pandas as pd
import pytest

from peerlens.draw import balance, canvas, new_axes, to_svg, wheel
from peerlens.draw.roster import roster
from peerlens.draw.vector import svg_body


def _pixels(svg: str, folder, name: str):
    import io

    import numpy as np
    import typst
    from matplotlib.image import imread

    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    source = folder / f"{name}.typ"
    source.write_text(f'#set page(width: 400pt, height: auto, margin: 0pt)\n#image("{name}.svg", width: 400pt)\n')
    return np.asarray(imread(io.BytesIO(typst.compile(str(source), root=str(folder), format="png", ppi=72))))[..., :3]


@pytest.mark.parametrize("name", ["wheel", "hatched shares", "half-filled marks"])
def test_it_looks_as_the_renderer_draws_it(name, few, tmp_path, monkeypatch):
    if name == "wheel":
        ax = wheel(few, title="One tie <has> gone quiet")
    elif name == "hatched shares":
        shares = [("a", "up", 0.3), ("a", "sideways own team", 0.3), ("a", "down", 0.4)]
        ax = balance(pd.DataFrame(shares, columns=["period", "direction", "share"]))
    else:
        people = pd.DataFrame({"group": ["Team"] * 3, "label": ["Ann", "Bo", "Cy"], "state": ["live", "some", "none"]})
        ax = roster(people, states=("live", "some", "none"), how_to_read="each mark is one person.")
    assert svg_body(ax, prefix="a") is not None
    mine = _pixels(to_svg(ax, prefix="a"), tmp_path, "mine")
    monkeypatch.setattr(canvas, "svg_body", lambda ax, prefix: None)
    theirs = _pixels(to_svg(ax, prefix="a"), tmp_path, "theirs")
    assert mine.shape == theirs.shape
    assert abs(mine - theirs).mean() < 0.004
    assert (abs(mine - theirs).max(axis=2) > 0.5).mean() < 0.004


def test_what_the_writer_does_not_know_goes_over_the_renderer():
    ax = new_axes(3, 2)
    ax.fill_between([10, 100], [20, 80])
    assert svg_body(ax, prefix="a") is None
    assert "<path" in to_svg(ax, prefix="a")
