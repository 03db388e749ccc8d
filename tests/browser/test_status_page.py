"""The status page in a real browser, over a platform that works."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

# One worker and one module's time: Playwright's own event loop must not run beside other tests'.
pytestmark = pytest.mark.xdist_group("browser")
WIDTHS = (1280, 1920)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_labels_and_keeps_to_its_own_origin(
    browser: Browser, platform_url: str, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(platform_url)
    labels = page.locator("section", has=page.get_by_role("heading", name="Last labels")).locator("tbody tr")
    assert labels.count() > 0
    assert page.get_by_role("heading", name="Rules").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints == []
    assert all(url.startswith((platform_url, "data:")) for url in requests)
    if folder := os.environ.get("SKYWARDEN_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"status-{scheme}-{width}.png", full_page=True)
    page.close()
