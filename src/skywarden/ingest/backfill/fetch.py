"""Turn an account into its downloaded export, or into the reason why there is none."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode, urlsplit

import msgspec

from skywarden.atproto.identity.fetcher import Fetched, GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.keys import PublicKey
from skywarden.ingest.backfill.export import Export, Strictness
from skywarden.ingest.backfill.pace import HostPace
from skywarden.ingest.backfill.state import SOURCE, Failure, Held
from skywarden.ingest.reconnect import Backoff, Wait
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

METHOD = "/xrpc/com.atproto.sync.getRepo"
TRIES = 5

_NAMES = {
    "RepoNotFound": "repo-not-found",
    "RepoTakendown": "repo-taken-down",
    "RepoSuspended": "repo-suspended",
    "RepoDeactivated": "repo-deactivated",
    "AccountNotFound": "repo-not-found",
    "AccountTakedown": "repo-taken-down",
}
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Error(msgspec.Struct, frozen=True):
    error: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """How hosts are asked. `origin` is the one host that has everything; empty: each account's own is looked up."""

    origin: str
    strictness: Strictness
    per_s: float = 8.0
    at_once: int = 4
    tries: int = TRIES


@dataclass(slots=True)
class RepoFetcher:
    """Asks hosts for exports, each at its own pace. For one event loop."""

    fetcher: GuardedFetcher
    resolver: IdentityResolver
    config: FetchConfig
    clock: Clock
    wait: Wait
    folder: Path
    _paces: dict[str, HostPace] = field(default_factory=dict)

    @asynccontextmanager
    async def export(self, did: Did, held: Held | None) -> AsyncIterator[Export | Failure]:
        """Give the export as a file for as long as the block runs, or why there is none."""
        origin = self.config.origin
        try:
            origin, key = await self._place(did)
        except (Rejected, Retryable) as error:
            yield _failure(did, origin, error)
            return
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".car") as file:
            asked = {"did": did, **({"since": held.rev} if held is not None and held.path is None else {})}
            url = f"{origin}{METHOD}?{urlencode(asked)}"
            try:
                answer = await self.polite(url, file)  # type: ignore[arg-type]  # it is a BinaryIO in all but name
                refused = _refusal(did, origin, answer)
            except (Rejected, Retryable) as error:
                refused = _failure(did, origin, error)
            file.flush()
            path = Path(file.name)
            yield refused or Export(path, did, _source(origin), self.config.strictness, key, held)

    async def polite(self, url: str, file: BinaryIO | None = None) -> Fetched:
        """Fetch a URL at its host's pace, again while the host is busy. Raises: Rejected, Retryable."""
        host = urlsplit(url).netloc
        pace = self._paces.get(host)
        if pace is None:
            pace = HostPace(self.clock, self.wait, per_s=self.config.per_s, at_once=self.config.at_once)
            self._paces[host] = pace
        backoff = Backoff()
        for left in reversed(range(self.config.tries)):
            try:
                async with pace.turn():
                    answer = await self._once(url, file)
                    pace.heed(answer.status, answer.headers)
                if answer.status not in _BUSY:
                    return answer
                problem = f"{host}: HTTP {answer.status}"
            except Retryable as error:
                problem = str(error)
            if left:
                await self.wait(backoff.next_s())
        raise Retryable(f"{problem}, {self.config.tries} times")

    async def _once(self, url: str, file: BinaryIO | None) -> Fetched:
        if file is None:
            return await self.fetcher.get(url)
        file.seek(0)
        file.truncate()
        return await self.fetcher.save(url, file)

    async def _place(self, did: Did) -> tuple[str, PublicKey | None]:
        """The host to ask and, where signatures are checked, the account's key."""
        full = self.config.strictness is Strictness.FULL
        if self.config.origin and not full:
            return self.config.origin, None
        document = await self.resolver.resolve(did)
        origin = self.config.origin or document.pds_endpoint
        if not origin:
            raise Rejected("did-document", place=did, expected="a PDS in the DID document", found="none")
        return origin.rstrip("/"), document.signing_key() if full else None


def invalid(export: Export, error: Rejected) -> Failure:
    """The failure of an export that was refused as a whole."""
    return Failure(export.did, export.source, "repo-invalid", str(error))


def _source(origin: str) -> str:
    return f"{SOURCE}{urlsplit(origin).netloc or 'directory'}"


def _failure(did: Did, origin: str, error: Rejected | Retryable) -> Failure:
    reason = "repo-unreachable"
    if isinstance(error, Rejected):
        known = {
            "fetch-too-large": "repo-too-large",
            "did-not-found": "repo-not-found",
            "did-tombstoned": "repo-not-found",
        }
        reason = known.get(error.reason, "repo-invalid")
    return Failure(did, _source(origin), reason, str(error))


def _refusal(did: Did, origin: str, answer: Fetched) -> Failure | None:
    if answer.status == 200:
        return None
    try:
        said = msgspec.json.decode(answer.body, type=_Error)
    except msgspec.MsgspecError:
        said = _Error()
    reason = _NAMES.get(said.error, "repo-not-found" if answer.status == 404 else "repo-unreachable")
    detail = f"HTTP {answer.status} {said.error[:100]} {said.message[:300]}".strip()
    return Failure(did, _source(origin), reason, detail)
