"""The API role runs alone, as a process of its own."""

from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from databases import KINDS
from servers.platform import Platform, running_platform


def test_serve_answers_and_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    with running_platform(Platform(tmp_path / "data", source="", command="serve")) as backend:
        health = httpx.get(f"{backend.url}/xrpc/_health", timeout=10)
        labels = httpx.get(f"{backend.url}/xrpc/com.atproto.label.queryLabels", params={"uriPatterns": "*"}, timeout=10)
        resident = backend.metric("skywarden_resident_bytes")
        backend.running.process.terminate()
        ended = backend.running.process.wait(timeout=20)
    assert health.status_code == 200
    assert labels.json() == {"labels": []}
    assert resident > 1e6
    assert ended == 0


def test_serve_takes_an_ozones_variables(tmp_path: Path) -> None:
    key = "7f" * 32
    settings = {"OZONE_SERVER_DID": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "OZONE_SIGNING_KEY_HEX": key}
    with running_platform(Platform(tmp_path / "data", source="", settings=settings, command="serve")) as backend:
        assert backend.did == "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    assert not (tmp_path / "data" / "keys" / "label.key").exists()
    assert key not in backend.tail()


@pytest.mark.parametrize("database_kind", KINDS)
def test_a_moderators_label_reaches_subscribers_over_each_database(tmp_path: Path, database_url: str) -> None:
    settings = {"SKYWARDEN_DATABASE_URL": database_url, "SKYWARDEN_API_ADMIN_PASSWORD": "open-sesame"}
    event = {
        "event": {
            "$type": "tools.ozone.moderation.defs#modEventLabel",
            "createLabelVals": ["spam"],
            "negateLabelVals": [],
        },
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"},
        "createdBy": "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb",
    }
    with running_platform(Platform(tmp_path / "data", source="", settings=settings, command="serve")) as backend:
        stream = f"{backend.url.replace('http', 'ws')}/xrpc/com.atproto.label.subscribeLabels"
        with connect(stream, proxy=None) as subscriber, httpx.Client(base_url=backend.url, timeout=20) as client:
            emit = "/xrpc/tools.ozone.moderation.emitEvent"
            answer = client.post(emit, json=event, auth=("admin", "open-sesame"))
            assert answer.status_code == 200, answer.text
            frame = subscriber.recv(timeout=20)
            held = client.get("/xrpc/com.atproto.label.queryLabels", params={"uriPatterns": "did:plc:a*"}).json()
    assert isinstance(frame, bytes)
    assert b"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" in frame
    assert [label["val"] for label in held["labels"]] == ["spam"]
    assert "open-sesame" not in backend.tail()
