"""Members ask history over HTTP; nobody else does, and a question ends when its client leaves."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api_server import ApiServer, admin_password, make_services, person_token, serving, until
from event_rows import SECOND_US, START_US, post
from histories import history_of
from identities import ALICE, DISABLED, MODERATOR, TRIAGE, Person
from skywarden.api.http.registry import http_methods, path_of
from skywarden.api.rate_limit import RateLimits
from skywarden.api.services import Investigation
from skywarden.app.investigate.investigator import HistoryInvestigator
from skywarden.app.investigate.reading import HistoryReading
from skywarden.app.investigate.saved import SavedQueryService
from skywarden.app.investigate.sqlbox import SqlBox, TableViews
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Retryable
from skywarden.model.investigation import Checkpoint, SqlAnswer
from skywarden.storage import Database

ROWS = [post(n, did="did:plc:bob" if n % 3 == 0 else "did:plc:alice", domains=["a.example"]) for n in range(30)]


class WaitingBox(SqlBox):
    """A box whose `SELECT wait` runs until nobody waits for it."""

    def __init__(self) -> None:
        super().__init__(lambda: TableViews({"label": "SELECT 'spam' AS val"}))
        self.began, self.ended = threading.Event(), threading.Event()

    def run(self, text: str, *, limit: int = 1_000, checkpoint: Checkpoint = lambda rows: None) -> SqlAnswer:
        if text != "SELECT wait":
            return super().run(text, limit=limit, checkpoint=checkpoint)
        self.began.set()
        try:
            while True:
                checkpoint(0)
        except Retryable:
            self.ended.set()
            raise


@pytest.fixture
def box() -> WaitingBox:
    return WaitingBox()


@pytest_asyncio.fixture
async def api(database: Database, box: WaitingBox) -> AsyncIterator[ApiServer]:
    investigator = HistoryInvestigator(HistoryReading(history_of(ROWS)), box=box)
    investigation = Investigation(investigator, SavedQueryService(database, ManualClock()))
    async with serving(make_services(database, investigation=investigation)) as server:
        yield server


async def ask(api: ApiServer, path: str, body: object = None, person: Person | None = MODERATOR) -> httpx.Response:
    method = http_methods()[path]
    headers = {} if person is None else person_token(api.services, person, method.nsid)
    if method.kind == "query":
        return await api.http.get(f"/api/{path}", headers=headers, timeout=60)
    return await api.http.post(f"/api/{path}", json=body, headers=headers, timeout=60)


async def found(api: ApiServer, path: str, body: object = None) -> Any:
    answer = await ask(api, path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_events_come_as_json_with_a_cursor(api: ApiServer) -> None:
    body = {"condition": 'author.did == "did:plc:bob"', "on": ["post.created"], "limit": 4}
    first = (await found(api, "query/find", body))["answer"]
    assert [event["offset"] for event in first["events"]] == [27, 24, 21, 18]
    second = (await found(api, "query/find", body | {"cursor": first["cursor"]}))["answer"]
    assert second["events"][0]["offset"] == 15


async def test_top_histogram_and_sql_are_the_same_method(api: ApiServer) -> None:
    top = await found(api, "query/find", {"on": ["post.created"], "group": ["author.did"], "against": "previous"})
    assert (top["kind"], top["answer"]["rows"][0]["count"]) == ("group", 20)
    histogram = await found(api, "query/find", {"on": ["post.created"], "histogram": "10s", "since": "30s"})
    assert sum(histogram["answer"]["counts"]) == 30
    sql = await found(api, "query/find", {"sql": "SELECT val FROM label"})
    assert sql["answer"]["rows"] == [["spam"]]


async def test_a_timeline_and_links_are_asked_by_the_entity(api: ApiServer) -> None:
    timeline = await found(api, "query/timeline", {"entity": "did:plc:bob", "limit": 2})
    assert [entry["number"] for entry in timeline["entries"]] == [27, 24]
    assert timeline["counts"] == {"event": 10}
    links = await found(api, "query/links", {"entity": "did:plc:bob"})
    assert [link["relation"] for link in links["links"]] == ["domains"]
    linked = await found(api, "query/links", {"entity": "did:plc:bob", "relation": "domains"})
    assert linked["linked"] == [
        {"entity": "domain:a.example", "events": 10, "first_us": START_US, "last_us": START_US + 27 * SECOND_US}
    ]


async def test_a_mistake_comes_back_underlined(api: ApiServer) -> None:
    answer = await ask(api, "query/find", {"condition": "author.agee", "on": ["post.created"]})
    assert (answer.status_code, answer.json()["error"]) == (400, "QueryInvalid")
    assert "^^^^^^^^^^^" in answer.json()["message"]


@pytest.mark.parametrize(
    ("sql", "error"),
    [("SELECT getenv('HOME')", "SqlRefused"), ("SELEC", "SqlSyntax"), ("SELECT nothing FROM label", "SqlFailed")],
)
async def test_a_refused_select_says_why(api: ApiServer, sql: str, error: str) -> None:
    answer = await ask(api, "query/find", {"sql": sql})
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_what_is_asked_is_remembered_with_how_it_ended(api: ApiServer) -> None:
    await found(api, "query/find", {"on": ["post.created"], "limit": 3})
    await ask(api, "query/find", {"sql": "SELECT getenv('HOME')"})
    runs = (await found(api, "query/history"))["runs"]
    assert [(run["kind"], run["rows"], run["outcome"]) for run in runs] == [
        ("sql", 0, "SqlRefused"),
        ("events", 3, "ok"),
    ]
    assert (await ask(api, "query/history", person=TRIAGE)).json() == {"runs": []}


async def test_a_query_is_saved_shared_and_forgotten(api: ApiServer) -> None:
    kept = {"name": "golden", "request": {"condition": "True", "limit": 5}, "shared": True}
    assert (await found(api, "query/save", kept))["owner"] == MODERATOR.did
    [seen] = (await ask(api, "query/saved", person=TRIAGE)).json()["queries"]
    assert seen["name"] == "golden"
    assert (await ask(api, "query/forget", {"name": "golden"}, TRIAGE)).json()["error"] == "NotFound"
    await found(api, "query/forget", {"name": "golden"})
    assert (await found(api, "query/saved"))["queries"] == []


@pytest.mark.parametrize("path", sorted(http_methods()))
async def test_only_members_may_ask(api: ApiServer, path: str) -> None:
    bodies = {"query/save": {"name": "x", "request": {}}, "query/forget": {"name": "x"}, "query/find": {}}
    for person in (None, ALICE, DISABLED):
        assert (await ask(api, path, bodies.get(path, {"entity": "did:plc:bob"}), person)).status_code == 401


async def test_the_administrator_s_password_opens_it(api: ApiServer) -> None:
    answer = await api.http.get("/api/query/saved", headers=admin_password())
    assert answer.status_code == 200


async def test_a_token_for_another_method_is_refused(api: ApiServer) -> None:
    headers = person_token(api.services, MODERATOR, "tools.skywarden.query.saved")
    assert (await api.http.post("/api/query/find", json={}, headers=headers)).status_code == 401


async def test_a_question_ends_when_its_client_leaves(api: ApiServer, box: WaitingBox) -> None:
    asking = asyncio.create_task(ask(api, "query/find", {"sql": "SELECT wait"}))
    await until(box.began.is_set)
    asking.cancel()
    await until(box.ended.is_set)
    assert box.ended.is_set()


async def test_requests_are_counted(database: Database) -> None:
    investigator = HistoryInvestigator(HistoryReading(history_of(ROWS)))
    investigation = Investigation(investigator, SavedQueryService(database, ManualClock()))
    services = make_services(database, investigation=investigation, limits=RateLimits.a_minute(2, 2))
    async with serving(services) as api:
        statuses = [(await ask(api, "query/saved")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_a_process_without_history_says_so(database: Database) -> None:
    async with serving(make_services(database)) as api:
        assert (await ask(api, "query/saved")).status_code == 501
        assert (await api.http.get("/api/nothing")).status_code == 404


def test_every_method_s_file_is_named_like_its_path() -> None:
    for path, method in http_methods().items():
        assert method.handle.__module__.rpartition(".")[2] == path.replace("/", "_")
        assert path_of(method) == path
