"""Turn accounts into signed did:plc operations, and those into DID documents and audit logs.

Source: https://web.plc.directory/spec/v0.1/did-plc
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from skywarden.atproto import cbor
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.ids import Cid, Did, Handle, UtcMicros
from skywarden.simulator.moments import iso_millis

_DID_CHARS = 24
_CONTEXT = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/suites/secp256k1-2019/v1",
)


class Service(msgspec.Struct, frozen=True):
    type: str
    endpoint: str


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """A did:plc operation; `sig` is empty before signing."""

    type: str
    rotation_keys: list[str]
    verification_methods: dict[str, str]
    also_known_as: list[str]
    services: dict[str, Service]
    prev: Cid | None
    sig: str = ""

    def block(self) -> bytes:
        """DAG-CBOR of the operation; without `sig` while that is empty."""
        fields = msgspec.to_builtins(self)
        if not self.sig:
            del fields["sig"]
        return cbor.encode(fields)


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One line of an audit log."""

    did: Did
    operation: Operation
    cid: Cid
    nullified: bool
    created_at: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What an operation says: who signs for the account, what it is called, where it lives."""

    signing_key: str
    rotation_key: str
    handle: Handle
    endpoint: str


def signed_operation(identity: Identity, prev: Cid | None, rotation: PrivateKey) -> Operation:
    """Sign a genesis operation (`prev` None) or an update."""
    bare = Operation(
        type="plc_operation",
        rotation_keys=[identity.rotation_key],
        verification_methods={"atproto": identity.signing_key},
        also_known_as=[f"at://{identity.handle}"],
        services={"atproto_pds": Service("AtprotoPersonalDataServer", identity.endpoint)},
        prev=prev,
    )
    signature = base64.urlsafe_b64encode(rotation.sign(bare.block())).decode().rstrip("=")
    return msgspec.structs.replace(bare, sig=signature)


def did_of(genesis: Operation) -> Did:
    """Name an account by the hash of its signed genesis operation."""
    digest = hashlib.sha256(genesis.block()).digest()
    return Did("did:plc:" + base64.b32encode(digest).decode().lower()[:_DID_CHARS])


class PlcDirectory:
    """All operations of all accounts; remembers which are new since the last `take_new`."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._logs: dict[str, list[Entry]] = {}
        self._new: list[Entry] = []
        for entry in entries:
            self._logs.setdefault(entry.did, []).append(entry)

    def register(self, identity: Identity, rotation: PrivateKey, now_us: UtcMicros) -> Did:
        """Enter a new account; the same identity twice is the same DID."""
        genesis = signed_operation(identity, None, rotation)
        did = did_of(genesis)
        self._append(did, genesis, now_us)
        return did

    def update(self, did: Did, identity: Identity, rotation: PrivateKey, now_us: UtcMicros) -> None:
        """Change what an account is called or where it lives."""
        self._append(did, signed_operation(identity, self._logs[did][-1].cid, rotation), now_us)

    def _append(self, did: Did, operation: Operation, now_us: UtcMicros) -> None:
        entry = Entry(did, operation, cid_text(cid_bytes_of(operation.block())), False, iso_millis(now_us))
        self._logs.setdefault(did, []).append(entry)
        self._new.append(entry)

    def take_new(self) -> list[Entry]:
        """Entries made since the last call."""
        new, self._new = self._new, []
        return new

    def audit_log(self, did: str) -> list[Entry] | None:
        """All operations of a DID, oldest first; None for an unknown one."""
        return self._logs.get(did)

    def data(self, did: str) -> dict[str, object] | None:
        """What `/{did}/data` answers."""
        log = self._logs.get(did)
        if log is None:
            return None
        operation = msgspec.to_builtins(log[-1].operation)
        wanted = ("verificationMethods", "rotationKeys", "alsoKnownAs", "services")
        return {"did": did, **{name: operation[name] for name in wanted}}

    def document(self, did: str) -> dict[str, object] | None:
        """What `/{did}` answers: the DID document."""
        log = self._logs.get(did)
        if log is None:
            return None
        operation = log[-1].operation
        keys = operation.verification_methods.items()
        return {
            "@context": list(_CONTEXT),
            "id": did,
            "alsoKnownAs": operation.also_known_as,
            "verificationMethod": [
                {
                    "id": f"{did}#{name}",
                    "type": "Multikey",
                    "controller": did,
                    "publicKeyMultibase": key.removeprefix("did:key:"),
                }
                for name, key in keys
            ],
            "service": [
                {"id": f"#{name}", "type": service.type, "serviceEndpoint": service.endpoint}
                for name, service in operation.services.items()
            ],
        }
