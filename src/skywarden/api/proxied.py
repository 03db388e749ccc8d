"""Pass a query on to the service of the network that answers it, and its answer back as it is.

The query string goes on unread: the service knows its parameters, also those that came after this was written.
"""

from collections.abc import Mapping
from typing import Final

from skywarden.api.answers import Reply, header_bytes
from skywarden.api.method import Access, Call, Method, query
from skywarden.api.upstream import Upstream, UpstreamAnswer, UpstreamFailure

_ASKED_WITH: Final = ("atproto-accept-labelers", "accept-language", "x-bsky-topics")
_ANSWERED_WITH: Final = ("atproto-content-labelers", "atproto-repo-rev", "content-language")
_JSON: Final = {"content-type": "application/json", "x-content-type-options": "nosniff"}
_UNAUTHORIZED = 401


def from_appview(nsid: str) -> Method[None, None]:
    """A read of the AppView."""

    async def handle(call: Call[None, None]) -> object:
        return await _pass_on(nsid, call.services.upstreams.appview, call)

    return query(nsid, Access.MEMBER, None, handle)


def from_pds(nsid: str) -> Method[None, None]:
    """A read of what only the PDS knows of its accounts: addresses, devices, past e-mails. Not for triage."""

    async def handle(call: Call[None, None]) -> object:
        return await _pass_on(nsid, call.services.upstreams.pds, call)

    return query(nsid, Access.MODERATOR, None, handle)


def from_chat(nsid: str) -> Method[None, None]:
    """A read of the chat service about an account or a conversation, without what was said in it."""

    async def handle(call: Call[None, None]) -> object:
        return await _pass_on(nsid, call.services.upstreams.chat, call)

    return query(nsid, Access.MEMBER, None, handle)


async def _pass_on(nsid: str, upstream: Upstream, call: Call[None, None]) -> Reply:
    return reply_of(await upstream.get(nsid, call.query.decode("latin-1"), asked_with(call.headers)))


def asked_with(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """The headers of a request that concern the service behind; never the caller's own authorization."""
    return {name: value.decode("latin-1") for name in _ASKED_WITH if (value := headers.get(name.encode())) is not None}


def reply_of(answer: UpstreamAnswer) -> Reply:
    """Give an answer back, errors too.

    Raises: UpstreamFailure for what is no JSON, which a browser might take for a page of ours, and for a refusal of our
    own token, which the caller could only take for a refusal of theirs.
    """
    if answer.status == _UNAUTHORIZED:
        raise UpstreamFailure(answer.name, f"refuses our authorization: {answer.body[:200].decode(errors='replace')}")
    is_empty = not answer.body and answer.status == 200
    if not is_empty and not answer.is_json:
        raise UpstreamFailure(answer.name, f"answers with status {answer.status} and no JSON")
    headers = {} if is_empty else dict(_JSON)
    headers |= {name: value for name in _ANSWERED_WITH if (value := answer.headers.get(name)) is not None}
    headers["content-length"] = str(len(answer.body))
    return Reply(answer.status, answer.body, tuple(header_bytes(headers)))
