"""Reads of other services go through with nothing lost, in the labeler's name, and only for those who may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import insert, select

from api_server import ApiServer, make_services, serving, until
from identities import ADMIN, ALICE, DISABLED, MODERATOR, TRIAGE, Person
from proposals import account, make_effect, make_service
from servers.http_pages import HttpPages, Page, http_pages
from skywarden.kernel.ids import Offset
from skywarden.storage import Database
from skywarden.storage.tables import AUDIT, MODERATION_EVENT, SUBJECT
from upstreams import asked, header_of, json_page, jwt_claims, make_upstreams, refusal_page

PROFILE = "app.bsky.actor.getProfile"
REVOKE = "com.atproto.temp.revokeAccountCredentials"
CONTEXT = "chat.bsky.moderation.getMessageContext"
FROM_APPVIEW = [
    "app.bsky.actor.getProfile",
    "app.bsky.actor.getProfiles",
    "app.bsky.actor.searchActorsTypeahead",
    "app.bsky.feed.getAuthorFeed",
    "app.bsky.feed.getFeedGenerator",
    "app.bsky.feed.getLikes",
    "app.bsky.feed.getPostThread",
    "app.bsky.feed.getRepostedBy",
    "app.bsky.feed.searchPosts",
    "app.bsky.graph.getActorStarterPacks",
    "app.bsky.graph.getFollowers",
    "app.bsky.graph.getFollows",
    "app.bsky.graph.getList",
    "app.bsky.graph.getLists",
    "app.bsky.graph.getStarterPack",
    "app.bsky.graph.getStarterPacks",
]
FROM_PDS = [
    "com.atproto.admin.searchAccounts",
    "tools.ozone.hosting.getAccountHistory",
    "tools.ozone.signature.findCorrelation",
    "tools.ozone.signature.findRelatedAccounts",
    "tools.ozone.signature.searchAccounts",
]
FROM_CHAT = [
    "chat.bsky.moderation.getActorMetadata",
    "chat.bsky.moderation.getConvo",
    "chat.bsky.moderation.getConvoMembers",
    "chat.bsky.moderation.getConvos",
]
SERVICE_OF = {
    **dict.fromkeys(FROM_APPVIEW, "appview"),
    **dict.fromkeys(FROM_PDS, "pds"),
    **dict.fromkeys(FROM_CHAT, "chat"),
}


def reads_of(name: str) -> list[str]:
    return [nsid for nsid, service in SERVICE_OF.items() if service == name]


@asynccontextmanager
async def before(database: Database, pages: HttpPages, name: str = "appview") -> AsyncIterator[ApiServer]:
    """The API in front of one service."""
    urls: dict[str, Any] = {name: pages.origin}
    async with serving(make_services(database, upstreams=make_upstreams(**urls))) as api:
        yield api


@pytest.mark.parametrize("name", ["appview", "pds", "chat"])
async def test_reads_reach_their_service_with_every_parameter_and_a_token_of_ours(
    database: Database, name: str
) -> None:
    query = "a=1&a=2&text=caf%C3%A9%26co&later=new"
    async with http_pages(lambda _: json_page({"ok": [1]})) as pages, before(database, pages, name) as api:
        for nsid in reads_of(name):
            answer = await api.http.get(f"/xrpc/{nsid}?{query}", headers=api.token(MODERATOR, nsid))
            assert (answer.status_code, answer.json()) == (200, {"ok": [1]}), nsid
            assert asked(pages.seen[-1][0]) == (nsid, {"a": ["1", "2"], "text": ["café&co"], "later": ["new"]})
            assert jwt_claims(header_of(pages, "authorization") or "")["lxm"] == nsid


@pytest.mark.parametrize("name", ["appview", "pds", "chat"])
async def test_reads_need_a_team_member_and_private_ones_a_moderator(database: Database, name: str) -> None:
    wanted = {ALICE: False, DISABLED: False, TRIAGE: name != "pds", MODERATOR: True, ADMIN: True}
    async with http_pages(lambda _: json_page({})) as pages, before(database, pages, name) as api:
        for nsid in reads_of(name):
            found = {person: (await api.get(nsid, person)).status_code == 200 for person in wanted}
            assert found == wanted, nsid
            assert (await api.get(nsid, None)).status_code == 401, nsid
    assert len(pages.seen) == sum(wanted.values()) * len(reads_of(name))


async def test_the_callers_wish_for_labelers_goes_on_and_what_was_applied_comes_back(database: Database) -> None:
    page = json_page(
        {}, 200, **{"atproto-content-labelers": "did:plc:l", "atproto-repo-rev": "3k", "set-cookie": "a=b"}
    )
    async with http_pages(lambda _: page) as pages, before(database, pages) as api:
        wish = {"atproto-accept-labelers": "did:plc:l;redact", "cookie": "c=d"}
        answer = await api.http.get(f"/xrpc/{PROFILE}", headers=api.token(MODERATOR, PROFILE) | wish)
    assert header_of(pages, "atproto-accept-labelers") == "did:plc:l;redact"
    assert header_of(pages, "cookie") is None
    assert (answer.headers["atproto-content-labelers"], answer.headers["atproto-repo-rev"]) == ("did:plc:l", "3k")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 501])
async def test_an_error_of_the_service_comes_back_as_it_is(database: Database, status: int) -> None:
    async with http_pages(lambda _: refusal_page("ProfileNotFound", status)) as pages, before(database, pages) as api:
        answer = await api.get(PROFILE)
    assert (answer.status_code, answer.json()["error"]) == (status, "ProfileNotFound")


@pytest.mark.parametrize(
    "page",
    [
        Page(200, b"<script>alert(1)</script>", {"content-type": "text/html"}),
        Page(200, b"{}"),
        Page(302, b"", {"location": "https://elsewhere.example"}),
        refusal_page("AuthMissing", 401),
    ],
)
async def test_what_is_no_answer_to_the_caller_is_a_failure_of_the_service(database: Database, page: Page) -> None:
    async with http_pages(lambda _: page) as pages, before(database, pages) as api:
        answer = await api.get(PROFILE)
    assert (answer.status_code, answer.json()["error"]) == (502, "UpstreamFailure")
    assert "AppView" in answer.json()["message"]


async def test_without_the_service_the_answer_names_the_setting_that_is_missing(api: ApiServer) -> None:
    for nsid, name in SERVICE_OF.items():
        answer = await api.get(nsid)
        assert (answer.status_code, answer.json()["error"]) == (502, "UpstreamFailure"), nsid
        assert f"set network.{name}_url" in answer.json()["message"]


async def test_a_silent_service_holds_up_no_other_call(database: Database) -> None:
    async with http_pages(lambda _: Page(hangs=True)) as pages, before(database, pages) as api:
        slow = [asyncio.create_task(api.get(PROFILE)) for _ in range(20)]
        await until(lambda: len(pages.seen) == len(slow))
        async with asyncio.timeout(5):
            assert (await api.get("com.atproto.label.queryLabels", None, uriPatterns="*")).status_code == 200
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_credentials_are_revoked_at_the_pds_by_admins_and_recorded(database: Database) -> None:
    async with http_pages(lambda _: Page(200)) as pages, before(database, pages, "pds") as api:
        assert (await api.post(REVOKE, {"account": "no handle"}, ADMIN)).status_code == 400
        assert (await api.post(REVOKE, {"account": ALICE.did}, MODERATOR)).status_code == 403
        answer = await api.post(REVOKE, {"account": ALICE.did}, ADMIN)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [request.partition(b"\r\n\r\n")[2] for request in pages.requests] == [
        b'{"account":"%s"}' % ALICE.did.encode()
    ]
    with database.read() as tx:
        rows = tx.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.target)).all()
    assert rows == [(ADMIN.did, "revokeCredentials", ALICE.did)]


@pytest.fixture
def reported(database: Database) -> str:
    """A message that somebody reported."""
    service = make_service(database)
    service.outbox.store([], [make_effect(1, account(1))], Offset(2))
    service.decide_pending()
    with database.write("test") as tx:
        subject_id = tx.execute(select(SUBJECT.c.id)).scalar_one()
        row = {"id": 900, "type": "modEventReport", "subject_id": subject_id, "did": ALICE.did, "record_path": ""}
        row |= {"convo_id": "c1", "message_id": "m1", "uri": "", "created_by": ALICE.did, "created_us": 1}
        tx.execute(insert(MODERATION_EVENT), row | {"event_json": "{}"})
    return "m1"


@pytest.mark.parametrize(("person", "most"), [(MODERATOR, 5), (ADMIN, 5), (TRIAGE, 0)])
async def test_a_reported_message_is_shown_with_few_others_to_moderators_and_alone_to_triage(
    database: Database, reported: str, person: Person, most: int
) -> None:
    async with http_pages(lambda _: json_page({"messages": []})) as pages, before(database, pages, "chat") as api:
        answer = await api.get(CONTEXT, person, messageId=reported, convoId="c1", before=100, after=2)
    assert answer.status_code == 200
    window = {"before": [str(most)], "after": [str(min(most, 2))]}
    assert asked(pages.seen[0][0])[1] == {"messageId": ["m1"], "convoId": ["c1"], **window}


async def test_a_message_that_nobody_reported_is_not_looked_at(database: Database, reported: str) -> None:
    async with http_pages(lambda _: json_page({"messages": []})) as pages, before(database, pages, "chat") as api:
        answer = await api.get(CONTEXT, ADMIN, messageId="m2", convoId="c1")
        assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
        assert (await api.get(CONTEXT, ADMIN, messageId="")).status_code == 400
    assert pages.seen == []
