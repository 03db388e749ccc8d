"""The API role runs alone, as a process of its own."""

from pathlib import Path

import httpx

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
