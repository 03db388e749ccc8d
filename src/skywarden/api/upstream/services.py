"""Settings to the services that the API asks, over one HTTP client, with tokens signed by the labeler's key."""

from dataclasses import dataclass

import httpx

from skywarden.api.upstream.address import UpstreamAddress
from skywarden.api.upstream.service import Upstream, UpstreamLimits
from skywarden.atproto.jwt import make_service_jwt
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did
from skywarden.observe.metrics import Metrics

_CONNECT_S = 5.0
_CONNECTIONS = 100


@dataclass(frozen=True, slots=True)
class ServiceTokens:
    """Signs calls as the labeler.

    The issuer names the labeler within the DID: that is how other services know that #atproto_label is the key.
    """

    key: PrivateKey
    did: Did
    clock: Clock

    def __call__(self, audience: str, nsid: str) -> str:
        return make_service_jwt(self.key, Did(f"{self.did}#atproto_labeler"), audience, nsid, self.clock)


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The services that the API asks; those that are not configured refuse every call."""

    pds: Upstream
    appview: Upstream
    chat: Upstream
    http: httpx.AsyncClient

    async def aclose(self) -> None:
        """Close all connections."""
        await self.http.aclose()


def pds_address(url: str = "", did: str = "", admin_password: str = "") -> UpstreamAddress:
    """The PDS that serves the moderated accounts."""
    return UpstreamAddress("PDS", "network.pds_url", url, did, admin_password)


def appview_address(url: str = "", did: str = "") -> UpstreamAddress:
    """The AppView; it shows most of what it has to strangers, too."""
    return UpstreamAddress("AppView", "network.appview_url", url, did, takes_strangers=True)


def chat_address(url: str = "", did: str = "") -> UpstreamAddress:
    """The chat service."""
    return UpstreamAddress("chat service", "network.chat_url", url, did)


def open_upstreams(
    pds: UpstreamAddress,
    appview: UpstreamAddress,
    chat: UpstreamAddress,
    *,
    tokens: ServiceTokens,
    metrics: Metrics,
    limits: UpstreamLimits | None = None,
) -> Upstreams:
    """Make the clients; call it in the event loop that will use them.

    Their hosts are the operator's choice, so no guard stands before them; a redirect is an answer like any other.
    """
    http = httpx.AsyncClient(
        headers={"accept": "application/json", "accept-encoding": "identity", "user-agent": "skywarden"},
        timeout=httpx.Timeout(None, connect=_CONNECT_S),
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=20),
        trust_env=False,
        follow_redirects=False,
    )

    def made(address: UpstreamAddress) -> Upstream:
        return Upstream(address, http, tokens, clock=tokens.clock, metrics=metrics, limits=limits)

    return Upstreams(made(pds), made(appview), made(chat), http)
