"""The overview in a real browser, over a platform that works."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from browsing import Running, Scheme, Watched

pytestmark = pytest.mark.timeout(300)
WIDTHS = (1280, 1920)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_labels_and_keeps_to_its_own_origin(
    visit: Callable[..., Watched], platform: Running, width: int, scheme: Scheme
) -> None:
    watched = visit(width, scheme)
    page = watched.page
    page.goto(platform.url)
    labels = page.locator("section", has=page.get_by_role("heading", name="Last labels")).locator("tbody tr")
    assert labels.count() > 0
    assert page.get_by_role("heading", name="Rules").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    watched.assert_accessible()
    watched.assert_clean(platform.url)
    if folder := os.environ.get("SKYWARDEN_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"overview-{scheme}-{width}.png", full_page=True)


def test_the_page_follows_what_happens(visit: Callable[..., Watched], platform: Running) -> None:
    watched = visit()
    page = watched.page
    page.goto(platform.url)
    before = page.locator("[data-live]").inner_text()
    page.wait_for_function("before => document.querySelector('[data-live]').innerText !== before", arg=before)
    watched.assert_clean(platform.url)


def test_the_palette_finds_pages_and_keys_press_what_they_say(visit: Callable[..., Watched], platform: Running) -> None:
    page = visit().page
    page.goto(f"{platform.url}/")
    page.keyboard.press("?")
    assert "Overview" in page.get_by_role("dialog", name="Keys").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("over")
    assert page.get_by_role("option").all_inner_texts() == ["Overview g o"]
    page.keyboard.press("Enter")
    page.wait_for_url(f"{platform.url}/")


def test_who_is_not_signed_in_sees_the_sign_in_alone(visit: Callable[..., Watched], platform: Running) -> None:
    watched = visit(state=None)
    watched.page.goto(platform.url)
    assert watched.page.url == f"{platform.url}/sign-in"
    assert watched.page.get_by_role("navigation").count() == 0
    watched.assert_clean(platform.url)
