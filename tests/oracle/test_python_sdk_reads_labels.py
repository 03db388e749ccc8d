"""The Python SDK, a client that is not ours, takes our label stream and its crypto package accepts every signature."""

from pathlib import Path
from typing import Any

import httpx
import libipld
import pytest
from atproto import FirehoseSubscribeLabelsClient, parse_subscribe_labels_message
from atproto_crypto.verify import verify_signature

from servers.every_post import write_every_post_rule
from servers.frame_relay import FrameRelay, running_relay
from servers.platform import Platform, running_platform
from servers.recording import PDS_RECORDING, created_records, read_frames, stream_of

FRAMES = read_frames(PDS_RECORDING)[:500]
POSTS = set(created_records(FRAMES, "app.bsky.feed.post"))


def read_labels(server_url: str, count: int) -> list[Any]:
    """The first `count` labels of the stream from its start, as the SDK's models."""
    client = FirehoseSubscribeLabelsClient(
        {"cursor": 0}, base_uri=server_url.replace("http", "ws", 1) + "/xrpc", recv_timeout=30.0
    )
    labels: list[Any] = []

    def take(frame: Any) -> None:
        labels.extend(parse_subscribe_labels_message(frame).labels)
        if len(labels) >= count:
            client.stop()

    client.start(take)
    return labels


def label_key(server_url: str) -> str:
    """did:key of #atproto_label in the DID document that the server itself serves."""
    document = httpx.get(f"{server_url}/.well-known/did.json").json()
    [method] = [each for each in document["verificationMethod"] if each["id"].endswith("#atproto_label")]
    return f"did:key:{method['publicKeyMultibase']}"


def signed_bytes(label: Any) -> bytes:
    """The fields that a signature covers, in canonical form."""
    fields = {name: getattr(label, name) for name in ("ver", "src", "uri", "cid", "val", "neg", "cts", "exp")}
    return bytes(libipld.encode_dag_cbor({name: value for name, value in fields.items() if value is not None}))


@pytest.mark.timeout(120)
def test_the_sdk_reads_every_label_and_verifies_it(tmp_path: Path) -> None:
    settings = {"SKYWARDEN_RULES_PATH": str(write_every_post_rule(tmp_path))}
    with running_relay(FrameRelay(stream_of(FRAMES))) as relay:
        relay.release(len(FRAMES))
        with running_platform(Platform(tmp_path / "data", relay.url, settings)) as platform:
            labels = read_labels(platform.url, len(POSTS))
            key = label_key(platform.url)
    assert sorted(label.uri for label in labels) == sorted(POSTS)
    assert {label.val for label in labels} == {"spam"}
    assert all(verify_signature(key, signed_bytes(label), label.sig) for label in labels)
    tampered = labels[0].model_copy(update={"val": "rude"})
    assert not verify_signature(key, signed_bytes(tampered), tampered.sig)
