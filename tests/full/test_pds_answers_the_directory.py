"""A real PDS takes the tokens that our directory signs, and tells what only it knows to nobody else."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
import pytest

from full.foreign_network import PdsNetwork
from skywarden.api.directory import AccountSources, Directory, HomeServers, Nothing, PlcLogs, RecordSources
from skywarden.api.upstream import ServiceTokens, UpstreamAddress, open_upstreams
from skywarden.api.upstream.services import appview_address, chat_address, pds_address
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did
from skywarden.observe.metrics import Metrics

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]

PDS_DID = "did:web:localhost"
POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account on that PDS, who posted once."""

    did: Did
    handle: str
    uri: str
    cid: str


@pytest.fixture(scope="module")
def person(pds_network: PdsNetwork) -> Person:
    handle = f"private-{secrets.token_hex(3)}.test"
    account = {"pds": pds_network.pds, "handle": handle, "password": secrets.token_hex(12)}
    did = Did(pds_network.run("create_account", **account)["did"])
    post = pds_network.run("create_posts", **account, texts=["hello"])["posts"][0]
    return Person(did, handle, post["uri"], post["cid"])


@asynccontextmanager
async def directory(network: PdsNetwork, pds: UpstreamAddress, key: PrivateKey) -> AsyncIterator[Directory]:
    """A directory that knows no AppView and signs as the moderation service of the PDS; closed with the block."""
    clock, nothing = SystemClock(), Nothing()
    tokens = ServiceTokens(key, network.moderator, clock)
    upstreams = open_upstreams(pds, appview_address(), chat_address(), tokens=tokens, metrics=Metrics())
    fetcher = GuardedFetcher(allow_loopback=True, clock=clock)
    resolver = HttpResolver(fetcher, network.plc, allow_loopback=True, clock=clock)
    home = HomeServers(upstreams.pds, resolver, fetcher, tokens)
    try:
        yield Directory(
            AccountSources(upstreams, nothing, resolver, clock),
            RecordSources(upstreams, nothing, home, clock),
            PlcLogs(fetcher, network.plc),
            clock,
        )
    finally:
        await upstreams.aclose()
        await fetcher.aclose()


def moderator_key(network: PdsNetwork) -> PrivateKey:
    return PrivateKey.from_hex(network.moderator_key)


@pytest.mark.parametrize("by", ["token", "password"])
async def test_the_pds_tells_the_address_by_token_and_by_password(
    pds_network: PdsNetwork, person: Person, by: str
) -> None:
    address = pds_address(pds_network.pds, PDS_DID, pds_network.admin_password if by == "password" else "")
    async with directory(pds_network, address, moderator_key(pds_network)) as found:
        info = (await found.accounts([person.did]))[person.did]
    assert info.handle == person.handle
    assert info.private is not None
    assert info.private.email == f"{person.handle}@example.com"


async def test_another_key_learns_nothing_but_what_everybody_may_know(pds_network: PdsNetwork, person: Person) -> None:
    address = pds_address(pds_network.pds, PDS_DID)
    async with directory(pds_network, address, PrivateKey.generate("k256")) as stranger:
        info = (await stranger.accounts([person.did]))[person.did]
    assert (info.handle, info.private) == (person.handle, None)


async def test_a_record_comes_from_its_authors_own_server_and_the_log_from_the_directory(
    pds_network: PdsNetwork, person: Person
) -> None:
    async with directory(pds_network, pds_address(), moderator_key(pds_network)) as found:
        record = (await found.records([person.uri]))[person.uri]
        history = await found.plc.history(person.did)
    assert record.cid == person.cid
    assert msgspec.json.decode(record.value)["text"] == "hello"
    assert history is not None
    assert history.standing[-1].handles == (person.handle,)
