"""Keep moderation told of the label values that the labeler has published, where no file says what it declares."""

import asyncio
from urllib.parse import urlencode

import msgspec

from skywarden.app.backend import Backend
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.labels.declaration import RECORD_TYPE
from skywarden.observe.catalog import DECLARATION_READ, DECLARATION_UNREAD
from skywarden.observe.logs import Logger

EVERY_S = 3_600.0
AGAIN_S = 60.0
"""After a failure; what was known stays."""

_LOCAL = "did:web:localhost"
"""A labeler for development: it has no account, and nobody else can resolve it."""

_FOUND, _NO_RECORD = 200, 400


class _Policies(msgspec.Struct, frozen=True, rename="camel"):
    label_values: frozenset[str]


class _Record(msgspec.Struct, frozen=True):
    policies: _Policies


class _Answer(msgspec.Struct, frozen=True):
    value: _Record


async def follow_declaration(backend: Backend, resolver: IdentityResolver, *, loopback: bool) -> None:
    """Read the record now and every hour; ends by cancellation, or at once where there is nothing to read."""
    log = Logger("labels")
    if backend.settings.labeler.declaration or backend.labels.did.startswith(_LOCAL):
        return
    async with GuardedFetcher(allow_loopback=loopback, clock=backend.clock) as fetcher:
        known: frozenset[str] | None = None
        while True:
            pause_s = EVERY_S
            try:
                values = await published_values(resolver, fetcher, backend.labels.did)
            except (Rejected, Retryable) as error:
                pause_s = AGAIN_S
                log.warning(DECLARATION_UNREAD, detail=str(error))
            else:
                backend.moderation.declare(values)
                if values != known:
                    known = values
                    log.info(DECLARATION_READ, values=sorted(values or ()))
            await asyncio.sleep(pause_s)


async def published_values(resolver: IdentityResolver, fetcher: GuardedFetcher, did: Did) -> frozenset[str] | None:
    """The label values of the labeler's record; None where it has published none, or has no PDS to do so.

    Read leniently: whatever else is wrong with the record, these are the values that clients know.
    Raises: Rejected, Retryable.
    """
    pds = (await resolver.resolve(did)).pds_endpoint
    if pds is None:
        return None
    query = urlencode({"repo": did, "collection": RECORD_TYPE, "rkey": "self"})
    answer = await fetcher.get(f"{pds}/xrpc/com.atproto.repo.getRecord?{query}")
    if answer.status == _NO_RECORD:
        return None
    if answer.status != _FOUND:
        raise Retryable(f"{pds}: status {answer.status} for {RECORD_TYPE} of {did}")
    try:
        return msgspec.json.decode(answer.body, type=_Answer).value.policies.label_values
    except msgspec.DecodeError as error:
        raise Rejected("label_declaration", place=did, expected=f"an {RECORD_TYPE}", found=str(error)) from error
