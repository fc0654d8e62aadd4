"""The explorer page in a real browser with the network off."""

from __future__ import annotations

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
