"""Turn the JSON of Jetstream, version 1 or 2, into typed events."""

from typing import Any, Literal, TypeVar

import msgspec

from skywarden.ingest.decode.json_text import parse_object
from skywarden.ingest.normalize.columns import JsonObject
from skywarden.ingest.normalize.times import datetime_micros
from skywarden.kernel.errors import Rejected

_V2_PREFIX = "network.bsky.jetstream.subscribeEvents#"


class RepoOperation(msgspec.Struct, frozen=True):
    """One change of one record, as both versions spell it; `record` is checked JSON."""

    rev: str
    operation: Literal["create", "update", "delete"]
    collection: str
    rkey: str
    cid: str | None = None
    record: dict[str, Any] | None = None  # the edge: any JSON object may stand here


class IdentityChange(msgspec.Struct, frozen=True):
    """An identity event as the relay sent it."""

    seq: int | None = None
    handle: str | None = None


class AccountChange(msgspec.Struct, frozen=True):
    """An account event as the relay sent it."""

    active: bool
    seq: int | None = None
    status: str | None = None


class SyncState(msgspec.Struct, frozen=True):
    """A sync event as the relay sent it."""

    rev: str | None = None


Detail = RepoOperation | IdentityChange | AccountChange | SyncState


class JetstreamEvent(msgspec.Struct, frozen=True):
    """One event of either version; `seq` is Jetstream's own and only version 2 has it."""

    did: str
    time_us: int
    seq: int | None
    detail: Detail


class _MessageV1(msgspec.Struct, frozen=True):
    did: str
    time_us: int


class _PayloadV2(msgspec.Struct, frozen=True):
    did: str
    time: str
    seq: int


_DETAILS: dict[str, type[Detail]] = {
    "commit": RepoOperation,
    "identity": IdentityChange,
    "account": AccountChange,
    "sync": SyncState,
}

_Wire = TypeVar("_Wire", bound=msgspec.Struct)


def read_event(data: bytes) -> JetstreamEvent | None:
    """Read one message; None for kinds that this version does not know and for advice to the client.

    Raises: Rejected, when the JSON or the event's form is not what Jetstream defines.
    """
    message = parse_object(data)
    return _read_v2(message) if "$type" in message else _read_v1(message)


def _read_v1(message: JsonObject) -> JetstreamEvent | None:
    kind = message.get("kind")
    wanted = _DETAILS.get(kind) if type(kind) is str else None
    if wanted is None or type(kind) is not str:
        return None
    envelope = _convert(message, _MessageV1)
    return JetstreamEvent(envelope.did, envelope.time_us, None, _convert(message.get(kind), wanted))


def _read_v2(message: JsonObject) -> JetstreamEvent | None:
    payload = message.get("payload")
    if message["$type"] != "message" or type(payload) is not dict:
        return None
    kind = payload.get("$type")
    name = kind.removeprefix(_V2_PREFIX).removeprefix("#") if type(kind) is str else ""
    wanted = _DETAILS.get(name)
    if wanted is None:
        return None
    envelope = _convert(payload, _PayloadV2)
    detail = _convert(payload if wanted is RepoOperation else payload.get(name), wanted)
    return JetstreamEvent(envelope.did, datetime_micros(envelope.time), envelope.seq, detail)


def _convert(value: object, wanted: type[_Wire]) -> _Wire:
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise Rejected("jetstream-form", place=wanted.__name__, found=str(error)) from error
