"""A source's URL says all that is needed to read it; a wrong one is refused in words."""

from pathlib import Path

import pytest

from skywarden.ingest.contract import Source
from skywarden.ingest.open import SourceOptions, open_source
from skywarden.ingest.pipeline import Remembering
from skywarden.ingest.sources.jetstream_v1 import JetstreamV1Wire
from skywarden.ingest.sources.jetstream_v2 import JetstreamV2Wire
from skywarden.ingest.sources.live import LiveSource
from skywarden.ingest.sources.subscribe_repos import SubscribeReposWire
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.errors import Rejected
from skywarden.observe.metrics import Metrics

RECORDING = Path(__file__).parents[2] / "data" / "pds_recorded.frames"


def opened(url: str, **options: object) -> Source:
    verifier = CommitVerifier(VerifyMode.OFF)
    return open_source(url, SourceOptions(verifier=verifier, metrics=Metrics(), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "name", "wire"),
    [
        ("wss://relay.test", "wss://relay.test", SubscribeReposWire),
        ("ws://127.0.0.1:2583/", "ws://127.0.0.1:2583", SubscribeReposWire),
        ("wss://relay.test#2", "wss://relay.test#2", SubscribeReposWire),
        ("jetstream+wss://js.test?wantedCollections=app.bsky.*", "jetstream+wss://js.test", JetstreamV1Wire),
        ("jetstream2+wss://js.test", "jetstream2+wss://js.test", JetstreamV2Wire),
    ],
)
def test_each_kind_of_url_opens_its_source_under_a_lasting_name(url: str, name: str, wire: type) -> None:
    source = opened(url)
    assert isinstance(source, LiveSource)
    assert source.name == name
    assert isinstance(source.wire, wire)
    assert "#" not in source.wire.connect_url()


def test_the_options_of_a_jetstream_url_are_asked_for() -> None:
    source = opened("jetstream+wss://js.test/?wantedCollections=app.bsky.feed.post&wantedDids=did:plc:a&compress=true")
    assert isinstance(source, LiveSource)
    url = source.wire.connect_url()
    assert url.startswith("wss://js.test/subscribe?")
    assert "wantedCollections=app.bsky.feed.post" in url
    assert "wantedDids=did%3Aplc%3Aa" in url


def test_only_version_one_wants_to_know_the_logs_last_rows() -> None:
    assert isinstance(opened("jetstream+wss://js.test"), Remembering)
    assert not isinstance(opened("jetstream2+wss://js.test"), Remembering)
    assert not isinstance(opened("wss://relay.test"), Remembering)


def test_a_server_whose_address_changes_keeps_its_name() -> None:
    assert opened("ws://127.0.0.1:4711", name="simulator").name == "simulator"


def test_a_file_is_opened_by_its_kind() -> None:
    assert opened(f"frames:{RECORDING}").name == f"frames:{RECORDING}"


@pytest.mark.parametrize(
    "url", ["", "https://relay.test", "relay.test", "wss://", "kafka+wss://relay.test", "jetstream+https://js.test"]
)
def test_what_names_no_source_is_refused_with_the_forms_that_do(url: str) -> None:
    with pytest.raises(Rejected, match="expected wss://HOST"):
        opened(url)


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(Rejected, match="wantedColection"):
        opened("jetstream+wss://js.test?wantedColection=app.bsky.feed.post")


def test_more_collections_than_the_server_takes_are_refused() -> None:
    many = "&".join(f"wantedCollections=a.b.c{number}" for number in range(101))
    with pytest.raises(Rejected, match="at most 100 collections"):
        opened(f"jetstream+wss://js.test?{many}")


def test_a_dictionary_that_is_not_there_is_refused() -> None:
    with pytest.raises(Rejected, match="a readable file"):
        opened("jetstream+wss://js.test", dictionary=Path("/nowhere/zdict"))
