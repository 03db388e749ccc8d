"""Bring blobs of diverted records to the divert service: from the account's own PDS, checked against their names."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import msgspec

from skywarden.app.jobs.push import Elsewhere
from skywarden.atproto.cid import cid_parse, is_block_of
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.xrpc import XrpcRefused, XrpcUnavailable
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.moderation.pushes.queue import Push

REPORT_BLOB = "com.atproto.unspecced.reportBlob"
GET_BLOB = "com.atproto.sync.getBlob"
BLOB_LIMITS = FetchLimits(max_bytes=100_000_000, total_s=120.0)
"""A video may have 100 MB."""

_WORDS_BYTES = 500
_BUSY = frozenset((408, 425, 429))


class DivertBody(msgspec.Struct, frozen=True):
    """What the queue keeps of one blob; `uri` is the record's, "" for an account's own."""

    did: Did
    cid: str
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Diverter:
    """Sends one blob a push. Strangers name the PDS, so it stands behind the guard; the operator names the service."""

    url: str
    password: str
    http: httpx.AsyncClient
    blobs: GuardedFetcher
    resolver: IdentityResolver

    async def send(self, push: Push) -> None:
        """Raises: Elsewhere, when the account's PDS is away; XrpcRefused, XrpcUnavailable, Rejected."""
        body = msgspec.json.decode(push.body, type=DivertBody)
        blob, headers = await self._blob(body)
        query = {"did": body.did, **({"uri": body.uri} if body.uri else {})}
        token = base64.b64encode(f"admin:{self.password}".encode()).decode()
        try:
            answer = await self.http.post(
                f"{self.url.rstrip('/')}/xrpc/{REPORT_BLOB}?{urlencode(query)}",
                content=blob,
                headers={
                    "authorization": f"Basic {token}",
                    "content-type": headers.get("content-type", "application/octet-stream"),
                },
            )
        except httpx.HTTPError as error:
            raise XrpcUnavailable(REPORT_BLOB, f"{self.url}: {type(error).__name__} {error}") from error
        if answer.status_code in _BUSY or answer.status_code >= 500:
            raise XrpcUnavailable(REPORT_BLOB, f"status {answer.status_code}")
        if answer.status_code != 200:
            words = answer.content[:_WORDS_BYTES].decode(errors="replace")
            raise XrpcRefused(REPORT_BLOB, answer.status_code, "", words)

    async def _blob(self, body: DivertBody) -> tuple[bytes, Mapping[str, str]]:
        """The blob from the account's PDS. Raises: Elsewhere, Rejected."""
        try:
            pds = (await self.resolver.resolve(body.did)).pds_endpoint
            if not pds:
                raise Rejected("no PDS", place=body.did, expected="a PDS in the DID document", found="none")
            url = f"{pds.rstrip('/')}/xrpc/{GET_BLOB}?{urlencode({'did': body.did, 'cid': body.cid})}"
            fetched = await self.blobs.get(url)
        except Retryable as error:
            raise Elsewhere(f"{GET_BLOB}: {error}") from error
        if fetched.status in _BUSY or fetched.status >= 500:
            raise Elsewhere(f"{GET_BLOB}: status {fetched.status}")
        if fetched.status != 200:
            words = fetched.body[:_WORDS_BYTES].decode(errors="replace")
            raise Rejected("no blob", place=body.cid, expected="the blob", found=f"status {fetched.status} {words}")
        if not is_block_of(fetched.body, cid_parse(body.cid)):
            raise Rejected("wrong blob", place=body.cid, expected="bytes that this CID names", found="other bytes")
        return fetched.body, fetched.headers
