"""Settings to the services of the network that the API asks, and to what this process has seen itself."""

from dataclasses import dataclass

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
from skywarden.api.directory.plc import LOG_LIMITS
from skywarden.api.directory.within import LOOK_UP_S
from skywarden.api.upstream import ServiceTokens, UpstreamAddress, Upstreams, open_upstreams
from skywarden.api.upstream.services import appview_address, chat_address, pds_address
from skywarden.app.backend import Backend
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.settings import Settings

_RECORD_LIMITS = FetchLimits(max_bytes=2_000_000, total_s=LOOK_UP_S)
"""A record is at most a megabyte, its JSON somewhat more."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Whom the API asks about accounts and records."""

    pds: UpstreamAddress
    appview: UpstreamAddress
    chat: UpstreamAddress
    plc_url: str
    loopback: bool
    accounts: OwnAccounts
    records: OwnRecords


def configured_surroundings(settings: Settings) -> Surroundings:
    """Those of a process that reads no stream."""
    network, nothing = settings.network, Nothing()
    return Surroundings(
        pds=pds_address(network.pds_url, network.pds_did, network.pds_admin_password),
        appview=appview_address(network.appview_url, network.appview_did),
        chat=chat_address(network.chat_url, network.chat_did),
        plc_url=network.plc_url,
        loopback=network.allow_loopback,
        accounts=nothing,
        records=nothing,
    )


def upstreams_of(backend: Backend, around: Surroundings) -> Upstreams:
    """Clients of the services; they ask in the labeler's name."""
    tokens = ServiceTokens(backend.key, backend.labels.did, backend.clock)
    return open_upstreams(around.pds, around.appview, around.chat, tokens=tokens, metrics=backend.metrics)


def directory_of(backend: Backend, around: Surroundings, upstreams: Upstreams, resolver: IdentityResolver) -> Directory:
    """The directory over those services."""
    clock, loopback = backend.clock, around.loopback
    tokens = ServiceTokens(backend.key, backend.labels.did, clock)
    strangers = GuardedFetcher(allow_loopback=loopback, clock=clock, limits=_RECORD_LIMITS)
    home = HomeServers(upstreams.pds, resolver, strangers, tokens)
    logs = GuardedFetcher(allow_loopback=loopback, clock=clock, limits=LOG_LIMITS)
    return Directory(
        AccountSources(upstreams, around.accounts, resolver, clock),
        RecordSources(upstreams, around.records, home, clock),
        PlcLogs(logs, around.plc_url),
        clock,
    )
