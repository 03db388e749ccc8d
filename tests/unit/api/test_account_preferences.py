"""An account's preferences come from its own server, which learns nothing that it could use elsewhere."""

import json

import pytest

from api_server import make_services, serving
from identities import ALICE, TRIAGE
from servers.http_pages import HttpPages, Page, http_pages
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.storage import Database
from upstreams import PDS_DID, header_of, json_page, jwt_claims, make_directory, make_upstreams

NSID = "tools.ozone.moderation.getAccountPreferences"
PREFERENCES = {"preferences": [{"$type": "app.bsky.actor.defs#adultContentPref", "enabled": True}]}


def living_at(origin: str) -> StaticResolver:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": origin}
    return StaticResolver(
        {ALICE.did: DidDocument.from_json(ALICE.did, json.dumps({"id": ALICE.did, "service": [service]}).encode())}
    )


def named(pages: HttpPages) -> str:
    return f"http://localhost:{pages.port}"


async def test_a_strangers_server_gets_a_token_that_is_good_there_and_nowhere_else(database: Database) -> None:
    async with http_pages(lambda _: json_page(PREFERENCES)) as home:
        upstreams = make_upstreams()
        directory = make_directory(upstreams, resolver=living_at(named(home)))
        async with serving(make_services(database, upstreams=upstreams, directory=directory)) as api:
            answer = await api.get(NSID, TRIAGE, did=ALICE.did)
    assert answer.json() == PREFERENCES
    claims = jwt_claims(header_of(home, "authorization") or "")
    assert claims["aud"] == f"did:web:localhost%3A{home.port}"
    assert claims["lxm"] == "app.bsky.actor.getPreferences"
    assert [path for path, _ in home.seen] == [
        f"/xrpc/app.bsky.actor.getPreferences?did={ALICE.did.replace(':', '%3A')}"
    ]


async def test_the_pds_of_the_settings_is_asked_as_such(database: Database) -> None:
    async with http_pages(lambda _: json_page(PREFERENCES)) as pds:
        upstreams = make_upstreams(pds=pds.origin)
        directory = make_directory(upstreams, resolver=living_at(pds.origin))
        async with serving(make_services(database, upstreams=upstreams, directory=directory)) as api:
            assert (await api.get(NSID, did=ALICE.did)).json() == PREFERENCES
    assert jwt_claims(header_of(pds, "authorization") or "")["aud"] == PDS_DID


@pytest.mark.parametrize(
    ("origin", "status", "error"),
    [
        ("http://0x7f.1", 400, "InvalidRequest"),
        ("https://2130706433", 400, "InvalidRequest"),
        ("https://[::ffff:127.0.0.1]", 400, "InvalidRequest"),
        ("https://[64:ff9b::7f00:1]", 400, "InvalidRequest"),
        ("https://169.254.169.254", 400, "InvalidRequest"),
        ("http://localhost:1", 502, "UpstreamFailure"),
        ("", 400, "InvalidRequest"),
    ],
)
async def test_where_nobody_may_or_can_go_the_caller_learns_so(
    database: Database, origin: str, status: int, error: str
) -> None:
    upstreams = make_upstreams()
    directory = make_directory(upstreams, resolver=living_at(origin))
    async with serving(make_services(database, upstreams=upstreams, directory=directory)) as api:
        answer = await api.get(NSID, did=ALICE.did)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("page", [Page(401), Page(200, b"<html>"), json_page({"preferences": 5})])
async def test_what_is_no_list_of_preferences_is_a_failure_of_that_server(database: Database, page: Page) -> None:
    async with http_pages(lambda _: page) as home:
        upstreams = make_upstreams()
        directory = make_directory(upstreams, resolver=living_at(named(home)))
        async with serving(make_services(database, upstreams=upstreams, directory=directory)) as api:
            answer = await api.get(NSID, did=ALICE.did)
    assert (answer.status_code, answer.json()["error"]) == (502, "UpstreamFailure")
