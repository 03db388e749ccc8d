"""A moderator's work in a real browser, with the keyboard alone; and two who meet at one item."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, StorageState, expect

from browsing import Running, Scheme, Watched

pytestmark = pytest.mark.timeout(300)
ITEMS = 20
ENOUGH_WAITS = """most => new Promise(done => {
  const look = () => fetch("/review").then(answer => answer.text()).then(text =>
    text.split('href="/review/subject').length > most ? done() : setTimeout(look, 500));
  look();
})"""


def reviewed(page: Page) -> str:
    return page.locator("form.decision input[name=subject]").input_value()


def test_twenty_items_are_reviewed_with_the_keyboard_alone(
    visit: Callable[..., Watched], moderator: StorageState, platform: Running
) -> None:
    watched = visit(state=moderator)
    page = watched.page
    page.goto(f"{platform.url}/")
    page.evaluate(ENOUGH_WAITS, ITEMS + 10)
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.get_by_role("heading", name="Review", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.locator("form.decision").wait_for()
    done = []
    for number in range(ITEMS):
        subject = reviewed(page)
        done.append(subject)
        page.keyboard.press("a")
        if number % 5 == 0:
            page.keyboard.press("n")
            page.keyboard.type("looked at; not an e or a t")
            page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(page.locator(".told")).to_contain_text("Done: acknowledge.")
        expect(page.locator("form.decision input[name=subject]")).not_to_have_value(subject)
    assert len(set(done)) > ITEMS * 3 // 4  # a rule may report an account again, which then comes back
    watched.assert_clean(platform.url)


def test_two_moderators_at_one_item_see_each_other_and_the_later_decision_is_refused(
    visit: Callable[..., Watched], moderator: StorageState, platform: Running
) -> None:
    first, second = visit(state=moderator).page, visit().page
    first.goto(f"{platform.url}/review")
    first.keyboard.press("Enter")
    first.locator("form.decision").wait_for()
    second.goto(first.url)
    assert "On the desk of" in second.get_by_role("alert").inner_text()
    assert second.get_by_role("button", name="Submit").is_disabled()
    # The claim ends, and with it what keeps the second one from deciding.
    first.keyboard.press("s")
    first.locator("form.decision").wait_for()
    second.reload()
    third = visit(state=moderator).page
    third.goto(second.url)
    for page in (second, third):
        page.get_by_label("stay on this item").check()
        page.keyboard.press("m")
        page.keyboard.press("Enter")
        page.locator(".told").wait_for()
    assert "Done: mute" in second.locator(".told").inner_text()
    assert "Somebody was faster" in third.locator(".told").inner_text()


@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_keep_their_layout(
    visit: Callable[..., Watched], platform: Running, width: int, scheme: Scheme
) -> None:
    watched = visit(width, scheme)
    page = watched.page
    for name, path in (("queue", "/review"), ("item", "")):
        if path:
            page.goto(platform.url + path)
        else:
            page.keyboard.press("Enter")
            page.locator("form.decision").wait_for()
        watched.assert_accessible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if folder := os.environ.get("SKYWARDEN_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"review-{name}-{scheme}-{width}.png")
    watched.assert_clean(platform.url)
