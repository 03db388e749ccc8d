"""The directory joins what PDS, AppView, our own table and DID documents say of accounts, and never fails a page."""

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
import pytest

from api_server import until
from identities import ALICE, BOB, resolver_of
from servers.http_pages import Page, http_pages
from skywarden.api.directory import INVALID_HANDLE
from skywarden.api.directory.account_info import OwnAccount
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.resolver import CachingResolver
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from upstreams import asked, json_page, make_directory, make_upstreams, refusal_page

INFOS, PROFILES = "com.atproto.admin.getAccountInfos", "app.bsky.actor.getProfiles"
DATE = "2026-01-02T03:04:05.678Z"


class OwnTable:
    """Accounts that our stream showed."""

    def __init__(self, *accounts: OwnAccount) -> None:
        self._accounts = {account.did: account for account in accounts}

    def accounts(self, dids: Collection[Did]) -> Mapping[Did, OwnAccount]:
        return {did: self._accounts[did] for did in dids if did in self._accounts}


@dataclass(frozen=True)
class SlowSource:
    """A document that comes when it may."""

    may_come: asyncio.Event

    async def fetch(self, did: Did) -> DidDocument:
        await self.may_come.wait()
        return DidDocument.from_json(did, b'{"id":"%s","alsoKnownAs":["at://late.test"]}' % did.encode())


def pds_page(path: str) -> Page:
    nsid, params = asked(path)
    assert nsid == INFOS
    view = {
        "handle": "pds-says.test",
        "indexedAt": DATE,
        "email": "a@mail.test",
        "invitedBy": {"code": "a-friends-code"},
        "inviteNote": "of a friend",
    }
    return json_page({"infos": [{"did": did, **view} for did in params["dids"] if did == ALICE.did]})


def appview_page(path: str) -> Page:
    nsid, params = asked(path)
    if nsid == INFOS:
        return json_page({"infos": [{"did": did, "handle": "alice.test", "indexedAt": DATE} for did in params["dids"]]})
    profiles = [{"did": did, "handle": "alice.test", "displayName": "Alice"} for did in params["actors"]]
    return json_page({"profiles": profiles})


async def test_the_appviews_handle_the_profile_and_the_private_facts_of_the_pds_are_joined() -> None:
    async with http_pages(appview_page) as appview, http_pages(pds_page) as pds:
        directory = make_directory(make_upstreams(appview=appview.origin, pds=pds.origin))
        info = (await directory.accounts([ALICE.did]))[ALICE.did]
    assert (info.handle, info.indexed_at) == ("alice.test", DATE)
    assert info.private is not None
    assert (info.private.email, info.private.invite_note) == ("a@mail.test", "of a friend")
    assert info.private.invited_by is not None
    assert msgspec.json.decode(info.private.invited_by) == {"code": "a-friends-code"}
    assert info.profile is not None
    profile = msgspec.json.decode(info.profile)
    assert (profile["$type"], profile["displayName"]) == ("app.bsky.actor.defs#profileViewDetailed", "Alice")


async def test_many_accounts_are_asked_for_in_few_calls_and_remembered_for_a_minute() -> None:
    clock = ManualClock()
    dids = [Did(f"did:plc:account{number}") for number in range(60)]
    async with http_pages(appview_page) as appview:
        directory = make_directory(make_upstreams(appview=appview.origin, clock=clock), clock=clock)
        assert set(await directory.accounts(dids)) == set(dids)
        assert len(appview.seen) == 2 + 3
        await directory.accounts(reversed(dids))
        assert len(appview.seen) == 2 + 3
        clock.at_s += 61
        await directory.accounts(dids[:1])
    assert len(appview.seen) == 2 + 3 + 2


async def test_without_any_service_accounts_are_known_from_our_own_table() -> None:
    own = OwnTable(OwnAccount(ALICE.did, "seen.test", 1_700_000_000_000_000), OwnAccount(BOB.did, None, None))
    found = await make_directory(make_upstreams(), accounts=own).accounts([ALICE.did, BOB.did])
    assert (found[ALICE.did].handle, found[ALICE.did].indexed_at) == ("seen.test", "2023-11-14T22:13:20.000Z")
    assert found[BOB.did].handle == INVALID_HANDLE


async def test_an_account_that_only_has_a_document_is_known_and_one_without_is_absent() -> None:
    directory = make_directory(make_upstreams(), resolver=resolver_of([ALICE]))
    found = await directory.accounts([ALICE.did, BOB.did])
    assert set(found) == {ALICE.did}
    assert await directory.handles([ALICE.did]) == {ALICE.did: INVALID_HANDLE}


async def test_silent_services_cost_a_page_seconds_and_nothing_once_they_are_left_alone() -> None:
    own = OwnTable(OwnAccount(ALICE.did, "seen.test", 1))
    clock = ManualClock()
    async with http_pages(lambda _: Page(hangs=True)) as silent:
        upstreams = make_upstreams(appview=silent.origin, pds=silent.origin, clock=clock)
        directory = make_directory(upstreams, accounts=own, clock=clock)
        began_s = time.monotonic()
        found = await directory.accounts([ALICE.did, *(Did(f"did:plc:account{number}") for number in range(150))])
        assert time.monotonic() - began_s < 8.0
        assert (found[ALICE.did].handle, found[ALICE.did].private) == ("seen.test", None)
        clock.at_s += 6
        calls = len(silent.seen)
        assert (await directory.accounts([ALICE.did]))[ALICE.did].handle == "seen.test"
        assert len(silent.seen) == calls


@pytest.mark.parametrize(
    "page",
    [
        Page(500),
        Page(200, b"not json", {"content-type": "application/json"}),
        json_page({"infos": [1, {"did": 5}], "profiles": [None]}),
        refusal_page("AuthRequired", 401),
        Page(404, b"not here"),
    ],
)
async def test_whatever_services_answer_the_account_is_shown_as_far_as_it_is_known(page: Page) -> None:
    own = OwnTable(OwnAccount(ALICE.did, "seen.test", 1))
    async with http_pages(lambda _: page) as odd:
        directory = make_directory(make_upstreams(appview=odd.origin, pds=odd.origin), accounts=own)
        assert (await directory.accounts([ALICE.did]))[ALICE.did].handle == "seen.test"


async def test_what_a_service_says_of_accounts_nobody_asked_for_is_not_taken() -> None:
    answer = {"infos": [{"did": BOB.did, "handle": "bob.test"}], "profiles": [{"did": BOB.did, "handle": "bob.test"}]}
    async with http_pages(lambda _: json_page(answer)) as odd:
        directory = make_directory(make_upstreams(appview=odd.origin))
        assert await directory.accounts([ALICE.did]) == {}


@pytest.mark.parametrize("handle", ["no handle", "x" * 300 + ".test", "<svg onload=alert(1)>.test", ""])
async def test_a_handle_that_is_none_is_never_shown(handle: str) -> None:
    answer = {"infos": [{"did": ALICE.did, "handle": handle, "indexedAt": "yesterday"}], "profiles": []}
    async with http_pages(lambda _: json_page(answer)) as odd:
        info = (await make_directory(make_upstreams(appview=odd.origin)).accounts([ALICE.did]))[ALICE.did]
    assert info.handle == INVALID_HANDLE
    assert info.indexed_at == "2023-11-14T22:13:20.000Z"


async def test_handles_of_a_list_come_from_our_own_stream_without_asking_anybody() -> None:
    own = OwnTable(OwnAccount(ALICE.did, "seen.test", 1))
    async with http_pages(appview_page) as appview:
        directory = make_directory(make_upstreams(appview=appview.origin), accounts=own)
        assert await directory.handles([ALICE.did]) == {ALICE.did: "seen.test"}
        assert appview.seen == []
        assert await directory.handles([ALICE.did, BOB.did]) == {ALICE.did: "seen.test", BOB.did: "alice.test"}


async def test_a_list_waits_a_second_for_handles_and_has_late_ones_the_next_time() -> None:
    clock, late = ManualClock(), asyncio.Event()
    resolver = CachingResolver(SlowSource(late), clock=clock)
    directory = make_directory(make_upstreams(), resolver=resolver, clock=clock)
    began_s = time.monotonic()
    assert await directory.handles([ALICE.did]) == {}
    assert time.monotonic() - began_s < 2.5
    late.set()
    await until(lambda: not directory.looking)
    assert await directory.handles([ALICE.did]) == {ALICE.did: "late.test"}


async def test_an_account_whose_identity_changed_is_asked_for_anew() -> None:
    async with http_pages(appview_page) as appview:
        directory = make_directory(make_upstreams(appview=appview.origin))
        await directory.accounts([ALICE.did])
        calls = len(appview.seen)
        directory.forget(ALICE.did)
        assert await directory.handles([ALICE.did]) == {ALICE.did: "alice.test"}
        assert len(appview.seen) > calls


async def test_many_who_ask_for_one_account_at_once_ask_the_network_once() -> None:
    async with http_pages(appview_page) as appview:
        directory = make_directory(make_upstreams(appview=appview.origin))
        answers = await asyncio.gather(*(directory.accounts([ALICE.did]) for _ in range(20)))
        assert {answer[ALICE.did].handle for answer in answers} == {"alice.test"}
        assert len(appview.seen) == 2
        assert directory.looking == 0


async def test_an_answer_under_way_when_the_account_changed_is_given_but_not_kept() -> None:
    may_come = asyncio.Event()
    resolver = CachingResolver(SlowSource(may_come), clock=ManualClock())
    directory = make_directory(make_upstreams(), resolver=resolver)
    asking = asyncio.create_task(directory.accounts([ALICE.did]))
    await until(lambda: directory.looking)
    directory.forget(ALICE.did)
    may_come.set()
    assert (await asking)[ALICE.did].handle == "late.test"
    again = asyncio.create_task(directory.accounts([ALICE.did]))
    await until(lambda: directory.looking)
    assert (await again)[ALICE.did].handle == "late.test"


async def test_one_who_stops_waiting_takes_the_answer_from_nobody() -> None:
    may_come = asyncio.Event()
    resolver = CachingResolver(SlowSource(may_come), clock=ManualClock())
    directory = make_directory(make_upstreams(), resolver=resolver)
    first, second = (asyncio.create_task(directory.accounts([ALICE.did])) for _ in range(2))
    await until(lambda: directory.looking)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    may_come.set()
    assert (await second)[ALICE.did].handle == "late.test"
