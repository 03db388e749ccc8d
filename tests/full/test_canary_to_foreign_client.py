"""From a post on a real PDS to a signed label in the reference client, and from its report form to our queue."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from full.foreign_network import PdsNetwork
from servers.log_rows import EventIdentity, logged_events
from servers.platform import Platform, running_platform
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did
from skywarden.moderation.review import ReviewState
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import open_database

CANARY = "SKYWARDEN-CANARY-7f3a9c51e2d84b06"

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]


@dataclass(frozen=True, slots=True)
class Labeler:
    """Our platform on the stream of the PDS, registered in the PLC directory as a labeler."""

    network: PdsNetwork
    platform: Platform
    did: str

    def join(self, name: str) -> dict[str, str]:
        """Make an account; what its scripts need to log in."""
        handle = f"{name}-{secrets.token_hex(3)}.test"
        person = {"pds": self.network.pds, "handle": handle, "password": secrets.token_hex(12)}
        return {**person, "did": self.network.run("create_account", **person)["did"]}

    def say(self, person: dict[str, str], text: str) -> dict[str, str]:
        """Post; uri and cid."""
        post: dict[str, str] = self.network.run("create_posts", **person, texts=[text])["posts"][0]
        return post

    def ask(self, script: str, **values: Any) -> dict[str, Any]:
        """Run a script of the label consumer."""
        return self.network.run(script, labeler=self.platform.url, plc=self.network.plc, did=self.did, **values)


@pytest.fixture(scope="module")
def labeler(pds_network: PdsNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Labeler]:
    folder = tmp_path_factory.mktemp("labeler")
    key = PrivateKey.generate("k256")
    (folder / "label.key").write_text(key.hex())
    platform = Platform(folder / "data", pds_network.pds.replace("http", "ws", 1))
    registered = pds_network.run("register_labeler", plc=pds_network.plc, endpoint=platform.url, labelKey=key.did_key)
    platform.settings = {
        "SKYWARDEN_SOURCE_VERIFY": "full",
        "SKYWARDEN_NETWORK_PLC_URL": pds_network.plc,
        "SKYWARDEN_LABELER_DID": registered["did"],
        "SKYWARDEN_LABELER_KEY_FILE": str(folder / "label.key"),
    }
    with running_platform(platform):
        yield Labeler(pds_network, platform, registered["did"])


def test_a_canary_post_becomes_a_label_that_foreign_clients_accept(labeler: Labeler) -> None:
    author = labeler.join("canary")
    with ThreadPoolExecutor(1) as waiting:
        subscription = waiting.submit(labeler.ask, "subscribe_labels", cursor=0, until=f"at://{author['did']}/")
        labeler.say(author, "nothing to see here")
        post = labeler.say(author, f"a drill: {CANARY}")
        frames = subscription.result()["frames"]

    [streamed] = frames[-1]["labels"]
    assert (streamed["src"], streamed["uri"], streamed["cid"]) == (labeler.did, post["uri"], post["cid"])
    assert (streamed["val"], streamed["verified"]) == ("spam", True)
    assert labeler.ask("query_labels", uri=post["uri"])["labels"] == [streamed]


def test_everything_that_a_foreign_client_reads_from_the_pds_is_logged_and_verified(labeler: Labeler) -> None:
    person = labeler.join("logged")
    last = labeler.network.run("live_a_life", **person, newHandle=f"new-{person['handle']}")["last"]
    read = labeler.network.run("read_firehose", pds=labeler.network.pds, cursor=0, until=last)
    expected = [row for message in read["messages"] for row in rows_of(message)]

    platform = labeler.platform
    platform.running.wait_until(lambda: platform.logged_rows() >= len(expected), 30, f"{len(expected)} rows")

    assert logged_events(platform.data)[: len(expected)] == expected
    assert platform.metric("skywarden_ingest_quarantined_total") == 0


def rows_of(message: dict[str, Any]) -> list[EventIdentity]:
    """What one message of the stream must become in the log."""
    seq, kind, did = message["seq"], message["type"].partition("#")[2], message["did"]
    if kind != "commit":
        return [(seq, kind, did, "", "")]
    return [(seq, kind, did, op["action"], op["path"]) for op in message["ops"]]


def test_a_report_through_the_pds_opens_a_review(labeler: Labeler) -> None:
    reporter, author = labeler.join("reporter"), labeler.join("author")
    post = labeler.say(author, "something to complain about")
    subject = {"$type": "com.atproto.repo.strongRef", "uri": post["uri"], "cid": post["cid"]}
    report = labeler.network.run(
        "create_report",
        **reporter,
        labelerDid=labeler.did,
        subject=subject,
        reasonType="com.atproto.moderation.defs#reasonSpam",
        reason="buy, buy, buy",
    )
    assert report["reportedBy"] == reporter["did"]
    assert report["subject"] == subject
    assert report["reasonType"] == "com.atproto.moderation.defs#reasonSpam"
    assert review_of(labeler, post["uri"]) is ReviewState.OPEN


def review_of(labeler: Labeler, uri: str) -> ReviewState:
    """The review state of a subject, read from the platform's database beside it."""
    database = open_database(f"sqlite:///{labeler.platform.data / 'moderation.db'}")
    try:
        service = ModerationService(database, Did(labeler.did), clock=SystemClock(), metrics=Metrics())
        return service.status(uri).review
    finally:
        database.close()
