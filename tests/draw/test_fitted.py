"""Pictures on a sheet of their own height: nothing is stretched to fill it or overlaps, and colours agree between pictures."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from peerlens.draw import labels_overlap, new_axes
from peerlens.draw.canvas import in_points
from peerlens.draw.coverage import coverage
from peerlens.draw.layout import wheel_layout
from peerlens.draw.placebos import placebos
from peerlens.draw.pyramid import pyramid
from peerlens.draw.ramp import ramp
from peerlens.draw.roster import roster
from peerlens.draw.starts import starts
from peerlens.draw.with_without import with_without

PHONE_IN = (4.3, 5.6)
SAID = {
    "title": "A finding that takes two lines on a sheet as narrow as this",
    "subtitle": "26 weeks up to 25 Sep 2026, n = 12",
}


def phone():
    return new_axes(*PHONE_IN, is_fitted=True)


def boxes(ax, gid: str) -> list:
    return [patch for patch in ax.patches if str(patch.get_gid()).startswith(gid)]


def test_one_bar_stays_a_bar():
    frame = pd.DataFrame({"label": ["Your outside work"], "with": [0.15], "without": [0.85]})
    ax = with_without(frame, words=("with", "without"), what="contact", ax=phone(), **SAID)
    assert {patch.get_height() < 40 for patch in boxes(ax, "with")} == {True}
    assert in_points(ax)[1] < 250
    assert labels_overlap(ax) == []


def test_a_short_list_leaves_no_gap():
    frame = pd.DataFrame({"group": "Team", "label": ["Ann", "Bo", "Cy"], "state": "in touch"})
    ax = roster(frame, states=("in touch", "not"), how_to_read="each mark is one person.", ax=phone(), **SAID)
    lowest = min(float(text.get_position()[1]) for text in ax.texts if text.get_gid() == "label")
    reading = max(float(text.get_position()[1]) for text in ax.texts if text.get_gid() == "how-to-read")
    assert lowest - reading < 60
    titles = [float(text.get_position()[1]) for text in ax.texts if text.get_gid() == "title"]
    assert in_points(ax)[1] - max(titles) < 30  # the header came along


def test_many_occasions_on_a_phone():
    days = pd.date_range("2026-06-15", periods=16, freq="4D")
    frame = pd.DataFrame({"group": "Marketing", "held_on": days, "channel": ["mail", "meeting"] * 8, "share": 0.4})
    ax = coverage(frame, order=["Marketing"], marked=set(), notes={"Marketing": "this week"}, ax=phone(), **SAID)
    assert labels_overlap(ax) == []
    assert sum(line.get_gid() == "met" for line in ax.lines) == 8  # dots stand for the word
    wide = coverage(frame, order=["Marketing"], marked=set(), notes={"Marketing": "this week"}, **SAID)
    assert sum(text.get_text() == "met" for text in wide.texts) == 8


@pytest.mark.parametrize("width", [4.3, 9.2])
def test_panels_keep_apart(width: float):
    weeks = pd.DataFrame({"week": range(1, 5), "peers": [2, 2, 3, 3], "others": [1, 1, 1, 1]})
    sheet = new_axes(width, 5.6, is_fitted=True)
    ax = ramp(weeks, measures={"peers": "Peers met", "others": "Other departments met"}, weeks=26, ax=sheet, **SAID)
    assert labels_overlap(ax) == []
    days = pd.date_range("2025-10-06", periods=40, freq="7D")
    team = pd.DataFrame({"week_of": days, "share": 0.5, "is_after": [False] * 15 + [True] * 25})
    sheet = new_axes(width, 5.6, is_fitted=True)
    ax = placebos(
        team, others=[0.01 * n for n in range(-12, 13)], own=0.14, changed_on=days[15].date(), ax=sheet, **SAID
    )
    assert labels_overlap(ax) == []
    heading = next(text for text in ax.texts if text.get_text().startswith("Change in points"))
    assert (heading.get_position()[0] < width * 72 / 2) == (width < 5)


def test_what_one_began_lies_right_and_what_others_began_left():
    frame = pd.DataFrame(
        {
            "department": ["Ops"] * 5 + ["Legal"],
            "began": [True, True, True, False, False, False],
            "kept_going": [True, False, False, False, True, False],
        }
    )
    ax = starts(frame, ax=phone(), **SAID)
    middle = boxes(ax, "middle")[0].get_x()
    wide = {str(patch.get_gid()): patch.get_width() for patch in ax.patches}
    assert wide["mine:Ops"] / wide["theirs:Ops"] == pytest.approx(3 / 2)
    assert wide["kept:Ops"] / wide["mine:Ops"] == pytest.approx(1 / 3)  # only the person's own counts
    assert all(patch.get_x() > middle for patch in [*boxes(ax, "mine"), *boxes(ax, "kept")])
    assert all(patch.get_x() + patch.get_width() <= middle + 1 for patch in boxes(ax, "theirs"))
    assert "mine:Legal" not in wide
    many = pd.DataFrame({"department": [f"D{n:02}" for n in range(12)], "began": True, "kept_going": False})
    ax = starts(many)
    assert sum(int(text.get_text()) for text in ax.texts if text.get_gid() == "count-mine") == 12
    assert "5 others" in [text.get_text() for text in ax.texts if text.get_gid() == "label"]


@pytest.mark.parametrize("departments", [3, 8, 9, 14])
def test_a_department_has_one_colour_on_a_page(contacts: Callable[..., pd.DataFrame], departments: int):
    frame = contacts(40, departments)
    frame = frame[frame["other_id"].notna() & (frame["strength"] > 0)]
    own = "Department 00"
    layout = wheel_layout(frame, own_department=own)
    counts = frame.groupby("department").size().rename("count").reset_index()
    reach = counts.assign(level="1", own=counts["department"] == own)
    ax = pyramid(reach, levels=["1"])
    drawn = {str(patch.get_gid()).split(":", 2)[2]: patch.get_facecolor() for patch in boxes(ax, "reach:")}
    from matplotlib.colors import to_hex

    for sector in layout.sectors:
        if sector.name in drawn:
            assert to_hex(drawn[sector.name]).upper() == sector.colour.upper(), sector.name
    assert layout.folded != 1  # one left over keeps its name
