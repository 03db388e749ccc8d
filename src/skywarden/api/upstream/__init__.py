"""The services of the network that the API asks in the labeler's name: PDS, AppView and chat."""

from skywarden.api.upstream.address import UpstreamAddress
from skywarden.api.upstream.answer import UpstreamAnswer, UpstreamFailure
from skywarden.api.upstream.service import Upstream, UpstreamLimits
from skywarden.api.upstream.services import ServiceTokens, Upstreams, open_upstreams

__all__ = [
    "ServiceTokens",
    "Upstream",
    "UpstreamAddress",
    "UpstreamAnswer",
    "UpstreamFailure",
    "UpstreamLimits",
    "Upstreams",
    "open_upstreams",
]
