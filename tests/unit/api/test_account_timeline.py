"""An account's days show decisions, what its host tells and how its identity changed, whoever is away."""

import msgspec
import pytest
from atproto_client import models
from sqlalchemy import insert, select

from api_server import make_services, serving
from identities import ALICE, TRIAGE
from proposals import account, make_effect, make_service
from servers.http_pages import Page, http_pages
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.ids import Did, Handle, Offset, UtcMicros
from skywarden.simulator.plc import Identity, PlcDirectory
from skywarden.storage import Database
from skywarden.storage.tables import MODERATION_EVENT, SUBJECT
from upstreams import asked, json_page, make_directory, make_upstreams

NSID = "tools.ozone.moderation.getAccountTimeline"
HISTORY = "tools.ozone.hosting.getAccountHistory"
DEFS = "tools.ozone.moderation.defs#"
JUNE_US = UtcMicros(1_748_736_000_000_000)
DAY_US = 86_400_000_000
KEY = PrivateKey.from_hex("22" * 32)


def identity(handle: str) -> Identity:
    return Identity(KEY.did_key, KEY.did_key, Handle(handle), "https://pds.example")


def registered() -> tuple[Did, PlcDirectory]:
    """An account of 1 June 2025 that took another handle on the 3rd and moved on the 4th."""
    plc = PlcDirectory()
    did = plc.register(identity("old.test"), KEY, JUNE_US)
    plc.update(did, identity("new.test"), KEY, UtcMicros(JUNE_US + 2 * DAY_US))
    plc.update(did, identity("new.test"), KEY, UtcMicros(JUNE_US + 3 * DAY_US))
    return did, plc


def plc_page(plc: PlcDirectory, path: str) -> Page:
    log = plc.audit_log(path.strip("/").partition("/")[0])
    return Page(404) if log is None else Page(200, msgspec.json.encode(log), {"content-type": "application/json"})


def host_page(path: str) -> Page:
    """Three events over two pages, one with a time that is none."""
    nsid, params = asked(path)
    assert nsid == HISTORY
    if "cursor" in params:
        events = [("handleUpdated", "2025-06-03T10:00:00Z"), ("passwordUpdated", "0000-01-01T00:00:00Z")]
        return json_page({"events": [event(*one) for one in events]})
    return json_page({"events": [event("emailConfirmed", "2025-06-03T09:00:00Z"), event("x", "soon")], "cursor": "2"})


def event(kind: str, at: str) -> dict[str, object]:
    return {"details": {"$type": f"{HISTORY}#{kind}"}, "createdBy": "user", "createdAt": at}


def events_on(database: Database, did: Did, *places: tuple[str, str]) -> None:
    """Labels of 2 June on the account, on records of it (path) or on its conversations (id)."""
    service = make_service(database)
    service.outbox.store([], [make_effect(1, account(1))], Offset(2))
    service.decide_pending()
    with database.write("test") as tx:
        subject_id = tx.execute(select(SUBJECT.c.id)).scalar_one()
        for number, (path, convo) in enumerate(places, start=900):
            row = {"id": number, "type": "modEventLabel", "subject_id": subject_id, "did": did, "record_path": path}
            row |= {"convo_id": convo, "message_id": "", "uri": "", "created_by": did, "event_json": "{}"}
            tx.execute(insert(MODERATION_EVENT), row | {"created_us": JUNE_US + DAY_US + number})


async def test_days_join_decisions_the_hosts_history_and_the_directorys(database: Database) -> None:
    did, plc = registered()
    events_on(database, did, ("", ""), ("app.bsky.feed.post/3k", ""), ("app.bsky.feed.post/3k", ""), ("", "c1"))
    async with http_pages(lambda path: plc_page(plc, path)) as directory, http_pages(host_page) as host:
        upstreams = make_upstreams(pds=host.origin)
        made = make_services(
            database, upstreams=upstreams, directory=make_directory(upstreams, plc_url=directory.origin)
        )
        async with serving(made) as api:
            answer = await api.get(NSID, TRIAGE, did=did)
    models.get_or_create(answer.json(), models.ToolsOzoneModerationGetAccountTimeline.Response, strict=True)
    days = {
        item["day"]: {(s["eventSubjectType"], s["eventType"]): s["count"] for s in item["summary"]}
        for item in answer.json()["timeline"]
    }
    assert list(days) == sorted(days, reverse=True)
    assert days["2025-06-01"] == {("account", f"{DEFS}timelineEventPlcCreate"): 1}
    assert days["2025-06-03"] == {
        ("account", f"{DEFS}timelineEventPlcOperation"): 1,
        ("account", f"{HISTORY}#emailConfirmed"): 1,
        ("account", f"{HISTORY}#handleUpdated"): 1,
    }
    label = f"{DEFS}modEventLabel"
    assert days["2025-06-02"] == {("account", label): 1, ("record", label): 2, ("chat", label): 1}


async def test_without_the_host_changes_of_the_handle_come_from_the_directory(database: Database) -> None:
    did, plc = registered()
    async with http_pages(lambda path: plc_page(plc, path)) as directory:
        upstreams = make_upstreams()
        made = make_services(
            database, upstreams=upstreams, directory=make_directory(upstreams, plc_url=directory.origin)
        )
        async with serving(made) as api:
            found = (await api.get(NSID, did=did)).json()["timeline"]
    third = next(item["summary"] for item in found if item["day"] == "2025-06-03")
    assert {summary["eventType"] for summary in third} == {
        f"{HISTORY}#handleUpdated",
        f"{DEFS}timelineEventPlcOperation",
    }


@pytest.mark.parametrize("page", [Page(404), Page(500), Page(200, b"[1]"), Page(200, b"[]")])
async def test_an_account_that_nobody_knows_has_no_timeline(database: Database, page: Page) -> None:
    async with http_pages(lambda _: page) as directory:
        upstreams = make_upstreams()
        made = make_services(
            database, upstreams=upstreams, directory=make_directory(upstreams, plc_url=directory.origin)
        )
        async with serving(made) as api:
            answer = await api.get(NSID, did=ALICE.did)
    assert (answer.status_code, answer.json()["error"]) == (400, "RepoNotFound")
