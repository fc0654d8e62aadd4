from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from html.parser import HTMLParser

import pytest

from peerlens.draw import Page, explorer_page, labels_overlap, to_svg, wheel
from peerlens.draw.canvas import new_axes
from peerlens.draw.controls import LETTERS, day_bits, tenths
from peerlens.draw.explorer import CENTER, RADIUS
from peerlens.draw.layout import wheel_layout
from peerlens.draw.offline import external_references

VOID = {"meta", "link", "br", "input", "img", "hr", "path", "circle", "rect"}


class Tree(HTMLParser):
    """Notes the tags, checks that they close in order, and keeps the cells of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.seen, self.cells, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


def parsed(page):
    tree = Tree()
    tree.feed(page)
    return tree


def items(page, name):
    """The nodes or edges written into the page."""
    found = re.search(rf"{name} = new vis\.DataSet\((\[.*?\])\);", page, flags=re.S)
    return json.loads(found[1])


def test_the_page_loads_nothing_and_parses(contacts):
    page = explorer_page(contacts(60, 8, hard=True), title="<b>Five</b> & more", subtitle="26 weeks")
    tree = parsed(page)
    assert tree.wrong == []
    assert tree.open == []
    assert external_references(page) == []
    assert [attrs for tag, attrs in tree.seen if attrs.get("src") or (tag == "link")] == []


def test_the_head_is_in_order(few):
    page = explorer_page(few, title="One tie")
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport"')
    tags = [tag for tag, _ in parsed(page).seen]
    assert tags.count("h1") == tags.count("main") == tags.count("title") == tags.count("html") == 1
    assert sum("charset" in attrs for tag, attrs in parsed(page).seen if tag == "meta") == 1


def test_row_order_changes_no_byte(contacts):
    frame = contacts(60, 8, hard=True)
    assert explorer_page(frame) == explorer_page(frame.sample(frac=1, random_state=5))


def test_nodes_stand_where_the_wheel_puts_them_in_the_departments_colour(contacts):
    frame = contacts(60, 8)
    nodes = {node["id"]: node for node in items(explorer_page(frame), "nodes")}
    spots = {spot.other_id: spot for spot in wheel_layout(frame).spots}
    assert nodes.keys() == spots.keys() | {CENTER}
    for other, spot in spots.items():
        assert (nodes[other]["x"], nodes[other]["y"]) == (round(spot.x * RADIUS, 2), round(-spot.y * RADIUS, 2))
        assert nodes[other]["color"]["background"] == (spot.colour if spot.strength else "#ffffff")


def test_flags_differ_by_outline_and_line(few):
    page = explorer_page(few)
    borders = {node["id"]: node["color"]["border"] for node in items(page, "nodes")}
    dashes = {edge["to"]: edge["dashes"] for edge in items(page, "edges")}
    assert borders["p2"] == borders["p3"] == "#D55E00" != borders["p1"]
    assert dashes["p2"] != dashes["p3"]
    assert dashes["p1"] is False


def test_tooltips_are_plain_text(few):
    page = explorer_page(few.assign(tooltip=["a\nb<i>"] + [None] * 5))
    titles = {node["id"]: node.get("title") for node in items(page, "nodes")}
    assert titles["p1"] == "a\nb<i>"
    assert titles["p2"] == "Bo\nLegal\nmore senior\ngone quieter than usual"


def test_the_table_holds_the_same_rows(contacts):
    frame = contacts(60, 8)
    cells = parsed(explorer_page(frame)).cells
    assert [name for name in frame["label"].dropna() if name not in cells] == []


def test_names_cannot_break_out(few):
    evil = '</script><script>alert(1)</script>" onload="x'
    page = explorer_page(few.assign(label=evil, tooltip=evil, department=evil), center=evil, title=evil, subtitle=evil)
    assert "<script>alert" not in page
    assert not any("onload" in attrs for _, attrs in parsed(page).seen)


def test_beyond_three_hundred_the_strongest_and_all_flagged_stay(contacts):
    frame = contacts(400, 12)
    page = explorer_page(frame)
    shown = {node["id"] for node in items(page, "nodes")} - {CENTER}
    flagged = set(frame["other_id"][frame["kind"].notna() & frame["other_id"].notna()])
    ranked = frame.dropna(subset="other_id").sort_values(["strength", "other_id"], ascending=[False, True])
    strongest = set(ranked["other_id"][:300])
    assert shown == flagged | strongest
    assert "the 300 strongest of 400 contacts and every flagged one are shown" in page


def test_numpy_ids_and_numbers_are_accepted(few):
    numbered = few.iloc[:5].assign(other_id=range(5)).astype({"other_id": "int64", "strength": "float32"})
    assert {node["id"] for node in items(explorer_page(numbered), "nodes")} == {CENTER, "0", "1", "2", "3", "4"}


@pytest.mark.parametrize("hard", [False, True])
def test_two_hundred_contacts_with_all_their_days_stay_under_900_kb(contacts, hard):
    frame = contacts(200, 12, hard=hard)
    frame = frame.assign(
        weeks=[[(i * 7 + week * 13) % 97 / 9 for week in range(52)] for i in range(len(frame))],
        days=[[(day * 5 + i) % 364 for day in range(70)] for i in range(len(frame))],
        because=[f"The tie with {name} has had no close contact for 48 working days." for name in frame["label"]],
    )
    assert len(explorer_page(frame, as_of=date(2026, 9, 25)).encode()) < 900_000


@pytest.mark.parametrize("sheet", [None, (9.4, 6.6), (8.2, 6.6), (3.9, 13.5)])
def test_a_wheel_of_300_contacts_in_40_departments_stays_under_100_kb(contacts, sheet):
    ax = wheel(contacts(300, 40, hard=True), ax=None if sheet is None else new_axes(*sheet), title="300", subtitle="W")
    assert len(to_svg(ax, prefix="wheel").encode()) < 100_000
    assert labels_overlap(ax) == []


def test_what_is_packed_for_the_page_is_not_lost():
    ages, weeks = [0, 1, 40, 363], [0.0, 0.1, 6.3, 6.4, 12.8, 400.0]
    packed, amounts = day_bits(ages), tenths(weeks)
    assert [at for at in range(len(packed) * 6) if LETTERS.index(packed[at // 6]) >> at % 6 & 1] == ages
    read = [LETTERS.index(amounts[at]) * 64 + LETTERS.index(amounts[at + 1]) for at in range(0, len(amounts), 2)]
    assert [value / 10 for value in read] == weeks


@pytest.mark.parametrize(
    "text", ["<link href=//a.b/c>", '<img src="http://a.b">', "<style>@import url(https://a.b)</style>"]
)
def test_external_references_are_found(text):
    assert external_references(text)


def test_the_notebook_frame_holds_the_whole_document(few):
    document = explorer_page(few, title='A "quoted" tie')
    bundle = Page(document, png=b"\x89PNG")._repr_mimebundle_()
    srcdoc = re.search(r'srcdoc="([^"]*)"', bundle["text/html"])[1]
    assert unescape(srcdoc) == document
    assert 'sandbox="allow-scripts"' in bundle["text/html"]
    assert bundle["image/png"] == b"\x89PNG"
    assert "image/png" not in Page(document)._repr_mimebundle_()


def test_saving_writes_utf8_with_plain_line_ends(few, tmp_path):
    page = Page("<p>Grüße 王</p>\r\n")
    assert page.save(tmp_path / "a.html").read_bytes() == "<p>Grüße 王</p>\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]
