"""Turn DID documents into what we use of them: keys, servers and the claimed handle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NewType, TypeVar
from urllib.parse import urlsplit

import msgspec

from skywarden.atproto.keys import Curve, PublicKey, decode_base58
from skywarden.atproto.syntax.handle import is_handle
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Handle

KeyId = NewType("KeyId", str)
"""A key's or service's name in a document, without the `#`: "atproto", "atproto_label"."""

SIGNING_KEY: Final = KeyId("atproto")
LABEL_KEY: Final = KeyId("atproto_label")
KEYS_AT_HAND: Final = 10_000
"""Keys that are not read anew at every signature."""

_PDS = ("atproto_pds", "AtprotoPersonalDataServer")
_LABELER = ("atproto_labeler", "AtprotoLabeler")
_LEGACY_CURVES: Mapping[str, Curve] = {
    "EcdsaSecp256k1VerificationKey2019": "k256",
    "EcdsaSecp256r1VerificationKey2019": "p256",
}


_T = TypeVar("_T")


class _Method(msgspec.Struct, frozen=True):
    id: str
    type: str
    controller: str
    key: str | None = msgspec.field(name="publicKeyMultibase", default=None)


class _Service(msgspec.Struct, frozen=True):
    id: str
    type: str | list[str]
    endpoint: str | dict[str, Any] | list[Any] = msgspec.field(name="serviceEndpoint")  # Any: only text is used


class _Document(msgspec.Struct, frozen=True):
    """The fields of a document that we read; lists stay raw so that one odd entry does not hide the others."""

    id: str
    aliases: list[msgspec.Raw] | None = msgspec.field(name="alsoKnownAs", default=None)
    methods: list[msgspec.Raw] | None = msgspec.field(name="verificationMethod", default=None)
    services: list[msgspec.Raw] | None = msgspec.field(name="service", default=None)


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A DID's keys, servers and claimed handle, read leniently and used strictly."""

    did: Did
    aliases: tuple[str, ...]
    methods: tuple[_Method, ...]
    services: tuple[_Service, ...]

    @classmethod
    def from_json(cls, did: Did, data: bytes) -> "DidDocument":
        """Read a document that must be about `did`.

        Raises: Rejected (`did-document`, `did-document-id`).
        """
        try:
            document = msgspec.json.decode(data, type=_Document)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected("did-document", place=did, expected="a DID document", found=str(error)[:200]) from error
        if document.id != did:
            raise Rejected("did-document-id", place=did, expected=did, found=document.id[:80])
        return cls(
            did,
            tuple(_readable(document.aliases, str)),
            tuple(_readable(document.methods, _Method)),
            tuple(_readable(document.services, _Service)),
        )

    @property
    def handle(self) -> Handle | None:
        """The handle that the account claims: the first at:// alias, unproven until it points back."""
        for alias in self.aliases:
            if alias.startswith("at://"):
                name = alias.removeprefix("at://")
                return Handle(name.lower()) if is_handle(name) else None
        return None

    @property
    def pds_endpoint(self) -> str | None:
        """Origin of the account's server; None where the document names none that can be used."""
        return self._origin(*_PDS)

    @property
    def labeler_endpoint(self) -> str | None:
        """Origin of the account's labeler; None where the document names none that can be used."""
        return self._origin(*_LABELER)

    def signing_key(self, key_id: KeyId = SIGNING_KEY) -> PublicKey:
        """Give the first valid key of that name; never another one in its place.

        Raises: Rejected (`did-key-missing`).
        """
        for method in self.methods:
            key = _key(method) if self._is_named(method.id, key_id) and method.controller == self.did else None
            if key is not None:
                return key
        raise Rejected("did-key-missing", place=self.did, expected=f"a valid key #{key_id}", found="none")

    @property
    def labeler_key(self) -> PublicKey:
        """The key that signs the account's labels. Raises: Rejected (`did-key-missing`)."""
        return self.signing_key(LABEL_KEY)

    def _is_named(self, full: str, fragment: str) -> bool:
        return full in (f"#{fragment}", f"{self.did}#{fragment}")

    def _origin(self, fragment: str, kind: str) -> str | None:
        for service in self.services:
            kinds = service.type if isinstance(service.type, list) else [service.type]
            if self._is_named(service.id, fragment) and kind in kinds and isinstance(service.endpoint, str):
                return _origin(service.endpoint)
        return None


def _readable(entries: list[msgspec.Raw] | None, kind: type[_T]) -> Iterator[_T]:
    """Give the entries that have the form; the others do not count."""
    for entry in entries or ():
        try:
            yield msgspec.json.decode(entry, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


@lru_cache(KEYS_AT_HAND)
def _key(method: _Method) -> PublicKey | None:
    try:
        if method.key is None:
            return None
        if method.type == "Multikey":
            return PublicKey.from_multibase(method.key)
        curve = _LEGACY_CURVES.get(method.type)
        return None if curve is None else PublicKey(curve, decode_base58(method.key))
    except Rejected:
        return None


def _origin(url: str) -> str | None:
    """Give scheme, host and port of a URL that has nothing else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    bare = not parts.query and not parts.fragment and parts.path in ("", "/") and "@" not in parts.netloc
    if parts.scheme not in ("https", "http") or not parts.hostname or not bare:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" if port is None else f"{parts.scheme}://{host}:{port}"
