"""The AppView of the simulated network shows feeds, threads, searches and follows as the lexicons say."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from lexicon_check import faults
from lexicons import LEXICONS
from simulated import LIVE_US, SMALL
from skywarden.kernel.clock import ManualClock
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.acts import CommitAct
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


async def read(client: httpx.AsyncClient, nsid: str, **params: Any) -> Any:
    """An answer that a client could show."""
    answer = await client.get(f"/xrpc/{nsid}", params=params)
    assert answer.status_code == 200, answer.text
    if LEXICONS.exists():
        assert faults(nsid, answer.json()) == []
    return answer.json()


def write(simulator: Simulator, author: Account, text: str, parent: dict[str, str] | None = None) -> str:
    """Post, and give the post's uri."""
    parts = simulator.network.parts
    record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-05T12:00:00.000Z"}
    if parent is not None:
        record["reply"] = {"root": parent, "parent": parent}
    post = parts.world.create("app.bsky.feed.post", record)
    simulator.network.carry_out(CommitAct(author.index, (post,)))
    simulator.journal.publish(simulator.network.flush())
    return f"at://{author.did}/app.bsky.feed.post/{post.rkey}"


async def test_an_authors_feed_has_the_newest_post_first_and_pages(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    author = people(simulator)[3]
    uris = [write(simulator, author, f"number {number}") for number in range(3)]
    found: list[str] = []
    query = {"actor": author.handle, "limit": "2"}
    while True:
        page = await read(client, "app.bsky.feed.getAuthorFeed", **query)
        found += [item["post"]["uri"] for item in page["feed"]]
        if "cursor" not in page:
            break
        query["cursor"] = page["cursor"]
    assert found[:3] == uris[::-1]
    assert len(found) == len(set(found))


async def test_a_thread_goes_up_to_the_first_post(simulator: Simulator, client: httpx.AsyncClient) -> None:
    first, second = people(simulator)[4:6]
    root = write(simulator, first, "a question")
    query = {"repo": first.did, "collection": "app.bsky.feed.post", "rkey": root.rpartition("/")[2]}
    cid = (await client.get("/xrpc/com.atproto.repo.getRecord", params=query)).json()["cid"]
    answer = write(simulator, second, "an answer", {"uri": root, "cid": cid})
    thread = (await read(client, "app.bsky.feed.getPostThread", uri=answer))["thread"]
    assert (thread["post"]["uri"], thread["parent"]["post"]["uri"]) == (answer, root)
    assert thread["parent"]["post"]["author"]["handle"] == first.handle
    gone = (await read(client, "app.bsky.feed.getPostThread", uri=root[:-3] + "aaa"))["thread"]
    assert gone["notFound"] is True


async def test_accounts_and_posts_are_found_by_words(simulator: Simulator, client: httpx.AsyncClient) -> None:
    author = people(simulator)[6]
    uri = write(simulator, author, "a xylophone for sale")
    posts = (await read(client, "app.bsky.feed.searchPosts", q="xylophone"))["posts"]
    assert [post["uri"] for post in posts] == [uri]
    for nsid in ("app.bsky.actor.searchActors", "app.bsky.actor.searchActorsTypeahead"):
        actors = (await read(client, nsid, q=f"@{author.handle.upper()}"))["actors"]
        assert [actor["did"] for actor in actors] == [author.did]
        assert (await read(client, nsid, q=""))["actors"] == []


async def test_follows_and_followers_are_two_sides_of_one_thing(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    graph = simulator.network.parts.world.graph
    account = next(one for one in people(simulator) if graph.following(one.index))
    follows = (await read(client, "app.bsky.graph.getFollows", actor=account.did, limit="100"))["follows"]
    assert [one["did"] for one in follows] == [
        simulator.network.register[i].did for i in graph.following(account.index)
    ]
    fans = (await read(client, "app.bsky.graph.getFollowers", actor=follows[0]["did"], limit="100"))["followers"]
    assert account.did in [fan["did"] for fan in fans]


async def test_nobody_has_lists_and_who_is_nobody_has_no_feed(client: httpx.AsyncClient) -> None:
    assert (await read(client, "app.bsky.graph.getLists", actor="did:plc:x"))["lists"] == []
    answer = await client.get("/xrpc/app.bsky.feed.getAuthorFeed", params={"actor": "nobody.test"})
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
