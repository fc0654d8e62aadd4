from __future__ import annotations

import math
from collections import Counter

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from peerlens.draw import labels_overlap, to_png, to_svg, wheel
from peerlens.draw.canvas import new_axes
from peerlens.draw.layout import RIM, spread, wheel_layout
from peerlens.draw.phone_wheel import MOST_FLAGGED
from peerlens.draw.text import label_boxes
from peerlens.draw.theme import GREY, HUES, LIGHT, OTHER, PALE_GREY, department_colours, kind_style

SIZES = [(5, 1), (8, 3), (40, 8), (41, 8), (120, 12), (300, 40), (300, 1), (40, 40)]


def marks(ax, prefix="contact:"):
    """Each marked line of an axes by the id after its prefix."""
    found = [line for line in ax.lines if str(line.get_gid()).startswith(prefix)]
    return {line.get_gid().removeprefix(prefix): line for line in found}


def texts(ax, gid):
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize(("n", "departments"), SIZES)
def test_labels_stay_apart_and_on_the_sheet(contacts, n, departments, hard):
    ax = wheel(contacts(n, departments, hard=hard), title="A finding " * 12, subtitle="a period")
    assert labels_overlap(ax) == []
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    outside = [t for t, (x0, y0, x1, y1) in label_boxes(ax) if x0 < 0 or y0 < 0 or x1 > width or y1 > height]
    assert outside == []


@pytest.mark.parametrize(("n", "departments"), SIZES)
def test_labels_stay_off_the_wheel(contacts, n, departments):
    ax = wheel(contacts(n, departments, hard=True))
    bands = [patch for patch in ax.patches if patch.get_gid() == "band"]
    (x, y), radius = bands[0].center, bands[0].r
    for text in ax.texts:
        if text.get_gid() in {"heading", "name", "flagged", "words", "flag"}:
            at_x, at_y = text.get_position()
            assert math.hypot(at_x - x, at_y - y) > radius


@pytest.mark.parametrize(("n", "departments"), SIZES)
def test_one_mark_for_each_contact(contacts, n, departments):
    frame = contacts(n, departments)
    assert sorted(marks(wheel(frame))) == sorted(frame["other_id"].dropna())


@pytest.mark.parametrize(("n", "departments"), [(40, 8), (300, 40)])
def test_colour_is_the_department_of_the_same_key(contacts, n, departments):
    frame = contacts(n, departments).sample(frac=1, random_state=1)
    sizes = Counter(frame["department"][frame["other_id"].notna()])
    largest = sorted(sizes, key=lambda d: (-sizes[d], d))[:8]
    expected = dict(zip(sorted(largest), HUES, strict=True))
    drawn = marks(wheel(frame))
    for row in frame.dropna(subset="other_id").itertuples():
        line = drawn[row.other_id]
        colour = line.get_markeredgecolor() if row.kind == "never_formed" else line.get_markerfacecolor()
        assert to_hex(colour).upper() == expected.get(row.department, GREY)


def test_marks_of_a_department_stand_inside_its_sector(contacts):
    layout = wheel_layout(contacts(120, 6))
    sectors = {sector.name: sector for sector in layout.sectors}
    counts = Counter(spot.sector for spot in layout.spots)
    for spot in layout.spots:
        assert sectors[spot.sector].start < spot.angle < sectors[spot.sector].end
    assert counts == {name: s.contacts for name, s in sectors.items() if s.contacts}


def test_row_order_changes_no_byte(contacts):
    frame = contacts(60, 9, hard=True)
    pictures = [wheel(f, title="t") for f in (frame, frame.sample(frac=1, random_state=7), frame.iloc[::-1])]
    assert len({to_png(ax) for ax in pictures}) == 1
    assert len({to_svg(ax) for ax in pictures}) == 1


def test_doubling_every_strength_changes_no_byte(contacts):
    frame = contacts(60, 9)
    assert to_svg(wheel(frame)) == to_svg(wheel(frame.assign(strength=frame["strength"] * 2)))


def test_stronger_is_nearer(few):
    radius = {spot.other_id: spot.radius for spot in wheel_layout(few).spots}
    assert radius["p1"] < radius["p4"] < radius["p2"] < radius["p5"] < radius["p3"] == RIM


def test_near_equals_do_not_look_like_opposites(few):
    near = few.assign(strength=[10.0, 9.5, 9.0, 9.2, 9.8, 0.0])
    radii = [spot.radius for spot in wheel_layout(near).spots]
    assert max(radii) - min(radii) < 0.06


@pytest.mark.parametrize(("n", "departments"), [(40, 8), (120, 12), (300, 40)])
def test_every_flagged_tie_is_named_and_looks_flagged(contacts, n, departments):
    frame = contacts(n, departments)
    flagged = frame[frame["kind"].notna() & frame["other_id"].notna()]
    ax = wheel(frame)
    named = {text.split(" · ")[0] for text in texts(ax, "flagged")}
    assert named == set(flagged["label"])
    rings, ties = marks(ax, "ring:"), marks(ax, "tie:")
    assert set(rings) == set(ties) == set(flagged["other_id"])
    for row in flagged.itertuples():
        assert to_hex(ties[row.other_id].get_color()).upper() == LIGHT.accent
        assert ties[row.other_id].get_linewidth() > 1.5
        dashed = ties[row.other_id].get_linestyle() == "--"
        assert dashed == bool(kind_style(row.kind).dashes)


def test_ordinary_marks_never_wear_the_accent(contacts):
    frame = contacts(120, 12)
    drawn = marks(wheel(frame))
    for other in frame["other_id"][frame["kind"].isna()]:
        assert to_hex(drawn[other].get_markerfacecolor()).upper() != LIGHT.accent


def test_a_tie_not_yet_formed_is_hollow_and_on_the_rim(few):
    ax = wheel(few)
    assert to_hex(marks(ax)["p3"].get_markerfacecolor()).upper() == LIGHT.paper
    assert to_hex(marks(ax)["p2"].get_markerfacecolor()).upper() != LIGHT.paper


def test_a_department_without_tie_is_a_marked_empty_sector(few):
    ax = wheel(few)
    assert list(marks(ax, "blind:")) == ["Finance"]
    assert texts(ax, "flag") == ["a department with no tie yet"]
    assert "Finance" in texts(ax, "heading")


def test_a_blind_spot_in_a_department_with_contacts_marks_that_sector(few):
    few.loc[5, "department"] = "Sales"
    layout = wheel_layout(few)
    assert [(s.name, s.contacts, s.blind) for s in layout.sectors if s.blind] == [("Sales", 2, True)]


def test_folding_is_said(contacts):
    ax = wheel(contacts(300, 40), subtitle="26 weeks")
    assert "26 weeks · the 32 smallest departments are folded" in " ".join(texts(ax, "subtitle"))
    assert any(text.startswith(OTHER) for text in texts(ax, "heading"))


def test_more_empty_departments_than_fit_are_counted(few):
    more = pd.DataFrame([(None, None, f"Empty {i}", None, 0.0, "blind_spot") for i in range(9)], columns=few.columns)
    layout = wheel_layout(pd.concat([few, more], ignore_index=True))
    assert layout.blind_not_drawn == 10 - sum(1 for s in layout.sectors if s.blind)
    assert "6 more departments with no tie yet not drawn" in layout.note()


def test_own_department_comes_first(few):
    assert wheel_layout(few, own_department="Sales").sectors[0].name == "Sales"


def test_unknown_department_is_not_another_department(few):
    layout = wheel_layout(few)
    assert {s.name: s.colour for s in layout.sectors}["Department unknown"] == PALE_GREY


def test_all_names_up_to_forty_and_only_some_beyond(contacts):
    for n, expected in ((40, 40), (41, 24)):
        ax = wheel(contacts(n, 8))
        assert len(texts(ax, "name")) + len(texts(ax, "flagged")) == expected


def test_words_stand_below_every_flag_where_there_is_room(contacts):
    frame = contacts(40, 8)
    words = texts(wheel(frame), "words")
    assert len(words) == (frame["kind"].notna() & frame["other_id"].notna()).sum()
    assert "gone quieter than usual" in words


def test_key_shows_only_what_is_there(few):
    shown = texts(wheel(few), "key")
    assert "gone quieter than usual" in shown
    assert "they usually start" not in shown
    assert "level not known" not in shown


def test_title_subtitle_and_how_to_read_are_written(few):
    ax = wheel(few, title="One tie is quiet", subtitle="26 weeks, 5 contacts")
    assert texts(ax, "title") == ["One tie is quiet"]
    assert texts(ax, "subtitle") == ["26 weeks, 5 contacts"]
    assert texts(ax, "how-to-read")[0].startswith("How to read: ")


def test_flags_stay_named_on_a_small_sheet(contacts):
    ax = wheel(contacts(60, 8), ax=new_axes(6, 6))
    assert labels_overlap(ax) == []
    assert len(texts(ax, "flagged")) == 7


def test_nobody_at_all_still_explains_itself(few):
    ax = wheel(few.iloc[:0], title="No contact on record")
    assert marks(ax) == {}
    assert texts(ax, "title") == ["No contact on record"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="kind"), "missing: kind"),
        (lambda f: f.assign(other_id="p1"), "'p1' occurs more than once"),
        (lambda f: f.assign(strength=-1.0), "expected a finite number"),
    ],
)
def test_bad_frames_are_refused_in_words(few, change, words):
    with pytest.raises(ValueError, match=words):
        wheel(change(few))


def test_spread_keeps_order_bounds_and_distance():
    edges = spread([9.0, 8.9, 8.8, 2.0], heights=[2.0] * 4, bottom=0.0, top=10.0)
    assert edges == pytest.approx([10.0, 8.0, 6.0, 2.0])


def test_colours_follow_the_name_not_the_order():
    names = ["c", "a", "b", "a"]
    assert department_colours(names) == department_colours(sorted(names)) == dict(zip("abc", HUES, strict=False))


@pytest.mark.parametrize(
    ("n", "departments", "hard"), [(5, 1, False), (40, 8, True), (200, 12, False), (300, 40, True)]
)
def test_on_a_phone_names_stand_in_a_list_below(contacts, n, departments, hard):
    frame = contacts(n, departments, hard=hard)
    ax = wheel(frame, ax=new_axes(3.9, 13.5), subtitle="26 weeks")
    assert labels_overlap(ax) == []
    width, height = 3.9 * 72, 13.5 * 72
    for _, (left, bottom, right, top) in label_boxes(ax):
        assert left >= 0
        assert bottom >= 0
        assert right <= width
        assert top <= height
    numbers = [text.get_text() for text in ax.texts if text.get_gid() == "number"]
    flagged = int(frame["kind"].notna().sum() - frame["other_id"].isna().sum())
    listed = min(flagged, MOST_FLAGGED)
    assert sorted(numbers) == sorted(str(at) for at in [*range(1, flagged + 1), *range(1, listed + 1)])
    band = next(patch for patch in ax.patches if patch.get_gid() == "band")
    names = [text.get_position()[1] for text in ax.texts if text.get_gid() in {"flagged", "names", "heading"}]
    assert max(names) < band.center[1] - band.r, "no name on the wheel"


def test_on_a_phone_every_flag_says_what_it_is(few):
    ax = wheel(few, ax=new_axes(3.9, 13.5))
    said = {text.get_text() for text in ax.texts}
    assert {"Bo", "Chen", "gone quieter than usual", "no tie yet, though much in common"} <= said
    assert "Finance: a department with no tie yet" in said
