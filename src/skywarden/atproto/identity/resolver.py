"""Turn DIDs into their documents, with a cache that forgets on request and never asks twice at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, unquote

import msgspec

from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import Fetched, GuardedFetcher
from skywarden.atproto.syntax.did import did_method, is_plc_did, parse_did
from skywarden.atproto.syntax.handle import is_handle
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

PLC_DIRECTORY: Final = "https://plc.directory"
_LOCALHOST: Final = "localhost"


class IdentityResolver(Protocol):
    """Who a DID is, as far as this process knows."""

    async def resolve(self, did: Did) -> DidDocument:
        """Give the document, from the cache where it is fresh.

        Raises: Rejected (`did-syntax`, `did-method`, `did-not-found`, `did-tombstoned`, `did-document`) or Retryable.
        """
        ...

    async def refresh(self, did: Did) -> DidDocument:
        """Give a document fetched just now, unless this DID was refreshed a moment ago. Raises as `resolve`."""
        ...

    def purge(self, did: Did) -> None:
        """Forget what is known of this DID."""
        ...


class DocumentSource(Protocol):
    """Where documents come from, without any cache."""

    async def fetch(self, did: Did) -> DidDocument: ...


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """How long answers are good, in seconds."""

    fresh_s: float = 3_600.0
    stale_s: float = 86_400.0
    """An old document still serves while its source cannot be reached."""
    negative_s: float = 300.0
    refresh_s: float = 60.0
    """Least time between two refreshes of one DID."""
    max_entries: int = 200_000


@dataclass(slots=True)
class _Entry:
    at_s: float
    document: DidDocument | None
    refusal: Rejected | None


class CachingResolver:
    """An `IdentityResolver` over any source. For use within one event loop.

    Single flight: those who ask for the same DID at once wait for one fetch. An answer that was under way when the DID
    was purged is given to those who waited, but not kept.
    """

    def __init__(self, source: DocumentSource, *, clock: Clock | None = None, times: CacheTimes | None = None) -> None:
        self._source = source
        self._clock = clock or SystemClock()
        self._times = times or CacheTimes()
        self._entries: OrderedDict[Did, _Entry] = OrderedDict()
        self._flights: dict[Did, asyncio.Task[DidDocument]] = {}
        self._refreshed: OrderedDict[Did, float] = OrderedDict()

    async def resolve(self, did: Did) -> DidDocument:
        entry = self._entries.get(did)
        age = self._age(entry)
        if entry is not None and entry.refusal is not None and age < self._times.negative_s:
            raise entry.refusal
        if entry is not None and entry.document is not None and age < self._times.fresh_s:
            self._entries.move_to_end(did)
            return entry.document
        try:
            return await self._fetch(did)
        except Retryable:
            if entry is not None and entry.document is not None and self._age(entry) < self._times.stale_s:
                return entry.document
            raise

    async def refresh(self, did: Did) -> DidDocument:
        now = self._clock.monotonic_s()
        last = self._refreshed.get(did)
        if last is not None and now - last < self._times.refresh_s:
            return await self.resolve(did)
        self._refreshed[did] = now
        self._refreshed.move_to_end(did)
        if len(self._refreshed) > self._times.max_entries:
            self._refreshed.popitem(last=False)
        self.purge(did)
        return await self.resolve(did)

    def purge(self, did: Did) -> None:
        self._entries.pop(did, None)
        self._flights.pop(did, None)

    def _age(self, entry: _Entry | None) -> float:
        return 0.0 if entry is None else self._clock.monotonic_s() - entry.at_s

    async def _fetch(self, did: Did) -> DidDocument:
        flight = self._flights.get(did)
        if flight is None:
            flight = asyncio.create_task(self._source.fetch(did))
            self._flights[did] = flight
            flight.add_done_callback(lambda done: self._land(did, done))
        # Shielded: one asker's cancellation must not take the answer from the others.
        return await asyncio.shield(flight)

    def _land(self, did: Did, flight: "asyncio.Task[DidDocument]") -> None:
        if flight.cancelled():
            failure: BaseException | None = None
        else:
            failure = flight.exception()
        if self._flights.get(did) is not flight:
            return
        del self._flights[did]
        if flight.cancelled() or (failure is not None and not isinstance(failure, Rejected)):
            return
        document = None if failure is not None else flight.result()
        self._entries[did] = _Entry(self._clock.monotonic_s(), document, failure)
        self._entries.move_to_end(did)
        if len(self._entries) > self._times.max_entries:
            self._entries.popitem(last=False)


class HttpSource:
    """Documents of did:plc from a directory, of did:web from the domain itself."""

    def __init__(self, fetcher: GuardedFetcher, plc_url: str = PLC_DIRECTORY, *, allow_loopback: bool = False) -> None:
        self._fetcher = fetcher
        self._plc_url = plc_url.rstrip("/")
        self._allow_loopback = allow_loopback

    async def fetch(self, did: Did) -> DidDocument:
        """Fetch a document. Raises: Rejected for bad syntax, method or answer; Retryable where time may help."""
        url = self._url(parse_did(did))
        fetched = await self._fetcher.get(url, {"accept": "application/did+ld+json, application/json"})
        if fetched.status != 200:
            raise _bad_status(did, fetched)
        return DidDocument.from_json(did, fetched.body)

    def _url(self, did: Did) -> str:
        method = did_method(did)
        if method == "plc":
            if not is_plc_did(did):
                raise Rejected("did-syntax", expected="did:plc: and 24 characters of base32", found=repr(did[:80]))
            return f"{self._plc_url}/{quote(did, safe=':')}"
        if method != "web":
            raise Rejected("did-method", place=did[:80], expected="did:plc or did:web", found=f"did:{method}")
        return self._web_url(did)

    def _web_url(self, did: Did) -> str:
        host = did.removeprefix("did:web:")
        name, _, port = unquote(host).partition(":")
        if name == _LOCALHOST and self._allow_loopback and (port == "" or port.isdecimal()):
            return f"http://{name}:{port or 80}/.well-known/did.json"
        if not is_handle(host):
            raise Rejected("did-syntax", expected="did:web: and a domain name, no path, no port", found=repr(did[:80]))
        return f"https://{host}/.well-known/did.json"


class HttpResolver(CachingResolver):
    """The usual resolver: directory and domains through a guarded fetcher, cached."""

    def __init__(
        self,
        fetcher: GuardedFetcher,
        plc_url: str = PLC_DIRECTORY,
        *,
        allow_loopback: bool = False,
        clock: Clock | None = None,
        times: CacheTimes | None = None,
    ) -> None:
        super().__init__(HttpSource(fetcher, plc_url, allow_loopback=allow_loopback), clock=clock, times=times)


class StaticResolver:
    """Documents that are at hand: for recordings and tests. Nothing is ever forgotten."""

    def __init__(self, documents: Mapping[Did, DidDocument]) -> None:
        self._documents = documents

    @classmethod
    def from_file(cls, path: Path) -> "StaticResolver":
        """Read a JSON object of DID -> document. Raises: Rejected."""
        try:
            raw = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
        except msgspec.DecodeError as error:
            raise Rejected("did-document", place=str(path), expected="a JSON object", found=str(error)) from error
        return cls({Did(did): DidDocument.from_json(Did(did), bytes(text)) for did, text in raw.items()})

    async def resolve(self, did: Did) -> DidDocument:
        document = self._documents.get(did)
        if document is None:
            raise Rejected("did-not-found", place=did, expected="one of the documents at hand", found="none")
        return document

    async def refresh(self, did: Did) -> DidDocument:
        return await self.resolve(did)

    def purge(self, did: Did) -> None:
        """Do nothing: what is at hand is all there is."""


def _bad_status(did: Did, fetched: Fetched) -> Rejected | Retryable:
    if fetched.status == 410:
        return Rejected("did-tombstoned", place=did, expected="a document", found="410: the identity was given up")
    if fetched.status == 404:
        return Rejected("did-not-found", place=did, expected="a document", found="404")
    if fetched.status in (408, 425, 429) or fetched.status >= 500:
        return Retryable(f"{did}: status {fetched.status} of {fetched.url}")
    return Rejected("did-document", place=did, expected="status 200", found=str(fetched.status))
