"""A real PDS is backfilled: its list, its exports, its signatures and its refusals."""

import asyncio
import os
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec
import pytest

from full.foreign_network import PdsNetwork
from skywarden.app.backfill import BackfillRequest, BackfillSummary, list_failures, run_backfill
from skywarden.app.data_folder import DataFolder
from skywarden.app.history import open_backfill
from skywarden.ingest.backfill.export import Strictness
from skywarden.kernel.ids import Offset
from skywarden.settings import Settings, load_settings

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]


def settings(network: PdsNetwork, data: Path) -> Settings:
    overrides = {"data": str(data), "network.plc_url": network.plc, "network.allow_loopback": True}
    return load_settings(None, os.environ, overrides)


def run(network: PdsNetwork, data: Path, **choice: object) -> BackfillSummary:
    request = BackfillRequest(settings(network, data), verify=Strictness.FULL, **choice)  # type: ignore[arg-type]  # a test names what it chooses
    return asyncio.run(run_backfill(request, lambda counts: None))


def uris(data: Path) -> list[str]:
    with open_backfill(DataFolder(data)) as history:
        rows = [row for found in history.batches(Offset(0)) for row in found.rows.to_pylist()]
    return [f"at://{row['did']}/{row['collection']}/{row['rkey']}" for row in rows]


def deactivate(network: PdsNetwork, handle: str, password: str) -> None:
    session = call(network, "com.atproto.server.createSession", {"identifier": handle, "password": password})
    call(network, "com.atproto.server.deactivateAccount", {}, msgspec.json.decode(session)["accessJwt"])


def call(network: PdsNetwork, method: str, body: object, token: str = "") -> bytes:
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    request = Request(f"{network.pds}/xrpc/{method}", msgspec.json.encode(body), headers)
    with urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def test_all_its_accounts_are_fetched_verified_and_renewed(pds_network: PdsNetwork, tmp_path: Path) -> None:
    person = {"pds": pds_network.pds, "handle": "backfilled.test", "password": "long-enough-1"}
    did = pds_network.run("create_account", **person)["did"]
    texts = [f"post {number}" for number in range(20)]
    posts = {post["uri"] for post in pds_network.run("create_posts", **person, texts=texts)["posts"]}

    first = run(pds_network, tmp_path, pds=pds_network.pds)
    assert first.failed == {}
    found = uris(tmp_path)
    assert len(found) == len(set(found)) == first.records
    assert posts <= set(found)

    [later] = pds_network.run("create_posts", **person, texts=["later"])["posts"]
    again = run(pds_network, tmp_path, pds=pds_network.pds, renew=True)
    assert (again.repos, uris(tmp_path)[len(found) :]) == (1, [later["uri"]])

    deactivate(pds_network, person["handle"], person["password"])
    (tmp_path / "dids").write_text(did)
    gone = run(pds_network, tmp_path / "other", dids=tmp_path / "dids")
    assert gone.failed == {"repo-deactivated": 1}
    [failure] = list_failures(settings(pds_network, tmp_path / "other"))
    assert (failure.did, failure.reason) == (did, "repo-deactivated")
