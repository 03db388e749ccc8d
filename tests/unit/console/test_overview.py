"""The status page renders whatever the platform holds, hostile text included."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from console_site import EMPTY, make_site
from skywarden.console import JobView, LabelView, PartView, QuarantineView, RuleView, StatusView
from skywarden.console.chart import HEIGHT, WIDTH, line_of
from skywarden.console.rendering import duration_text
from skywarden.storage import Database


@pytest.fixture
def page(database: Database) -> Callable[[StatusView], str]:
    """The text of the overview that shows a status."""

    def show(view: StatusView) -> str:
        response = make_site(database, lambda: view).administrator().get("/")
        assert response.status_code == 200
        return str(response.text)

    return show


def test_an_empty_platform_says_so_in_every_table(page: Callable[[StatusView], str]) -> None:
    text = page(EMPTY)
    for sentence in (
        "No rules are loaded",
        "No job runs here",
        "No label has been published",
        "Empty: every input",
        "No sample yet",
    ):
        assert sentence in text


def test_hostile_text_is_shown_as_text(page: Callable[[StatusView], str]) -> None:
    evil = "<svg onload=alert(1)>\u202e"
    text = page(
        replace(
            EMPTY,
            rates=[1.0, 5.0],
            parts=[PartView("ingest", "down", evil)],
            rules=[RuleView("flood", "abcdef0123456789", 1200, "")],
            jobs=[JobView("push-pds", "tells the PDS", "failing", evil, "2026-01-01 00:00:00", 12_345)],
            labels=[LabelView(9, "spam", evil, True, "2026-01-01T00:00:00.000Z")],
            quarantine=[QuarantineView(1, evil, "77", "cbor", 2048)],
            notices=[evil],
        )
    )
    assert "<svg onload" not in text
    assert text.count("&lt;svg onload=alert(1)&gt;") == 5
    assert "1,200" in text
    assert "2,048" in text
    assert "12,345" in text


def test_a_line_ends_at_the_right_edge_and_its_peak_is_the_largest_value() -> None:
    line = line_of([0.0, 10.0], slots=3)
    assert line.peak == 10.0
    assert line.points == f"{WIDTH / 2:.1f},{HEIGHT:.1f} {WIDTH:.1f},4.0"
    assert line_of([], slots=3).points == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.9, "4 s"), (180, "3 min"), (7500, "2 h 5 min"), (3 * 86400 + 4 * 3600, "3 d 4 h")]
)
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
