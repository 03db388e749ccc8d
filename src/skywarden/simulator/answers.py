"""Turn the network's state into the JSON that its hosts, its AppView and its ground truth answer with."""

import msgspec

from skywarden.atproto import cbor
from skywarden.atproto.cid import cid_text
from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.simulator.accounts import Account
from skywarden.simulator.moments import iso_millis
from skywarden.simulator.network import Network
from skywarden.simulator.records import POST

Answer = dict[str, object]


class AccountLine(msgspec.Struct, frozen=True):
    """One line of accounts.jsonl: what is true of an account."""

    did: Did
    handle: str
    role: str
    abusive: bool
    kind: str | None
    campaign: str | None
    created_us: UtcMicros
    host: str
    active: bool
    status: str | None


def account_line(account: Account) -> bytes:
    """Tell the truth about an account."""
    return msgspec.json.encode(
        AccountLine(
            did=account.did,
            handle=account.handle,
            role=account.role,
            abusive=account.abuse_kind is not None,
            kind=account.abuse_kind,
            campaign=account.campaign,
            created_us=account.created_us,
            host=account.host,
            active=account.active,
            status=account.status,
        )
    )


def profile_view(network: Network, account: Account) -> Answer:
    """What app.bsky.actor.getProfile answers."""
    parts = network.parts
    created = iso_millis(account.created_us)
    following = len(parts.world.graph.following(account.index))
    view: Answer = {
        "did": account.did,
        "handle": account.handle,
        "displayName": account.display_name,
        "description": account.description,
        "followersCount": account.outside_followers + parts.world.graph.followers_count(account.index),
        "followsCount": account.outside_follows + following,
        "postsCount": account.outside_posts + parts.store.count(account.index, POST),
        "createdAt": created,
        "indexedAt": created,
        "labels": [],
    }
    if account.has_avatar:
        view["avatar"] = f"https://img.{account.host}/avatar/{account.did}@jpeg"
    return view


def repo_status(network: Network, account: Account) -> Answer:
    """What com.atproto.sync.getRepoStatus answers."""
    answer: Answer = {"did": account.did, "active": account.active}
    if account.status is not None:
        answer["status"] = account.status
    else:
        answer["rev"] = network.parts.repositories.open(account).head.rev
    return answer


def repo_entry(network: Network, account: Account) -> Answer:
    """One entry of com.atproto.sync.listRepos."""
    repository = network.parts.repositories.open(account)
    head = {"did": account.did, "head": cid_text(repository.commit_cid), "rev": repository.head.rev}
    return {**head, **repo_status(network, account)}


def record_view(network: Network, account: Account, collection: str, rkey: str) -> Answer | None:
    """What com.atproto.repo.getRecord answers; None when there is no such record."""
    network.parts.repositories.open(account)
    network.parts.ledger.flush()
    found = network.parts.store.record(account.index, f"{collection}/{rkey}")
    if found is None:
        return None
    cid, block = found
    uri = f"at://{account.did}/{collection}/{rkey}"
    return {"uri": uri, "cid": cid_text(cid), "value": cbor.to_json(cbor.decode(block))}


def relationship(network: Network, actor: Account, other: Account) -> Answer:
    """One entry of app.bsky.graph.getRelationships."""
    graph = network.parts.world.graph
    answer: Answer = {"$type": "app.bsky.graph.defs#relationship", "did": other.did}
    forth, back = graph.rkey(actor.index, other.index), graph.rkey(other.index, actor.index)
    if forth is not None:
        answer["following"] = f"at://{actor.did}/app.bsky.graph.follow/{forth}"
    if back is not None:
        answer["followedBy"] = f"at://{other.did}/app.bsky.graph.follow/{back}"
    return answer


def latest_commit(network: Network, account: Account) -> dict[str, Cid | str]:
    """What com.atproto.sync.getLatestCommit answers."""
    repository = network.parts.repositories.open(account)
    return {"cid": cid_text(repository.commit_cid), "rev": repository.head.rev}
