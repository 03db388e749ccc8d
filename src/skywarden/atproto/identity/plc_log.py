"""Turn a did:plc audit log into the identity's checked history: who may change it, since when it exists.

A log is a list of signed operations. Each names the one before it; within 72 hours an operation signed by a rotation
key of higher rank may take the place of later ones, which are then nullified.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from skywarden.atproto.cbor import encode, from_json
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.keys import SIGNATURE_BYTES, PublicKey
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, UtcMicros

RECOVERY_US: Final = 72 * 3_600 * 1_000_000
_MAX_OPERATION_BYTES: Final = 7_500
_SIGNATURE_CHARS: Final = 86


class _LogEntry(msgspec.Struct, frozen=True):
    did: str
    operation: dict[str, Any]  # Any: JSON, read by `from_json`
    cid: str
    nullified: bool
    created_at: str = msgspec.field(name="createdAt")


@dataclass(frozen=True, slots=True)
class PlcOperation:
    """One operation that passed every check."""

    cid: Cid
    prev: Cid | None
    kind: str
    rotation_keys: tuple[str, ...]
    signer_rank: int
    """Place of the signing key among the keys that were allowed to sign; 0 is the highest."""
    created_us: UtcMicros
    handles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlcHistory:
    """An identity's operations in order, and which of them still count."""

    did: Did
    operations: tuple[PlcOperation, ...]
    standing: tuple[PlcOperation, ...]

    @property
    def created_us(self) -> UtcMicros:
        """When the directory first saw the identity."""
        return self.operations[0].created_us

    @property
    def tombstoned(self) -> bool:
        """Whether the identity was given up."""
        return self.standing[-1].kind == "plc_tombstone"


def read_plc_log(did: Did, data: bytes) -> PlcHistory:
    """Check a log as `/{did}/log/audit` serves it.

    Raises: Rejected (`plc-log`, `plc-did`, `plc-cid`, `plc-signature`, `plc-prev`, `plc-recovery`, `plc-nullified`).
    """
    try:
        entries = msgspec.json.decode(data, type=list[_LogEntry])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("plc-log", place=did, expected="a list of entries", found=str(error)[:200]) from error
    if not entries:
        raise Rejected("plc-log", place=did, expected="at least one entry", found="none")
    operations: list[PlcOperation] = []
    standing: list[PlcOperation] = []
    for entry in entries:
        operation = _next(did, entry, standing)
        operations.append(operation)
        standing.append(operation)
    _check_flags(did, entries, standing)
    return PlcHistory(did, tuple(operations), tuple(standing))


def _next(did: Did, entry: _LogEntry, standing: list[PlcOperation]) -> PlcOperation:
    """Check one entry against those that stand before it, and take out what it nullifies."""
    operation = from_json(entry.operation)
    assert isinstance(operation, dict)
    signed = encode(operation)
    cid = cid_text(cid_bytes_of(signed))
    if entry.did != did or entry.cid != cid or len(signed) > _MAX_OPERATION_BYTES:
        raise Rejected("plc-cid", place=did, expected=f"{did} and {cid}", found=f"{entry.did} and {entry.cid}")
    created_us = datetime_micros(entry.created_at)
    unsigned = encode({name: value for name, value in operation.items() if name != "sig"})
    signature = _signature(operation.get("sig"))
    prev = operation.get("prev")
    if not standing:
        _check_genesis(did, signed, prev)
        allowed = _rotation_keys(operation)
    else:
        allowed = _allowed_after(did, standing, prev)
    rank = _signer_rank(did, allowed, unsigned, signature)
    if standing and standing[-1].cid != prev:
        _nullify(did, standing, prev, rank, created_us)
    elif standing and standing[-1].created_us > created_us:
        raise Rejected("plc-log", place=did, expected="entries in the order of their time", found=entry.created_at)
    kind = str(operation.get("type"))
    keys = () if kind == "plc_tombstone" else _rotation_keys(operation)
    prev_cid = Cid(prev) if isinstance(prev, str) else None
    return PlcOperation(cid, prev_cid, kind, keys, rank, created_us, _handles(operation))


def _check_genesis(did: Did, signed: bytes, prev: object) -> None:
    name = base64.b32encode(sha256(signed).digest()).decode().lower()[:24]
    if prev is not None or f"did:plc:{name}" != did:
        raise Rejected("plc-did", place=did, expected=f"did:plc:{name}, the hash of its first operation", found=did)


def _allowed_after(did: Did, standing: Sequence[PlcOperation], prev: object) -> tuple[str, ...]:
    for operation in standing:
        if operation.cid == prev:
            if operation.kind == "plc_tombstone":
                raise Rejected("plc-prev", place=did, expected="nothing after a tombstone", found="an operation")
            return operation.rotation_keys
    raise Rejected("plc-prev", place=did, expected="an operation that stands", found=str(prev)[:80])


def _nullify(did: Did, standing: list[PlcOperation], prev: object, rank: int, created_us: UtcMicros) -> None:
    """Take out what came after `prev`, if the signer may: higher rank, and within 72 hours."""
    index = next(index for index, operation in enumerate(standing) if operation.cid == prev) + 1
    first = standing[index]
    if rank >= first.signer_rank:
        raise Rejected("plc-recovery", place=did, expected=f"a key above rank {first.signer_rank}", found=str(rank))
    if created_us - first.created_us > RECOVERY_US or created_us < standing[-1].created_us:
        found = f"{(created_us - first.created_us) / 3_600_000_000:.4f} hours"
        raise Rejected("plc-recovery", place=did, expected="within 72 hours", found=found)
    del standing[index:]


def _check_flags(did: Did, entries: Sequence[_LogEntry], standing: Sequence[PlcOperation]) -> None:
    kept = {operation.cid for operation in standing}
    for entry in entries:
        if entry.nullified == (entry.cid in kept):
            expected = f"nullified {not entry.nullified}"
            raise Rejected("plc-nullified", place=f"{did} {entry.cid}", expected=expected, found=str(entry.nullified))


def _signer_rank(did: Did, keys: Sequence[str], unsigned: bytes, signature: bytes) -> int:
    for rank, key in enumerate(keys):
        try:
            if PublicKey.from_did_key(key).verify(unsigned, signature):
                return rank
        except Rejected:  # a key that we cannot read has signed nothing
            continue
    raise Rejected("plc-signature", place=did, expected="a signature by one of the rotation keys", found="none")


def _rotation_keys(operation: dict[str, Any]) -> tuple[str, ...]:
    """Give the keys that may sign next; the first form of operation (`create`) named two by their purpose."""
    kind = operation.get("type")
    if kind == "create":
        keys: Any = [operation.get("recoveryKey"), operation.get("signingKey")]
    elif kind == "plc_operation":
        keys = operation.get("rotationKeys")
    else:
        raise Rejected("plc-log", expected="plc_operation, plc_tombstone or create", found=repr(kind)[:40])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Rejected("plc-log", expected="rotation keys", found=repr(keys)[:80])
    return tuple(keys)


def _handles(operation: dict[str, Any]) -> tuple[str, ...]:
    names = operation.get("alsoKnownAs", [operation.get("handle")])
    if not isinstance(names, list):
        return ()
    return tuple(name.removeprefix("at://") for name in names if isinstance(name, str))


def _signature(text: object) -> bytes:
    """Read 86 characters of base64url without padding, the unused bits zero: each signature has one spelling."""
    if not isinstance(text, str) or len(text) != _SIGNATURE_CHARS:
        raise Rejected("plc-signature", expected=f"{_SIGNATURE_CHARS} characters of base64url", found=repr(text)[:100])
    try:
        raw = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected("plc-signature", expected="base64url", found=repr(text)) from error
    if len(raw) != SIGNATURE_BYTES or base64.urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise Rejected("plc-signature", expected="64 bytes in their one spelling", found=repr(text))
    return raw
