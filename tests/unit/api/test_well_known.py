"""Health, the DID document, unknown methods and what browsers ask first."""

from dataclasses import replace
from pathlib import Path

import pytest

from api_server import QUERY, ApiServer, make_services, serving
from label_samples import KEY
from skywarden import __version__
from skywarden.kernel.ids import Did
from skywarden.storage import Database, open_database


async def test_health_says_the_version(api: ApiServer) -> None:
    answer = await api.http.get("/xrpc/_health")
    assert (answer.status_code, answer.json()) == (200, {"version": __version__})


async def test_health_is_503_when_the_database_is_away(database: Database, tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    gone = open_database(f"sqlite:///{tmp_path / 'folder.db'}")
    async with serving(replace(make_services(database), database=gone)) as api:
        answer = await api.http.get("/xrpc/_health")
    assert (answer.status_code, answer.json()["version"]) == (503, __version__)


async def test_a_did_web_labeler_serves_its_document(database: Database) -> None:
    did = Did("did:web:labeler.example")
    async with serving(make_services(database, did=did)) as api:
        document = (await api.http.get("/.well-known/did.json")).json()
    assert document["id"] == did
    assert document["verificationMethod"] == [
        {
            "id": "did:web:labeler.example#atproto_label",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": KEY.public.multibase,
        }
    ]
    assert document["service"] == [
        {"id": "#atproto_labeler", "type": "AtprotoLabeler", "serviceEndpoint": "https://labeler.example"}
    ]


async def test_a_did_plc_labeler_serves_no_document(api: ApiServer) -> None:
    assert (await api.http.get("/.well-known/did.json")).status_code == 404


async def test_crawlers_are_answered(api: ApiServer) -> None:
    assert (await api.http.get("/robots.txt")).text.startswith("User-agent: *")


@pytest.mark.parametrize("verb", ["GET", "POST"])
async def test_an_unknown_method_is_not_implemented(api: ApiServer, verb: str) -> None:
    answer = await api.http.request(verb, "/xrpc/com.example.unknown")
    assert (answer.status_code, answer.json()["error"]) == (501, "MethodNotImplemented")
    assert "com.example.unknown" in answer.json()["message"]


async def test_a_browser_of_any_origin_may_call_with_atproto_headers(api: ApiServer) -> None:
    headers = {
        "Origin": "https://ozone.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,atproto-proxy,atproto-accept-labelers,content-type",
    }
    preflight = await api.http.options(QUERY, headers=headers)
    assert preflight.status_code == 200
    allowed = preflight.headers["access-control-allow-headers"]
    assert all(name in allowed for name in ("atproto-proxy", "atproto-accept-labelers", "authorization"))
    answer = await api.http.get(f"{QUERY}?uriPatterns=*", headers={"Origin": "https://ozone.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "atproto-content-labelers" in answer.headers["access-control-expose-headers"]


async def test_a_methods_name_is_the_whole_of_its_path(api: ApiServer) -> None:
    for path in ("/xrpc/x/com.atproto.label.queryLabels", "/xrpc/com.atproto.label.queryLabels/"):
        answer = await api.http.get(path, params={"uriPatterns": "*"})
        assert (answer.status_code, answer.json()["error"]) == (501, "MethodNotImplemented")
