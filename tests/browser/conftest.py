"""Give the browser tests a running platform and a real Chromium."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from browsing import Running, Scheme, Watched
from servers.process import Server
from skywarden.console.build_scripts import build_scripts

MODERATOR = "did:plc:moderatoraaaaaaaaaaaaaaa"
WANTED_LABELS = 110 if "SKYWARDEN_SCREENSHOTS" in os.environ else 1
"""A picture should show a platform at work; a test need not wait for that."""
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A platform, with its scripts built."""
    build_scripts()
    folder = tmp_path_factory.mktemp("platform")
    command = [
        sys.executable,
        "-m",
        "skywarden.cli.main",
        "up",
        "--data",
        str(folder / "data"),
        "--port",
        "0",
        "--json",
    ]
    server = Server.start(command, folder / "errors")
    try:
        ready = server.ready_line(60)
        url = str(ready["url"])
        server.wait_until(lambda: _labels(url) >= WANTED_LABELS, 110, "labels in queryLabels", every_s=0.2)
        yield Running(url, str(ready["sign_in"]), str(folder / "data"))
        assert server.stop(8) == 0
    finally:
        server.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is missing: apt-get install chromium")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def administrator(browser: Browser, platform: Running) -> StorageState:
    """What the browser of the local administrator keeps, once signed in by the link."""
    page = browser.new_page()
    page.goto(platform.sign_in)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture(scope="module")
def moderator(browser: Browser, platform: Running) -> StorageState:
    """What the browser of a member keeps, who was added and given a link by the commands."""
    for words in (("add", MODERATOR, "--role", "moderator"), ("link", MODERATOR)):
        command = [sys.executable, "-m", "skywarden.cli.main", "team", *words, "--data", platform.data]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    page = browser.new_page()
    page.goto(platform.url + said.strip()[said.index("/sign-in") :])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def visit(browser: Browser, administrator: StorageState) -> Iterator[Callable[..., Watched]]:
    """Open a page as the administrator: `visit(width=1280, scheme="dark")`."""
    contexts: list[BrowserContext] = []

    def open_page(width: int = 1280, scheme: Scheme = "light", state: StorageState | None = administrator) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=state
        )
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.on("console", lambda message: watched.complaints.append(message.text))
        watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        watched.page.on("request", lambda request: watched.requests.append(request.url))
        return watched

    yield open_page
    for context in contexts:
        context.close()


def _labels(url: str) -> int:
    answer = httpx.get(
        f"{url}/xrpc/com.atproto.label.queryLabels", params={"uriPatterns": "*", "limit": 250}, timeout=10
    )
    return len(answer.raise_for_status().json()["labels"])
