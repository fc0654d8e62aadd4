"""The page in a real browser with the network off: on a wide screen, on a phone, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peerlens.report import write_report
from peerlens.report.outline import Outline

CHROMIUM = Path("/usr/bin/chromium")
LETTER_PX = (702, 880)
"""what a Letter sheet leaves between its margins and above its footer"""
playwright_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install peerlens[test]"
)
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with playwright_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(page: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(tmp_path_factory.mktemp("page") / "report.html", page).as_uri()


@pytest.mark.parametrize("width", [1280, 390])
def test_page_opens_without_network(browser, address: str, outline: Outline, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    tab = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(address)
    tab.get_by_text("as a table").click()

    assert said == []
    assert asked == [address]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.get_by_text(outline.facts[0], exact=True).first.is_visible()
    # One drawing of each figure shows: the one made for this width.
    shown = [figure for figure in tab.locator("figure svg").all() if figure.is_visible()]
    assert len(shown) == len(outline.sections)
    # Text of a figure stays inside its frame.
    assert tab.evaluate(
        """() => [...document.querySelectorAll('figure svg')].filter(svg => svg.checkVisibility()).every(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].map(text => text.getBoundingClientRect())
                .every(box => box.left >= frame.left - 1 && box.right <= frame.right + 1);
        })"""
    )
    context.close()


def test_page_prints(browser, address: str, tmp_path: Path) -> None:
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(address)
    for paper in ("A4", "Letter"):
        printed = tab.pdf(format=paper)
        assert printed.startswith(b"%PDF")
        assert 2 <= printed.count(b"/Type /Page\n") <= 20
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": LETTER_PX[0], "height": 1000})
    heights = tab.evaluate("[...document.querySelectorAll('.lens')].map(part => part.getBoundingClientRect().height)")
    assert len(heights) >= 5
    assert max(heights) < LETTER_PX[1]
    assert tab.get_by_text("Write their names down").is_visible()  # questions stand open before the answers
    footer = tab.locator("footer")
    assert footer.evaluate("node => getComputedStyle(node).display") == "table-footer-group"
    assert all(tab.locator("figure .wide").nth(i).is_visible() for i in range(tab.locator("figure .wide").count()))
    context.close()
