"""The explorer page in a real browser with the network off."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from peerlens.draw import Page, explorer_page

CHROMIUM = Path("/usr/bin/chromium")
PAINTED = """() => {
  const canvas = document.querySelector('#mynetwork canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let accent = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i] === 213 && pixels[i + 1] === 94 && pixels[i + 2] === 0) accent += 1;
  }
  return accent;
}"""


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
@pytest.mark.parametrize(("wide", "high"), [(1280, 900), (390, 844)])
def test_it_draws_fits_and_answers_with_no_request_and_no_error(contacts, tmp_path, wide, high):
    playwright = pytest.importorskip("playwright.sync_api")
    frame = contacts(60, 8, hard=True)
    where = Page(explorer_page(frame, title="Five ties", subtitle="26 weeks")).save(tmp_path / "page.html")
    asked, wrong = [], []
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        tab = browser.new_page(viewport={"width": wide, "height": high})
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        tab.goto(where.as_uri())
        tab.wait_for_function("() => typeof network !== 'undefined' && document.querySelector('#mynetwork canvas')")
        tab.wait_for_timeout(300)
        assert tab.evaluate(PAINTED) > 100
        assert tab.evaluate("document.documentElement.scrollWidth") <= wide
        assert tab.evaluate("document.querySelectorAll('[tabindex]:not([tabindex=\"0\"])').length") == 0
        button = tab.locator(".flags button").first
        button.focus()
        tab.keyboard.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
        assert tab.evaluate("network.getSelectedNodes()") == [button.get_attribute("data-id")]
        browser.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith("file:")] == []


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
def test_search_filters_and_weeks_work(contacts, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    frame = contacts(40, 5)
    flat, ended = [1.0] * 52, [9.0] * 20 + [0.0] * 32
    met = frame["other_id"].notna()
    frame = frame.assign(
        weeks=[ended if i % 2 else flat for i in range(len(frame))],
        days=[[3, 40, 200]] * len(frame),
        because=[f"The sentence of {other}." for other in frame["other_id"]],
    )
    page = explorer_page(frame, title="Ties", subtitle="52 weeks", as_of=date(2026, 9, 25))
    where = Page(page).save(tmp_path / "page.html")
    first = frame[met].iloc[0]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        wrong = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(where.as_uri())
        tab.wait_for_selector("#mynetwork canvas")
        drawn = "nodes.get().filter(function (n) { return !n.hidden; }).length - 1"
        everybody = tab.evaluate(drawn)
        places = "JSON.stringify(Object.values(network.getPositions()))"
        before = tab.evaluate(places)

        department = first["department"]
        tab.locator("#by-department").select_option(department)
        assert tab.evaluate(drawn) == (frame[met]["department"] == department).sum() < everybody
        assert tab.locator("tr[data-id]:not([hidden])").count() == tab.evaluate(drawn)
        assert "contacts shown" in tab.locator("#shown").inner_text()
        tab.locator("#by-department").select_option("")
        tab.locator("#find").fill(str(first["label"]))
        assert tab.evaluate(drawn) >= 1
        tab.locator("#find").fill("")
        assert tab.evaluate(drawn) == everybody

        tab.locator("#week").fill("20")
        assert tab.locator("#week-said").inner_text() == "13 Feb 2026"
        sizes = tab.evaluate("Object.fromEntries(nodes.get().map(function (n) { return [n.id, n.size]; }))")
        grew, even = frame[met]["other_id"].iloc[1], frame[met]["other_id"].iloc[0]
        assert sizes[str(grew)] > sizes[str(even)]
        assert tab.evaluate(places) == before

        button = tab.locator(".flags button").first
        button.click()
        assert f"The sentence of {button.get_attribute('data-id')}." in tab.locator("#evidence").inner_text()
        assert tab.locator("#evidence svg rect").count() == 2 + 3
        browser.close()
    assert wrong == []
