"""Look-ups complete the account table in the background; a host that fails is left alone for a while."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ingest_rows import batch, post
from reading import NOW, Waits
from servers.scripted_stream import ScriptedStream, scripted_stream
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.keys import PrivateKey
from skywarden.ingest.accounts.account import Account
from skywarden.ingest.accounts.breaker import FIRST_OPEN_S, HostBreaker
from skywarden.ingest.accounts.hydration import HydrationConfig, Hydrator
from skywarden.ingest.accounts.table import AccountTable
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

KEY = PrivateKey.from_hex("22" * 32)
PROFILES = "/xrpc/app.bsky.actor.getProfiles"
CREATED = "2025-01-02T03:04:05.678Z"
CREATED_US = 1_735_787_045_678_000


def registered(host: str = "pds.test") -> tuple[Did, bytes]:
    """A DID and its audit log of one operation."""
    operation: dict[str, object] = {
        "type": "plc_operation",
        "rotationKeys": [KEY.did_key],
        "verificationMethods": {"atproto": KEY.did_key},
        "alsoKnownAs": ["at://claimed.test"],
        "services": {"atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": f"https://{host}"}},
        "prev": None,
    }
    operation["sig"] = base64.urlsafe_b64encode(KEY.sign(encode(operation))).decode().rstrip("=")
    signed = encode(operation)
    did = Did("did:plc:" + base64.b32encode(sha256(signed).digest()).decode().lower()[:24])
    cid = cid_text(cid_bytes_of(signed))
    entry = {"did": did, "operation": operation, "cid": cid, "nullified": False, "createdAt": CREATED}
    return did, json.dumps([entry]).encode()


DID, LOG = registered()
PICTURE = "bafkreie36hv3vh74dqr7zvswes4ascrqfwd7nrr3tytck5ypyd5d2a5dge"
PROFILE = {
    "did": DID,
    "handle": "alice.test",
    "displayName": "Alice",
    "avatar": f"https://cdn.test/img/avatar/plain/did:plc:alice/{PICTURE}@jpeg",
    "followersCount": 10,
    "followsCount": 20,
    "postsCount": 30,
}


@pytest.fixture
def table(tmp_path: Path) -> Iterator[AccountTable]:
    made = AccountTable(tmp_path / "accounts.db")
    yield made
    made.close()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedStream]:
    async with scripted_stream() as stream:
        yield stream


@pytest.fixture
async def fetcher() -> AsyncIterator[GuardedFetcher]:
    async with GuardedFetcher(allow_loopback=True) as made:
        yield made


class Bench:
    """A hydrator and what it is built from."""

    def __init__(self, table: AccountTable, fetcher: GuardedFetcher, config: HydrationConfig) -> None:
        self.table, self.clock, self.metrics, self.waits = table, ManualClock(at_us=NOW), Metrics(), Waits()
        self.hydrator = Hydrator(table, fetcher, config, clock=self.clock, metrics=self.metrics, wait=self.waits)

    def act(self, did: Did = DID) -> None:
        """The account posts."""
        self.table.stamp(batch(post(did, "1")))
        self.table.commit(Offset(1))

    def account(self, did: Did = DID) -> Account:
        found = self.table.find(did)
        assert found is not None
        return found


def both(server: ScriptedStream) -> HydrationConfig:
    url = server.url.replace("ws", "http", 1)
    return HydrationConfig(appview_url=url, plc_url=url)


async def test_an_account_that_acts_gets_its_profile_and_its_creation_time(
    table: AccountTable, server: ScriptedStream, fetcher: GuardedFetcher
) -> None:
    server.files[PROFILES] = json.dumps({"profiles": [PROFILE]}).encode()
    server.files[f"/{DID}/log/audit"] = LOG
    bench = Bench(table, fetcher, both(server))
    bench.act()
    assert await bench.hydrator.step() == 1
    account = bench.account()
    assert (account.handle, account.display_name, account.has_avatar) == ("alice.test", "Alice", True)
    assert account.avatar_cid == PICTURE
    assert (account.created_us, account.pds_host, account.hydrated_us) == (CREATED_US, "pds.test", NOW)
    assert (account.followers_base, account.follows_base, account.posts_base) == (10, 20, 29)
    bench.act()
    assert await bench.hydrator.step() == 0


async def test_what_the_appview_does_not_show_stays_unknown_and_is_not_asked_again_at_once(
    table: AccountTable, server: ScriptedStream, fetcher: GuardedFetcher
) -> None:
    server.files[PROFILES] = b'{"profiles": []}'
    bench = Bench(table, fetcher, both(server))
    bench.act()
    await bench.hydrator.step()
    assert (bench.account().handle, bench.account().created_us) == (None, None)
    bench.act()
    assert await bench.hydrator.step() == 0


async def test_a_forged_audit_log_dates_nobody(
    table: AccountTable, server: ScriptedStream, fetcher: GuardedFetcher
) -> None:
    server.files[PROFILES] = b'{"profiles": []}'
    server.files[f"/{DID}/log/audit"] = LOG.replace(b"pds.test", b"pds.evil")
    bench = Bench(table, fetcher, both(server))
    bench.act()
    await bench.hydrator.step()
    assert bench.account().created_us is None
    assert bench.metrics.value(catalog.ACCOUNTS_HYDRATED, host="127.0.0.1", outcome="rejected") == 1


async def test_an_answer_that_is_no_answer_does_not_stop_the_look_ups(
    table: AccountTable, server: ScriptedStream, fetcher: GuardedFetcher
) -> None:
    server.files[PROFILES] = b"<html>"
    server.files[f"/{DID}/log/audit"] = LOG
    bench = Bench(table, fetcher, both(server))
    bench.act()
    await bench.hydrator.step()
    assert (bench.account().handle, bench.account().created_us) == (None, CREATED_US)


async def test_a_host_that_is_away_is_left_alone_and_tried_again_later(
    table: AccountTable, fetcher: GuardedFetcher
) -> None:
    bench = Bench(table, fetcher, HydrationConfig(appview_url="http://127.0.0.1:1"))
    for number in range(5):
        bench.act(Did(f"did:plc:{number}"))
        await bench.hydrator.step()
    busy = bench.metrics.value(catalog.ACCOUNTS_HYDRATED, host="127.0.0.1", outcome="busy")
    assert busy == 3
    assert bench.account(Did("did:plc:0")).hydrated_us is None
    bench.clock.advance(FIRST_OPEN_S + 1)
    bench.act()
    await bench.hydrator.step()
    assert bench.metrics.value(catalog.ACCOUNTS_HYDRATED, host="127.0.0.1", outcome="busy") == busy + 1


async def test_a_missing_answer_leaves_the_account_due(table: AccountTable, fetcher: GuardedFetcher) -> None:
    bench = Bench(table, fetcher, HydrationConfig(appview_url="http://127.0.0.1:1"))
    bench.act()
    await bench.hydrator.step()
    bench.act()
    assert table.waiting.take(5) == [DID]


async def test_without_anybody_to_ask_nothing_is_done(table: AccountTable, fetcher: GuardedFetcher) -> None:
    bench = Bench(table, fetcher, HydrationConfig())
    await bench.hydrator.run(asyncio.Event())
    assert bench.waits.seconds == []


async def test_stopping_ends_a_look_up_at_once(table: AccountTable, server: ScriptedStream) -> None:
    async with GuardedFetcher(allow_loopback=True) as fetcher:
        url = server.url.replace("ws", "http", 1)
        hydrator = Hydrator(
            table, fetcher, HydrationConfig(appview_url=url), clock=ManualClock(at_us=NOW), metrics=Metrics()
        )
        stop = asyncio.Event()
        asyncio.get_running_loop().call_soon(stop.set)
        async with asyncio.timeout(5):
            await hydrator.run(stop)


def test_requests_are_paced_to_so_many_a_second() -> None:
    clock = ManualClock()
    breaker = HostBreaker("h", clock, per_s=2)
    for _ in range(2):
        assert breaker.wait_s() == 0
        breaker.asked()
    assert breaker.wait_s() == pytest.approx(1.0)
    clock.advance(1.0)
    assert breaker.wait_s() == 0


def test_a_breaker_rests_longer_each_time_and_closes_on_success() -> None:
    clock = ManualClock()
    breaker = HostBreaker("h", clock, per_s=0)
    assert [breaker.failed() for _ in range(4)] == [False, False, True, True]
    assert breaker.wait_s() == FIRST_OPEN_S * 2
    clock.advance(FIRST_OPEN_S * 2)
    assert not breaker.is_open
    breaker.succeeded()
    assert not breaker.failed()
