"""The one server answers as PLC directory, hosts, AppView and as the keeper of the truth."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import msgspec
import pytest

from simulated import LIVE_US, SMALL, key_of
from skywarden.atproto.car import read_car
from skywarden.atproto.cid import cid_parse
from skywarden.atproto.commit import read_commit
from skywarden.atproto.mst import Mst
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import AtUri
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.acts import CommitAct, StatusAct
from skywarden.simulator.serve import Simulator

CONFIG = replace(SMALL, people=80, backlog_minutes=5.0, backlog_events=300)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Simulator:
    simulator = Simulator(CONFIG, tmp_path_factory.mktemp("simulator"), ManualClock(LIVE_US))
    simulator.tick()
    return simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def people(simulator: Simulator) -> list[Account]:
    return [account for account in simulator.network.register if account.role is Role.PERSON and account.active]


async def test_a_did_resolves_to_its_document_its_data_and_its_log(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    account = people(simulator)[5]
    document = (await client.get(f"/{account.did}")).json()
    data = (await client.get(f"/{account.did}/data")).json()
    (entry,) = (await client.get(f"/{account.did}/log/audit")).json()

    assert document["id"] == data["did"] == entry["did"] == account.did
    assert data["verificationMethods"]["atproto"] == key_of(simulator.network, account.did).did_key
    assert entry["operation"]["alsoKnownAs"] == [f"at://{account.handle}"]
    assert entry["nullified"] is False
    assert entry["createdAt"].endswith("Z")


async def test_an_unknown_did_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("", "/data", "/log/audit"):
        assert (await client.get(f"/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa{path}")).status_code == 404


async def test_a_handle_leads_to_its_did_by_host_and_by_xrpc(simulator: Simulator, client: httpx.AsyncClient) -> None:
    account = people(simulator)[5]

    by_host = await client.get("/.well-known/atproto-did", headers={"host": f"{account.handle}:8080"})
    by_xrpc = await client.get("/xrpc/com.atproto.identity.resolveHandle", params={"handle": account.handle.upper()})
    assert by_host.text == account.did
    assert by_xrpc.json() == {"did": account.did}
    assert (await client.get("/.well-known/atproto-did", headers={"host": "nobody.test"})).status_code == 404
    unknown = await client.get("/xrpc/com.atproto.identity.resolveHandle", params={"handle": "nobody.test"})
    assert unknown.json()["error"] == "HandleNotFound"


async def test_get_repo_is_a_signed_tree_with_all_its_records(simulator: Simulator, client: httpx.AsyncClient) -> None:
    for account in people(simulator)[:20]:
        answer = await client.get("/xrpc/com.atproto.sync.getRepo", params={"did": account.did})
        latest = (await client.get("/xrpc/com.atproto.sync.getLatestCommit", params={"did": account.did})).json()
        car = read_car(answer.content)
        commit = read_commit(car.block(car.roots[0]))
        entries = dict(Mst.load(commit.data, car.blocks).entries())

        assert answer.headers["content-type"] == "application/vnd.ipld.car"
        assert commit.did == account.did
        assert (cid_parse(latest["cid"]), latest["rev"]) == (car.roots[0], commit.rev)
        assert key_of(simulator.network, account.did).verify(commit.signed_bytes, commit.sig)
        assert "app.bsky.actor.profile/self" in entries
        assert all(cid in car.blocks for cid in entries.values())


async def test_list_repos_pages_through_all_active_accounts(simulator: Simulator, client: httpx.AsyncClient) -> None:
    found: list[str] = []
    query = {"limit": "50"}
    while True:
        page = (await client.get("/xrpc/com.atproto.sync.listRepos", params=query)).json()
        found += [repo["did"] for repo in page["repos"]]
        if "cursor" not in page:
            break
        query["cursor"] = page["cursor"]

    assert found == [account.did for account in simulator.network.register if account.active]


async def test_profiles_hold_counts_age_and_names(simulator: Simulator, client: httpx.AsyncClient) -> None:
    accounts = people(simulator)[:25]
    query = {"actors": [account.did for account in accounts[:24]] + [accounts[24].handle]}
    profiles = (await client.get("/xrpc/app.bsky.actor.getProfiles", params=query)).json()["profiles"]

    assert [profile["did"] for profile in profiles] == [account.did for account in accounts]
    for profile, account in zip(profiles, accounts, strict=True):
        assert (profile["handle"], profile["displayName"]) == (account.handle, account.display_name)
        assert profile["createdAt"] < "2026-01-05T12:00:00.000Z"
        assert profile["labels"] == []
        counts = {profile[name] for name in ("followersCount", "followsCount", "postsCount")}
        assert all(type(count) is int and count >= 0 for count in counts)


async def test_a_new_post_and_a_new_follow_are_counted(simulator: Simulator, client: httpx.AsyncClient) -> None:
    author, fan = people(simulator)[30:32]
    parts = simulator.network.parts
    before = (await client.get("/xrpc/app.bsky.actor.getProfile", params={"actor": author.did})).json()
    post = parts.world.create("app.bsky.feed.post", {"$type": "app.bsky.feed.post", "text": "hi", "langs": ["en"]})
    follow = parts.world.create("app.bsky.graph.follow", {"$type": "app.bsky.graph.follow", "subject": author.did})
    parts.world.graph.remove(fan.index, author.index)
    before_follow = parts.world.graph.followers_count(author.index)
    simulator.network.carry_out(CommitAct(author.index, (post,)))
    simulator.network.carry_out(CommitAct(fan.index, (follow,)))
    simulator.journal.publish(simulator.network.flush())

    after = (await client.get("/xrpc/app.bsky.actor.getProfile", params={"actor": author.did})).json()
    relation = await client.get(
        "/xrpc/app.bsky.graph.getRelationships", params={"actor": author.did, "others": [fan.did, "did:plc:nobody"]}
    )
    assert after["postsCount"] == before["postsCount"] + 1
    assert after["followersCount"] == author.outside_followers + before_follow + 1
    known, unknown = relation.json()["relationships"]
    assert known["followedBy"] == AtUri(f"at://{fan.did}/app.bsky.graph.follow/{follow.rkey}")
    assert unknown["notFound"] is True


async def test_more_than_25_profiles_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/xrpc/app.bsky.actor.getProfiles", params={"actors": ["did:plc:x"] * 26})

    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    "status, error", [("takendown", "RepoTakendown"), ("suspended", "RepoSuspended"), ("deleted", "RepoNotFound")]
)
async def test_a_closed_account_has_no_repository_to_give(
    simulator: Simulator, client: httpx.AsyncClient, status: str, error: str
) -> None:
    account = people(simulator)[-1]
    simulator.network.carry_out(StatusAct(account.index, active=False, status=status))
    simulator.journal.publish(simulator.network.flush())

    repo = await client.get("/xrpc/com.atproto.sync.getRepo", params={"did": account.did})
    state = (await client.get("/xrpc/com.atproto.sync.getRepoStatus", params={"did": account.did})).json()
    profiles = await client.get("/xrpc/app.bsky.actor.getProfiles", params={"actors": [account.did]})
    assert (repo.status_code, repo.json()["error"]) == (400, error)
    assert state == {"did": account.did, "active": False, "status": status}
    assert profiles.json() == {"profiles": []}


async def test_a_record_can_be_read_by_its_name(simulator: Simulator, client: httpx.AsyncClient) -> None:
    account = people(simulator)[8]
    query = {"repo": account.did, "collection": "app.bsky.actor.profile", "rkey": "self"}

    found = (await client.get("/xrpc/com.atproto.repo.getRecord", params=query)).json()
    assert found["value"]["displayName"] == account.display_name
    missing = await client.get("/xrpc/com.atproto.repo.getRecord", params={**query, "rkey": "other"})
    assert missing.json()["error"] == "RecordNotFound"


async def test_the_truth_is_served_as_lines(simulator: Simulator, client: httpx.AsyncClient) -> None:
    truth = (await client.get("/ground-truth.jsonl")).text.splitlines()
    rest = (await client.get("/ground-truth.jsonl", params={"after": "10"})).text.splitlines()
    accounts = (await client.get("/accounts.jsonl")).text.splitlines()

    assert [line.encode() for line in truth] == list(simulator.network.parts.store.truth())
    assert rest == truth[10:]
    assert len(accounts) == len(simulator.network.register)
    assert {"did", "uri", "cid", "kind", "campaign", "time_us", "seq"} <= set(msgspec.json.decode(truth[0]))


async def test_the_journal_is_served_as_a_recording(simulator: Simulator, client: httpx.AsyncClient) -> None:
    data = (await client.get("/journal.frames")).content
    stored = simulator.network.parts.store.frames_from(1, 100_000)

    assert data == b"".join(len(frame.frame).to_bytes(4, "little") + frame.frame for frame in stored)


async def test_the_stream_asks_plain_requests_to_upgrade(client: httpx.AsyncClient) -> None:
    answer = await client.get("/xrpc/com.atproto.sync.subscribeRepos")
    posted = await client.post("/xrpc/com.atproto.sync.subscribeRepos")

    assert (answer.status_code, posted.status_code) == (426, 405)
