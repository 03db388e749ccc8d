"""Turn frames of com.atproto.sync.subscribeRepos into messages, and values into frames of any stream.

A frame is two DAG-CBOR items: a header {op, t} and a body. Unknown ops, types and fields are not errors.
"""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from skywarden.atproto.cbor import decode, decode_prefix, decode_unsettled, encode
from skywarden.atproto.cid import CID_BYTES, CID_PREFIXES
from skywarden.atproto.node import Node
from skywarden.atproto.operation import RepoOp, is_repo_path
from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.tid import is_tid
from skywarden.kernel.errors import Rejected

MAX_FRAME_BYTES: Final = 5_000_000
MAX_BLOCKS_BYTES: Final = 2_000_000
MAX_OPS: Final = 200

_Seq = Annotated[int, Meta(gt=0, lt=2**53)]
_Blocks = Annotated[bytes, Meta(max_length=MAX_BLOCKS_BYTES)]


class CommitMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A repository has a new commit. `commit` and `prev_data` are raw CIDs, `blocks` a CAR."""

    seq: _Seq
    repo: str
    rev: str
    commit: bytes
    blocks: _Blocks
    ops: Annotated[tuple[RepoOp, ...], Meta(max_length=MAX_OPS)]
    time: str
    since: str | None = None
    prev_data: bytes | None = msgspec.field(name="prevData", default=None)
    # Withdrawn from the protocol but still sent; declared so that an ordinary message has no unknown field.
    too_big: bool = msgspec.field(name="tooBig", default=False)
    rebase: bool = False
    blobs: list[bytes] | None = None


class SyncMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A repository is now at this commit, whatever it was before. `blocks` holds the commit's block only."""

    seq: _Seq
    did: str
    rev: str
    blocks: _Blocks
    time: str


class IdentityMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A DID's document or handle may have changed. `handle` is a hint, not a fact."""

    seq: _Seq
    did: str
    time: str
    handle: str | None = None


class AccountMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """An account's hosting status at the sender; any `status` text may come."""

    seq: _Seq
    did: str
    time: str
    active: bool
    status: str | None = None


class InfoMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A note of the server, such as OutdatedCursor."""

    name: str
    message: str | None = None


class ErrorMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The server's last word before it closes, such as FutureCursor."""

    error: str
    message: str | None = None


class UnknownMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """An op or type that we do not know: to be passed over."""

    op: int
    t: str | None


_MESSAGE = TypeVar("_MESSAGE", bound=msgspec.Struct)
Message = CommitMessage | SyncMessage | IdentityMessage | AccountMessage | InfoMessage | ErrorMessage | UnknownMessage

_TYPES: dict[str, type[Any]] = {  # Any: which message it is, only the header tells
    "#commit": CommitMessage,
    "#sync": SyncMessage,
    "#identity": IdentityMessage,
    "#account": AccountMessage,
    "#info": InfoMessage,
}
_USUAL_HEADERS = [(b"\xa2\x61t" + bytes((0x60 | len(name),)) + name.encode() + b"\x62op\x01", name) for name in _TYPES]
_STRUCTS: list[type[msgspec.Struct]] = [*_TYPES.values(), ErrorMessage, RepoOp]
_FIELDS = {kind: frozenset(field.encode_name for field in msgspec.structs.fields(kind)) for kind in _STRUCTS}
_WITHDRAWN = frozenset(("tooBig", "rebase", "blobs"))


class Frame(msgspec.Struct, frozen=True):
    """Any stream's frame, its body not interpreted."""

    op: int
    t: str | None
    body: dict[str, Node]


def parse_frame(data: bytes) -> Message:
    """Read one frame of subscribeRepos.

    Raises: Rejected: `frame-...` or `cbor-...` for a frame that cannot be read (the connection should be dropped),
    `message-...` for a message whose fields are wrong (it should be passed over).
    """
    _check_size(data)
    for head, name in _USUAL_HEADERS:
        if data.startswith(head):
            return _message(name, data[len(head) :])
    op, name_or_none, body = _split(data)
    if op == -1:
        return _convert_leniently(_body(body), ErrorMessage, "error")
    if op != 1 or name_or_none not in _TYPES:
        _body(body)
        return UnknownMessage(op, name_or_none)
    return _message(name_or_none, body)


def read_frame(data: bytes) -> Frame:
    """Split a frame into op, type and body.

    Raises: Rejected (`frame-...`, `cbor-...`).
    """
    _check_size(data)
    op, name, body = _split(data)
    return Frame(op, name, _body(body))


def build_frame(t: str, body: dict[str, object]) -> bytes:
    """Write a message frame of type `t`, such as "#commit"."""
    return encode({"op": 1, "t": t}) + encode(body)


def build_error_frame(error: str, message: str | None = None) -> bytes:
    """Write the error frame that a server sends before it closes."""
    body = {"error": error} if message is None else {"error": error, "message": message}
    return encode({"op": -1}) + encode(body)


def _check_size(data: bytes) -> None:
    if len(data) > MAX_FRAME_BYTES:
        raise Rejected("frame-too-large", expected=f"at most {MAX_FRAME_BYTES} bytes", found=str(len(data)))


def _split(data: bytes) -> tuple[int, str | None, bytes]:
    header, end = decode_prefix(data)
    if not isinstance(header, dict):
        raise Rejected("frame-header", expected="a map with op and t", found=type(header).__name__)
    op, name = header.get("op"), header.get("t")
    if type(op) is not int or not (name is None or isinstance(name, str)):
        raise Rejected("frame-header", expected="an integer op, text as t", found=repr(header)[:80])
    return op, name, data[end:]


def _body(data: bytes) -> dict[str, Node]:
    if not data:
        raise Rejected("frame-truncated", expected="a body after the header", found="the end")
    body = decode(data)
    if type(body) is not dict:
        raise Rejected("frame-body", expected="a map", found=type(body).__name__)
    return body


def _message(name: str, data: bytes) -> Message:
    """Read a body. Where no field is unknown its type checks all of them, and the walk that `decode` needs is spared.

    Bytes that look like a CID re-encode as a link, so a byte string in a link's place is not canonical here.
    """
    kind = _TYPES[name]
    try:
        body = decode_unsettled(data)
        message: Message = msgspec.convert(body, kind)
        if _has_text_for_bytes(body):
            raise ValueError("msgspec took text for base64")
    except (ValueError, msgspec.ValidationError):
        message = _convert_leniently(_body(data), kind, name)
    if type(message) is CommitMessage:
        _check_commit(message)
    elif type(message) is not InfoMessage:
        _check_did(message.did)  # type: ignore[union-attr]  # a list of the other types would be slower
        if type(message) is SyncMessage:
            _check_rev(message.rev)
    return message


def _has_text_for_bytes(body: dict[str, Any]) -> bool:
    """Tell whether bytes came as text. Asking msgspec to refuse that costs a tenth of the whole frame."""
    get = body.get
    if type(get("blocks")) is str or type(get("commit")) is str or type(get("prevData")) is str:
        return True
    for op in get("ops", ()):  # noqa: SIM110  # `any` takes twice the time
        if type(op.get("cid")) is str or type(op.get("prev")) is str:
            return True
    return False


def _convert_leniently(body: dict[str, Node], kind: type[_MESSAGE], name: str) -> _MESSAGE:
    """Take the known fields out of a body, and of its operations; the withdrawn ones may hold anything."""
    fields = _FIELDS[kind] - _WITHDRAWN
    known = {field: value for field, value in body.items() if field in fields}
    _check_links(known, name)
    ops = known.get("ops")
    if isinstance(ops, list):
        known["ops"] = [_known_of_op(op, name) for op in ops]
    try:
        return msgspec.convert(known, kind, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise Rejected("message-field", place=name, found=str(error)) from error


def _known_of_op(op: Node, name: str) -> Node:
    if not isinstance(op, dict):
        return op
    known = {field: value for field, value in op.items() if field in _FIELDS[RepoOp]}
    _check_links(known, name)
    return known


def _check_links(fields: dict[str, Node], name: str) -> None:
    for field, value in fields.items():
        if type(value) is bytes and field != "blocks":
            raise Rejected("message-field", place=name, expected=f"a link as {field}", found="bytes")


def _check_commit(message: CommitMessage) -> None:
    _check_did(message.repo)
    _check_rev(message.rev)
    _check_cid("commit", message.commit)
    _check_cid("prevData", message.prev_data)
    for op in message.ops:
        if not is_repo_path(op.path):
            raise Rejected("message-path", place=message.repo, expected="collection/rkey", found=repr(op.path[:80]))
        _check_cid("cid", op.cid)
        _check_cid("prev", op.prev)


def _check_did(did: str) -> None:
    if not is_did(did):
        raise Rejected("message-did", expected="a DID", found=repr(did[:80]))


def _check_rev(rev: str) -> None:
    if not is_tid(rev):
        raise Rejected("message-rev", expected="a TID", found=repr(rev[:40]))


def _check_cid(field: str, raw: bytes | None) -> None:
    if raw is not None and (raw[:4] not in CID_PREFIXES or len(raw) != CID_BYTES):
        raise Rejected("message-cid", place=field, expected="a link", found=raw[:40].hex())
