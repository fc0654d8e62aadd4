"""The map of the firm: discs apart, people inside them, nothing loaded, and it answers in a browser."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.draw import Page
from peerlens.draw.firm_map import MOST_PEOPLE, disc_layout, firm_map
from peerlens.draw.offline import external_references

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
    people = pd.DataFrame(
        {
            "person_id": range(12),
            "label": [f"{'Legal' if at < 5 else 'Sales'} {at:02d}" for at in range(12)],
            "department": ["Legal"] * 5 + ["Sales"] * 7,
        }
    )
    flat, ended = [1] * 52, [3] * 20 + [0] * 32
    ties = pd.DataFrame({"a_id": [0, 1], "b_id": [7, 8], "weeks": [flat, ended]})
    return firm_map(people, ties, title="Ties between 2 departments", subtitle="52 weeks", as_of=date(2026, 9, 25))


def test_the_page_loads_nothing(page: str) -> None:
    assert external_references(page) == []
    assert '<td>Sales</td><td class="number">5</td><td class="number">fewer than 5</td>' in page


def test_too_many_people_are_refused() -> None:
    people = pd.DataFrame({"person_id": range(MOST_PEOPLE + 1), "label": "x", "department": "D"})
    with pytest.raises(ValueError, match="choose departments"):
        firm_map(
            people, pd.DataFrame({"a_id": [], "b_id": [], "weeks": []}), title="", subtitle="", as_of=date(2026, 1, 1)
        )


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
def test_weeks_and_search_in_a_browser(page: str, tmp_path: Path) -> None:
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
        assert (
            "2 ties between departments" in shown.inner_text()
        )  # the ended one has faded to 3 x 2^-3.7 a week, not to nothing
        tab.locator("#week").fill("10")
        assert tab.locator("#week-said").inner_text() == "5 Dec 2025"
        tab.locator("#find").fill("Legal 01")
        assert shown.inner_text() == "Legal 01: 1 tie to 1 other department on that day"
        tab.locator("#find").fill("Legal 02")
        assert shown.inner_text() == "Legal 02: 0 ties to 0 other departments on that day"
        browser.close()
    assert wrong == []
