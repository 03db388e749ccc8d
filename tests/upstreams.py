"""Make the clients of PDS, AppView and chat, and a directory over them, for services on loopback or for none."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from identities import resolver_of
from label_samples import KEY, LABELER
from servers.http_pages import HttpPages, Page
from skywarden.api.directory import (
    AccountSources,
    Directory,
    HomeServers,
    Nothing,
    OwnAccounts,
    OwnRecords,
    PlcLogs,
    RecordSources,
)
from skywarden.api.upstream import ServiceTokens, UpstreamLimits, Upstreams, open_upstreams
from skywarden.api.upstream.services import appview_address, chat_address, pds_address
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.kernel.clock import Clock, ManualClock
from skywarden.observe.metrics import Metrics

PDS_DID = "did:web:pds.example"
APPVIEW_DID = "did:web:appview.example"
CHAT_DID = "did:web:chat.example"


def make_upstreams(
    *,
    pds: str = "",
    appview: str = "",
    chat: str = "",
    pds_password: str = "",
    appview_did: str = APPVIEW_DID,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
    limits: UpstreamLimits | None = None,
) -> Upstreams:
    return open_upstreams(
        pds_address(pds, PDS_DID if pds else "", pds_password),
        appview_address(appview, appview_did if appview else ""),
        chat_address(chat, CHAT_DID if chat else ""),
        tokens=ServiceTokens(KEY, LABELER, clock or ManualClock()),
        metrics=metrics or Metrics(),
        limits=limits,
    )


def make_directory(
    upstreams: Upstreams,
    *,
    accounts: OwnAccounts | None = None,
    records: OwnRecords | None = None,
    resolver: IdentityResolver | None = None,
    plc_url: str = "",
    clock: Clock | None = None,
) -> Directory:
    clock, resolver = clock or ManualClock(), resolver or resolver_of([])
    fetcher = GuardedFetcher(allow_loopback=True, clock=clock)
    home = HomeServers(upstreams.pds, resolver, fetcher, ServiceTokens(KEY, LABELER, clock))
    return Directory(
        AccountSources(upstreams, accounts or Nothing(), resolver, clock),
        RecordSources(upstreams, records or Nothing(), home, clock),
        PlcLogs(fetcher, plc_url),
        clock,
    )


def json_page(value: object, status: int = 200, **headers: str) -> Page:
    return Page(status, json.dumps(value).encode(), {"content-type": "application/json", **headers})


def refusal_page(error: str, status: int = 400) -> Page:
    return json_page({"error": error, "message": f"{error} it is"}, status)


def asked(path: str) -> tuple[str, dict[str, list[str]]]:
    """The NSID and the parameters of a request's path."""
    parts = urlsplit(path)
    params: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query):
        params.setdefault(name, []).append(value)
    return parts.path.removeprefix("/xrpc/"), params


def header_of(pages: HttpPages, name: str, request: int = -1) -> str | None:
    """A header of a request that a page server was sent."""
    lines = pages.requests[request].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    found = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines}
    return found.get(name.lower())


def jwt_claims(authorization: str) -> dict[str, Any]:
    body = authorization.removeprefix("Bearer ").split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims
