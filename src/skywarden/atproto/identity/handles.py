"""Prove handles: a handle counts only where its domain names the DID and the DID's document names the handle."""

from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import quote

import msgspec

from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.syntax.handle import is_resolvable, parse_handle
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did, Handle

_TXT_TYPE: Final = 16
_DID_MARK: Final = "did="
_WELL_KNOWN: Final = "/.well-known/atproto-did"


class TxtLookup(Protocol):
    """DNS TXT records of a name; none where the name does not exist. Raises: Retryable."""

    async def texts(self, name: str) -> Sequence[str]: ...


class _Answer(msgspec.Struct, frozen=True):
    type: int
    data: str


class _Answers(msgspec.Struct, frozen=True):
    status: int = msgspec.field(name="Status")
    answers: list[_Answer] = msgspec.field(name="Answer", default_factory=list)


class DnsOverHttps:
    """TXT records through a server that speaks the JSON form of DNS over HTTPS."""

    def __init__(self, fetcher: GuardedFetcher, url: str) -> None:
        self._fetcher = fetcher
        self._url = url

    async def texts(self, name: str) -> Sequence[str]:
        fetched = await self._fetcher.get(
            f"{self._url}?name={quote(name)}&type=TXT", {"accept": "application/dns-json"}
        )
        if fetched.status != 200:
            raise Retryable(f"{self._url}: status {fetched.status}")
        try:
            answers = msgspec.json.decode(fetched.body, type=_Answers)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Retryable(f"{self._url}: {error}") from error
        if answers.status not in (0, 3):  # neither an answer nor "no such name"
            raise Retryable(f"{self._url}: DNS status {answers.status} for {name}")
        return [_joined(answer.data) for answer in answers.answers if answer.type == _TXT_TYPE]


class HandleResolver:
    """Handle -> DID by DNS first, then by the domain's well-known file.

    `well_known_origin` sends all well-known requests to one server of a test network, the handle as Host.
    """

    def __init__(
        self,
        fetcher: GuardedFetcher,
        txt: TxtLookup | None = None,
        *,
        well_known_origin: str | None = None,
        allow_test: bool = False,
    ) -> None:
        self._fetcher = fetcher
        self._txt = txt
        self._origin = well_known_origin
        self._allow_test = allow_test

    async def resolve(self, handle: str) -> Did:
        """Ask the handle's domain for its DID.

        Raises: Rejected (`handle-syntax`, `handle-reserved`, `handle-ambiguous`, `handle-not-found`) or Retryable.
        """
        name = parse_handle(handle)
        if not is_resolvable(name, allow_test=self._allow_test):
            raise Rejected("handle-reserved", place=name, expected="a public domain", found=name.rsplit(".", 1)[-1])
        did = None if self._txt is None else _only_did(name, await self._txt.texts(f"_atproto.{name}"))
        return await self._by_well_known(name) if did is None else did

    async def proven(self, document: DidDocument) -> Handle | None:
        """Give the handle that a document claims if its domain names the same DID, None if not. Raises: Retryable."""
        handle = document.handle
        if handle is None:
            return None
        try:
            return handle if await self.resolve(handle) == document.did else None
        except Rejected:
            return None

    async def _by_well_known(self, name: Handle) -> Did:
        headers = {} if self._origin is None else {"host": name}
        fetched = await self._fetcher.get((self._origin or f"https://{name}") + _WELL_KNOWN, headers)
        text = fetched.body[:2_100].decode("ascii", errors="replace").strip()
        if fetched.status == 429 or fetched.status >= 500:
            raise Retryable(f"{name}: status {fetched.status}")
        if fetched.status != 200 or not is_did(text):
            found = f"status {fetched.status}, {text[:60]!r}"
            raise Rejected("handle-not-found", place=name, expected="a DID", found=found)
        return Did(text)


def _only_did(name: Handle, texts: Sequence[str]) -> Did | None:
    """Take the one DID of the TXT records; several different ones are as good as none."""
    dids = {text.removeprefix(_DID_MARK) for text in texts if text.startswith(_DID_MARK)}
    if len(dids) > 1:
        raise Rejected("handle-ambiguous", place=name, expected="one did= record", found=f"{len(dids)} different ones")
    did = next(iter(dids), None)
    return Did(did) if did is not None and is_did(did) else None


def _joined(data: str) -> str:
    """Unquote a TXT record: long ones come as several quoted pieces."""
    return "".join(data.split('"')[1::2]) if data.startswith('"') else data
