"""`skywarden doctor`: finds what is wrong with an installation and names the next step."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from servers.http_pages import Page, http_pages
from skywarden.app.doctor import Finding, Verdict
from skywarden.app.doctor.network import check_clock, check_identity, check_public_url, check_services
from skywarden.atproto.keys import PrivateKey
from skywarden.cli.main import app
from skywarden.settings import Settings, load_settings

KEY = PrivateKey.from_hex("7f" * 32)
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"


def _settings(**given: object) -> Settings:
    overrides = {name.replace("__", "."): value for name, value in given.items()}
    return load_settings(None, {}, {"network.allow_loopback": True, "labeler.key_hex": KEY.hex(), **overrides})


def _document(key: str, endpoint: str) -> Page:
    method = {"id": f"{DID}#atproto_label", "type": "Multikey", "controller": DID, "publicKeyMultibase": key}
    service = {"id": "#atproto_labeler", "type": "AtprotoLabeler", "serviceEndpoint": endpoint}
    return Page(body=json.dumps({"id": DID, "verificationMethod": [method], "service": [service]}).encode())


def _verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.part: finding.verdict for finding in findings}


def test_an_empty_folder_is_not_ill(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--offline", "--json", "--data", str(tmp_path / "none")])
    verdicts = {line["part"]: line["verdict"] for line in map(json.loads, result.output.splitlines())}
    assert result.exit_code == 0
    assert (verdicts["data folder"], verdicts["rules"]) == ("unset", "fine")


def test_a_key_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "label.key"
    key.parent.mkdir()
    key.write_text(KEY.hex())
    key.chmod(0o644)
    result = CliRunner().invoke(app, ["doctor", "--offline", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert f"chmod 600 {key}" in result.output


@pytest.mark.parametrize(
    ("key", "endpoint", "label_key", "label_service"),
    [
        (KEY.public.multibase, "https://ours.example", Verdict.FINE, Verdict.FINE),
        (PrivateKey.from_hex("11" * 32).public.multibase, "https://ours.example", Verdict.WRONG, Verdict.FINE),
        (KEY.public.multibase, "https://theirs.example", Verdict.FINE, Verdict.WRONG),
    ],
)
async def test_the_did_document_must_have_our_key_and_address(
    key: str, endpoint: str, label_key: Verdict, label_service: Verdict
) -> None:
    async with http_pages({f"/{DID}": _document(key, endpoint)}) as plc, httpx.AsyncClient() as client:
        settings = _settings(network__plc_url=plc.origin, labeler__did=DID, server__public_url="https://ours.example")
        found = _verdicts(await check_identity(settings, client))
    assert found == {"label key": label_key, "label service": label_service}


async def test_a_service_that_is_away_or_somebody_else_is_wrong() -> None:
    pages = {
        "/xrpc/_health": Page(body=b"{}"),
        "/_health": Page(body=b"{}"),
        "/xrpc/com.atproto.server.describeServer": Page(body=b'{"did":"did:web:other.example"}'),
    }
    async with http_pages(pages) as other, httpx.AsyncClient() as client:
        settings = _settings(
            network__pds_url=other.origin,
            network__pds_did="did:web:pds.example",
            network__plc_url=other.origin,
            network__appview_url="http://127.0.0.1:9",
        )
        found = [(item.part, item.verdict) for item in await check_services(settings, client)]
    assert ("PDS", Verdict.FINE) in found
    assert ("PDS", Verdict.WRONG) in found
    assert ("AppView", Verdict.WRONG) in found
    assert ("PLC directory", Verdict.FINE) in found


async def test_a_clock_that_is_far_off_is_wrong() -> None:
    page = Page(body=b"{}", headers={"date": "Mon, 01 Jan 2001 00:00:00 GMT"})
    async with http_pages({"/_health": page}) as plc, httpx.AsyncClient() as client:
        found = await check_clock(_settings(network__plc_url=plc.origin), client)
    assert [item.verdict for item in found] == [Verdict.WRONG]


async def test_a_public_url_without_tls_is_doubtful() -> None:
    async with http_pages({"/xrpc/_health": Page(body=b"{}")}) as us, httpx.AsyncClient() as client:
        found = await check_public_url(_settings(server__public_url=us.origin), client)
    assert [item.verdict for item in found] == [Verdict.FINE, Verdict.DOUBTFUL]
