"""Pictures of groups: every figure of the table is there, what was withheld is not, and names can be read."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from peerlens.draw import alt_text, heat, labels_overlap, links, new_axes, silos, to_png, to_svg
from peerlens.draw.heat import MOST, colour, order
from peerlens.draw.ring import ring
from peerlens.draw.theme import contrast


def ratios(groups: int, *, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    names = [f"Department {number:02d}" for number in range(groups)]
    rows = [(a, b, round(float(random.gamma(2, 0.5)), 1)) for at, a in enumerate(names) for b in names[at + 1 :]]
    frame = pd.DataFrame(rows, columns=["group_a", "group_b", "ratio"])
    frame["withheld"] = np.where(random.random(len(frame)) < 0.2, "fewer than 5 people on one side", "")
    return frame.assign(ratio=frame["ratio"].where(frame["withheld"] == ""))


@pytest.mark.parametrize("groups", [6, 40])
def test_every_cell_twice_with_its_value(groups: int) -> None:
    """Both halves hold the shown cells with their values, and hatching stands for the others."""
    frame = ratios(groups)
    ax = heat(frame, title="Some departments keep apart", subtitle="spring")
    shown = frame[frame["withheld"] == ""]
    gids = [str(patch.get_gid()) for patch in ax.patches]
    assert sum(gid.startswith("cell:") for gid in gids) == 2 * len(shown)
    assert sum(gid.startswith("withheld:") for gid in gids) == 2 * (len(frame) - len(shown))
    values = [text for text in ax.texts if text.get_gid() == "value"]
    assert sorted(text.get_text() for text in values) == sorted([f"{value:.1f}" for value in shown["ratio"]] * 2)
    assert min(text.get_fontsize() for text in values) >= 7
    straight = {text.get_text() for text in ax.texts if text.get_gid() == "group"}
    assert len(straight) == groups
    for (
        text
    ) in ax.texts:  # slanted names have boxes that overlap where the names do not; values stand in cells of their own
        text.set_visible(text.get_gid() not in {"head", "value"})
    assert labels_overlap(ax) == []


def test_no_value_of_a_withheld_cell_is_anywhere() -> None:
    frame = pd.DataFrame(
        {"group_a": ["A", "A"], "group_b": ["B", "C"], "ratio": [7.7, 1.2], "withheld": ["few people", ""]}
    )
    ax = heat(frame, title="t")
    assert ">7.7<" not in to_svg(ax)
    assert ">1.2<" in to_svg(ax)
    assert "7.7" not in alt_text(ax)


def test_more_than_forty_are_folded_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 40
    monkeypatch.setattr(sys.modules["peerlens.draw.heat"], "MOST", 7)
    ax = heat(ratios(10), title="Many", subtitle="spring")
    names = [text.get_text() for text in ax.texts if text.get_gid() == "group"]
    assert len(names) == 7
    assert any("7 of 10 groups are drawn" in text.get_text() for text in ax.texts)


def test_order_puts_together_what_works_together() -> None:
    """Two circles of three: each stands in one block, whatever the order of names."""
    circle = {"A": 0, "C": 0, "E": 0, "B": 1, "D": 1, "F": 1}
    rows = [(a, b, 3.0 if circle[a] == circle[b] else 0.3) for a in circle for b in circle if a < b]
    frame = pd.DataFrame(rows, columns=["group_a", "group_b", "ratio"]).assign(withheld="")
    found = [circle[name] for name in order(frame)]
    assert found in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    assert order(frame) == order(frame.sample(frac=1, random_state=2))


def test_colours_can_be_told_apart_and_read_on() -> None:
    """Less and more differ in hue that survives colour blindness (orange, blue), and some ink is readable on each."""
    for number in (0.0, 0.3, 0.7, 1.0, 1.5, 2.5, 6.0):
        face = colour(number, value="ratio")
        assert max(contrast("#000000", face), contrast("#FFFFFF", face)) >= 4.5


def test_changes_beyond_the_ordinary_are_framed() -> None:
    frame = pd.DataFrame(
        {
            "group_a": ["A", "A", "B"], "group_b": ["B", "C", "C"], "change": [-0.31, 0.04, np.nan],
            "withheld": ["", "", "few"], "is_beyond": [True, False, None],
        }
    )  # fmt: skip
    ax = heat(frame, value="change", title="Contact between A and B fell")
    assert sum(patch.get_gid() == "frame" for patch in ax.patches) == 2
    assert sorted(text.get_text() for text in ax.texts if text.get_gid() == "value") == ["+4", "+4", "−31", "−31"]


def test_silos_say_share_and_expectation() -> None:
    frame = pd.DataFrame(
        {"group": ["B", "A", "C"], "inside_share": [0.7, 0.2, np.nan], "expected_share": [0.2, 0.2, np.nan]}
    )
    ax = silos(frame, title="B keeps to itself")
    assert [text.get_text() for text in ax.texts if text.get_gid() == "group"] == ["A", "B", "C"]  # by name, no ranking
    assert [text.get_text() for text in ax.texts if text.get_gid() == "share"] == ["20 %", "70 %"]
    assert "B: 70 % inside, 20 % expected" in alt_text(ax)
    assert labels_overlap(ax) == []


def test_links_show_thin_ones_only() -> None:
    frame = pd.DataFrame(
        {"group_a": ["A", "A"], "group_b": ["B", "C"], "carriers_a": ["fewer than 5", "10"], "carriers_b": ["5", "15"],
         "is_thin": [True, False]}
    )  # fmt: skip
    ax = links(frame, title="One link hangs on few")
    assert [line.get_gid() for line in ax.lines] == ["link:A:B"]
    assert "5+ people" in {text.get_text() for text in ax.texts}
    assert any("1 other link is carried" in text.get_text() for text in ax.texts)
    assert to_png(ax) == to_png(links(frame, title="One link hangs on few"))


@pytest.mark.parametrize("draw", [heat, silos, links])
def test_missing_columns_are_named(draw) -> None:
    with pytest.raises(ValueError, match="group"):
        draw(pd.DataFrame({"x": [1]}))


def test_what_cannot_be_told_from_expected_is_pale() -> None:
    frame = pd.DataFrame({"group_a": ["A", "A"], "group_b": ["B", "C"], "ratio": [0.3, 0.3], "withheld": ["", ""]})
    ax = heat(frame.assign(reads=["less than expected", "as expected, or cannot tell"]), title="t")
    faces = {str(patch.get_gid()): patch.get_facecolor() for patch in ax.patches}
    assert sum(faces["cell:A:C"][:3]) > sum(faces["cell:A:B"][:3]) + 0.3


@pytest.mark.parametrize(("groups", "size_in"), [(3, None), (6, None), (10, None), (4, (4.3, 5.6)), (7, (4.3, 5.6))])
def test_each_half_of_a_link_says_who_carries_it(groups: int, size_in: tuple[float, float] | None) -> None:
    """Two lines a link, broken where few stand behind that side; names do not overlap; a link withheld is not drawn."""
    random = np.random.default_rng(groups)
    names = [f"Group number {number}" for number in range(groups)]
    rows = [(a, b, *random.choice(["fewer than 5", "10"], 2)) for at, a in enumerate(names) for b in names[at + 1 :]]
    frame = pd.DataFrame(rows, columns=["group_a", "group_b", "carriers_a", "carriers_b"])
    frame.loc[0, ["carriers_a", "carriers_b"]] = np.nan
    ax = ring(frame, dict.fromkeys(names, "10"), ax=new_axes(*size_in) if size_in else None, title="Some are linked")
    halves = {str(line.get_gid()): line for line in ax.lines if str(line.get_gid()).startswith("link:")}
    assert len(halves) == 2 * (len(rows) - 1)
    for row in frame.iloc[1:].itertuples():
        for mine, other, carriers in (
            (row.group_a, row.group_b, row.carriers_a),
            (row.group_b, row.group_a, row.carriers_b),
        ):
            assert halves[f"link:{mine}:{other}"].is_dashed() == carriers.startswith("fewer")
    assert labels_overlap(ax) == []


def test_a_ring_has_room_for_few() -> None:
    frame = pd.DataFrame({"group_a": ["A"], "group_b": ["B"], "carriers_a": ["10"], "carriers_b": ["10"]})
    with pytest.raises(ValueError, match="2 to 10 groups, not for 11"):
        ring(frame, {f"Group {number}": "10" for number in range(11)})
    with pytest.raises(ValueError, match="carriers_b"):
        ring(frame.drop(columns="carriers_b"), {"A": "5", "B": "5"})
