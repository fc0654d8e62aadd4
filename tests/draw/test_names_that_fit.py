"""Names on pictures are shown whole, or those left out are counted."""

from __future__ import annotations

import datetime as dt
import itertools

import pandas as pd
import pytest

from peerlens.draw import LIGHT, labels_overlap
from peerlens.draw.canvas import alt_text, describe, new_axes
from peerlens.draw.lanes import lanes
from peerlens.draw.pyramid import pyramid
from peerlens.draw.roster import roster
from peerlens.draw.survival import survival
from peerlens.draw.with_without import with_without

HOW = "each mark is one person."


def said(ax, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def reached(missing: list[str]) -> pd.DataFrame:
    rows = [("1", "Legal", 2, True), ("1", "Sales", 3, False), *(("1", name, 0, False) for name in missing)]
    return pd.DataFrame(rows, columns=["level", "department", "count", "own"])


def test_departments_without_a_tie_are_all_named_or_counted():
    few, many = [f"Department {n:02}" for n in range(12)], [f"Department {n:02}" for n in range(40)]
    ax = pyramid(reached(few), levels=["1"], title="Two", subtitle="26 weeks")
    assert " ".join(reversed(said(ax, "missing"))) == "No live tie yet: " + ", ".join(few)
    assert labels_overlap(ax) == []
    told = " ".join(reversed(said(pyramid(reached(many), levels=["1"]), "missing")))
    named = told.count("Department")
    assert 12 < named < 40
    assert told.endswith(f"and {40 - named} more")


def test_the_one_bar_has_its_whole_name():
    frame = pd.DataFrame({"label": ["Your work across departments"], "with": [0.11], "without": [0.89]})
    ax = with_without(frame, words=("your manager in it", "without your manager"), what="messages and meetings")
    assert said(ax, "label") == ["Your work across departments"]
    assert said(ax, "how-to-read") == ["How to read: the bar is all messages and meetings, 100 %. Hatched: without."]


def test_pairs_of_long_names_stand_in_fewer_columns():
    pairs = [f"Johanna Hölzenbecher {n} and Mustafa Kruschwitz {n}" for n in range(3)]
    short = [f"Anna {n}" for n in range(8)]
    rows = [("pairs", name, "done") for name in pairs] + [("people", name, "done") for name in short]
    frame = pd.DataFrame(rows, columns=["group", "label", "state"])
    ax = roster(frame, states=("done", "not yet"), how_to_read=HOW)
    assert set(said(ax, "label")) == {*pairs, *short}
    assert labels_overlap(ax) == []


def test_nothing_to_draw_draws_no_scale():
    nothing = pd.DataFrame({"group": [], "after": [], "waiting": []})
    ax = survival(nothing, last=15, unit="days", how_to_read=HOW, title="Too little to tell", subtitle="3 asked")
    assert len(ax.lines) == 0
    assert said(ax, "none")


def test_a_title_that_ends_its_sentence_is_not_ended_again():
    ax = new_axes(2, 1)
    describe(ax, "One tie may need attention.. Wheel of 3 contacts.")
    assert alt_text(ax) == "One tie may need attention. Wheel of 3 contacts."


@pytest.mark.parametrize("sheet", [(9.2, 3.0), (4.3, 5.6)])
def test_steps_of_the_last_day_all_stand_on_the_sheet(sheet: tuple[float, float]):
    day = dt.date(2026, 9, 25)
    rows = {
        "lane": ["Anna"],
        "asked": [day],
        "back": [day],
        "told": [day],
        "is_open": [False],
        "note": ["reported back"],
    }
    steps = {"asked": "you asked", "back": "contact back", "told": "you reported back"}
    ax = lanes(
        pd.DataFrame(rows),
        first=day - dt.timedelta(days=50),
        last=day,
        steps=steps,
        open_words="open",
        how_to_read=HOW,
        ax=new_axes(*sheet),
    )
    marks = [float(line.get_xdata()[0]) for line in ax.lines if str(line.get_gid()).startswith("step:")]
    assert len(marks) == 3
    assert min(after - before for before, after in itertools.pairwise(sorted(marks))) >= 7 - 1e-9
    assert max(marks) + 4 <= 72 * sheet[0] - LIGHT.margin
