"""Analysts ask history in the console; what is wrong with a question is shown beside it."""

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from console_site import make_site
from event_rows import post
from histories import history_of
from identities import MODERATOR
from skywarden.api.services import Investigation
from skywarden.app.investigate.investigator import HistoryInvestigator
from skywarden.app.investigate.reading import HistoryReading
from skywarden.app.investigate.saved import SavedQueryService
from skywarden.app.investigate.sqlbox import SqlBox, TableViews
from skywarden.console.chart import HEIGHT, WIDTH, bars_of
from skywarden.console.pages.investigate import _parts
from skywarden.kernel.clock import ManualClock
from skywarden.storage import Database

EVIL = "<svg onload=alert(1)>\u202e"
ROWS = [
    post(n, did="did:plc:bob" if n % 3 == 0 else "did:plc:alice", text=EVIL, domains=["a.example"]) for n in range(30)
]


@pytest.fixture
def browser(database: Database) -> TestClient:
    box = SqlBox(lambda: TableViews({"label": "SELECT 'spam' AS val"}))
    investigator = HistoryInvestigator(HistoryReading(history_of(ROWS)), box=box)
    investigation = Investigation(investigator, SavedQueryService(database, ManualClock()))
    return make_site(database, investigation=investigation).visitor(MODERATOR)


def asked(browser: TestClient, **question: str) -> str:
    answer = browser.get("/investigate", params={"ask": "1", **question})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_events_are_shown_as_text(browser: TestClient) -> None:
    text = asked(browser, condition='author.did == "did:plc:bob"', on="post.created")
    assert "10 events, newest first" in text
    assert "<svg onload" not in text
    assert "&lt;svg onload" in text


def test_a_group_is_a_table_of_keys(browser: TestClient) -> None:
    text = asked(browser, on="post.created", group="author.did")
    assert "2 different, 30 events" in text
    assert "66.7 %" in text


def test_a_histogram_is_drawn(browser: TestClient) -> None:
    text = asked(browser, on="post.created", histogram="auto")
    assert "30 events" in text
    assert "<rect" in text


def test_a_select_is_answered_and_one_that_is_not_allowed_is_refused_beside_it(browser: TestClient) -> None:
    assert '<bdi class="theirs">spam</bdi>' in asked(browser, sql="SELECT val FROM label")
    answer = browser.get("/investigate", params={"ask": "1", "sql": "SELECT * FROM read_csv('/etc/passwd')"})
    assert answer.status_code == 400
    assert "read_csv" in answer.text
    assert "root:" not in answer.text


def test_an_error_in_an_expression_is_underlined(browser: TestClient) -> None:
    answer = browser.get("/investigate", params={"ask": "1", "condition": "author.hande == 1", "on": "post.created"})
    assert answer.status_code == 400
    assert "^" in answer.text
    assert "author.handle" in answer.text


def test_everything_about_an_account_and_what_is_around_it(browser: TestClient) -> None:
    text = browser.get("/investigate/entity", params={"entity": "did:plc:bob", "since": "30d"}).text
    assert "10 event" in text
    assert "Around it" in text
    assert f"relation={quote('domains')}" in text or "No way leads on" in text


def test_a_console_without_history_says_so(database: Database) -> None:
    answer = make_site(database).visitor(MODERATOR).get("/investigate", params={"ask": "1", "on": "post.created"})
    assert answer.status_code == 400
    assert "a process that has the history" in answer.text


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a, b", ["a", " b"]), ('f(a, b), "c,d"', ["f(a, b)", ' "c,d"']), ("", [""]), ("[1, 2]", ["[1, 2]"])],
)
def test_expressions_are_parted_at_their_own_commas_only(text: str, parts: list[str]) -> None:
    assert _parts(text) == parts


def test_bars_fill_the_box() -> None:
    bars = bars_of([0, 10], 0, 60)
    assert [(bar.count, bar.start_us) for bar in bars] == [(0, 0), (10, 60)]
    assert bars[1].y + bars[1].height == HEIGHT
    assert bars[1].x == WIDTH / 2
