"""Give the browser tests a running platform and a real Chromium."""

import os
import shutil
import sys
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from servers.process import Server

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
def platform_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a platform on a simulated network that has published labels."""
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
        url = str(server.ready_line(60)["url"])
        server.wait_until(lambda: _labels(url) >= WANTED_LABELS, 110, "labels in queryLabels", every_s=0.2)
        yield url
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


def _labels(url: str) -> int:
    answer = httpx.get(
        f"{url}/xrpc/com.atproto.label.queryLabels", params={"uriPatterns": "*", "limit": 250}, timeout=10
    )
    return len(answer.raise_for_status().json()["labels"])
