"""The map of the firm: discs apart, dots inside them, nothing loaded, and it answers in a browser."""

from __future__ import annotations

import itertools
import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.draw import Page
from peerlens.draw.firm_map import MOST_DOTS, disc_layout, firm_map
from peerlens.draw.offline import external_references
from peerlens.errors import NotEnoughData

CHROMIUM = Path("/usr/bin/chromium")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(5, 400), min_size=1, max_size=60))
def test_no_two_discs_touch(sizes: list[int]) -> None:
    discs = disc_layout({f"D{at}": size for at, size in enumerate(sizes)})
    for at, one in enumerate(discs):
        for other in discs[at + 1 :]:
            assert math.hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius - 1e-6


@pytest.fixture(scope="module")
def page() -> str:
    dots = pd.DataFrame(
        {
            "label": ["", "", "Ada", "", "Bo"],
            "department": ["Legal", "Legal", "Legal", "Sales", "Sales"],
            "people": [5, 5, 1, 5, 1],
        }
    )
    links = pd.DataFrame({"group_a": ["Legal"], "group_b": ["Sales"], "levels": ["-03"]})
    ties = pd.DataFrame({"label_a": ["Ada"], "label_b": ["Bo"], "levels": ["100"]})
    ends = (date(2026, 7, 31), date(2026, 8, 28), date(2026, 9, 25))
    return firm_map(dots, links, ties, block_ends=ends, title="Contact between 2 departments", subtitle="By four weeks")


def test_the_page_loads_nothing(page: str) -> None:
    assert external_references(page) == []
    assert '<td>Legal</td><td class="number">10</td><td class="number">1</td>' in page  # eleven people
    assert "11 people" not in page


def test_too_many_dots_are_refused() -> None:
    dots = pd.DataFrame({"label": "", "department": "D", "people": [5] * (MOST_DOTS + 1)})
    none = pd.DataFrame()
    with pytest.raises(NotEnoughData, match="choose departments"):
        firm_map(dots, none, none, block_ends=(date(2026, 1, 1),), title="", subtitle="")


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
def test_blocks_and_search_in_a_browser(page: str, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    where, wrong = Page(page).save(tmp_path / "map.html"), []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(where.as_uri())
        tab.wait_for_function("document.getElementById('shown').textContent")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        shown = tab.locator("#shown")
        assert shown.inner_text() == "2 departments, 1 line between them in these four weeks"
        tab.locator("#by-department").select_option(label="Legal")
        assert shown.inner_text().startswith("Legal: 1 line to other departments in these four weeks; most with Sales")
        tab.locator("#week").fill("1")  # withheld then
        assert tab.locator("#week-said").inner_text() == "31 Jul 2026"
        assert shown.inner_text() == "Legal: 0 lines to other departments in these four weeks"
        tab.locator("#find").fill("ada")
        assert shown.inner_text() == "Ada: contact with 1 of those shown by name in these four weeks"
        tab.locator("#week").fill("2")
        assert shown.inner_text() == "Ada: contact with none of those shown by name in these four weeks"
        browser.close()
    assert wrong == []


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
def test_names_of_forty_departments_stand_apart_and_inside(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    names = [f"Department of something long {at:02}" for at in range(40)]
    dots = pd.DataFrame(
        {"label": "", "department": [names[at % 7 if at > 39 else at] for at in range(300)], "people": 5}
    )
    links = pd.DataFrame({"group_a": [], "group_b": [], "levels": []})
    ties = pd.DataFrame({"label_a": [], "label_b": [], "levels": []})
    where = Page(firm_map(dots, links, ties, block_ends=(date(2026, 9, 25),), title="M", subtitle="S")).save(
        tmp_path / "map.html"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for wide, high in ((1280, 900), (390, 844)):
            tab = browser.new_page(viewport={"width": wide, "height": high})
            tab.goto(where.as_uri())
            tab.wait_for_function("document.getElementById('shown').textContent")
            placed = tab.evaluate(
                """() => told.names.map(n => {
                    const at = network.canvasToDOM({x: n.x, y: n.y}), pen = document.createElement('canvas').getContext('2d');
                    pen.font = '600 ' + n.size * network.getScale() + "px Inter, 'Segoe UI', system-ui, sans-serif";
                    return [n.side, at.x, at.y, pen.measureText(n.words).width, n.size * network.getScale()];
                })"""
            )
            room = tab.evaluate("[mynetwork.clientWidth, mynetwork.clientHeight]")
            tab.close()
            assert len(placed) == len(names)
            for side, x, y, width, size in placed:
                assert (
                    0 <= min(x, x + side * (width + size * 0.3)) <= max(x, x + side * (width + size * 0.3)) <= room[0]
                )
                assert size / 2 <= y <= room[1] - size / 2
            for side in (1, -1):
                heights = sorted(y for own, _, y, _, _ in placed if own == side)
                assert all(after - before >= size * 1.2 for before, after in itertools.pairwise(heights))
        browser.close()
