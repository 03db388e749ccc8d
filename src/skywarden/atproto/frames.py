"""Turn frames of com.atproto.sync.subscribeRepos into messages, and values into frames of any stream.

A frame is two DAG-CBOR items: a header {op, t} and a body. Unknown ops, types and fields are not errors.
"""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from skywarden.atproto.cbor import decode, decode_prefix, encode
from skywarden.atproto.node import Link, Node
from skywarden.atproto.operation import RepoOp, is_repo_path
from skywarden.atproto.tid import is_tid
from skywarden.kernel.errors import Rejected

MAX_FRAME_BYTES: Final = 5_000_000
MAX_BLOCKS_BYTES: Final = 2_000_000
MAX_OPS: Final = 200

_Seq = Annotated[int, Meta(gt=0, lt=2**53)]
_DidText = Annotated[str, Meta(max_length=2_048, pattern=r"^did:[a-z]+:[a-zA-Z0-9._:%-]+$")]
_Blocks = Annotated[bytes, Meta(max_length=MAX_BLOCKS_BYTES)]


class CommitMessage(msgspec.Struct, frozen=True, gc=False):
    """A repository has a new commit. `commit` and `prev_data` are raw CIDs, `blocks` a CAR."""

    seq: _Seq
    repo: _DidText
    rev: str
    commit: bytes
    blocks: _Blocks
    ops: Annotated[tuple[RepoOp, ...], Meta(max_length=MAX_OPS)]
    time: str
    since: str | None = None
    prev_data: bytes | None = msgspec.field(name="prevData", default=None)


class SyncMessage(msgspec.Struct, frozen=True, gc=False):
    """A repository is now at this commit, whatever it was before. `blocks` holds the commit's block only."""

    seq: _Seq
    did: _DidText
    rev: str
    blocks: _Blocks
    time: str


class IdentityMessage(msgspec.Struct, frozen=True, gc=False):
    """A DID's document or handle may have changed. `handle` is a hint, not a fact."""

    seq: _Seq
    did: _DidText
    time: str
    handle: str | None = None


class AccountMessage(msgspec.Struct, frozen=True, gc=False):
    """An account's hosting status at the sender; any `status` text may come."""

    seq: _Seq
    did: _DidText
    time: str
    active: bool
    status: str | None = None


class InfoMessage(msgspec.Struct, frozen=True, gc=False):
    """A note of the server, such as OutdatedCursor."""

    name: str
    message: str | None = None


class ErrorMessage(msgspec.Struct, frozen=True, gc=False):
    """The server's last word before it closes, such as FutureCursor."""

    error: str
    message: str | None = None


class UnknownMessage(msgspec.Struct, frozen=True, gc=False):
    """An op or type that we do not know: to be passed over."""

    op: int
    t: str | None


Message = CommitMessage | SyncMessage | IdentityMessage | AccountMessage | InfoMessage | ErrorMessage | UnknownMessage

_TYPES: dict[str, type[Any]] = {  # Any: msgspec.convert takes the type that the header names
    "#commit": CommitMessage,
    "#sync": SyncMessage,
    "#identity": IdentityMessage,
    "#account": AccountMessage,
    "#info": InfoMessage,
}
_USUAL_HEADERS = {kind: b"\xa2\x61t" + bytes((0x60 | len(kind),)) + kind.encode() + b"\x62op\x01" for kind in _TYPES}
_MESSAGE = TypeVar("_MESSAGE")


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
    frame = read_frame(data)
    if frame.op == -1:
        return _convert(frame.body, ErrorMessage, "error")
    kind = _TYPES.get(frame.t or "")
    if frame.op != 1 or kind is None:
        return UnknownMessage(frame.op, frame.t)
    message: Message = _convert(frame.body, kind, frame.t or "")
    if type(message) is CommitMessage:
        _check_commit_fields(message, frame.body)
    elif type(message) is SyncMessage and not is_tid(message.rev):
        raise _bad_rev(message.rev)
    return message


def read_frame(data: bytes) -> Frame:
    """Split a frame into op, type and body.

    Raises: Rejected (`frame-...`, `cbor-...`).
    """
    if len(data) > MAX_FRAME_BYTES:
        raise Rejected("frame-too-large", expected=f"at most {MAX_FRAME_BYTES} bytes", found=str(len(data)))
    for kind, head in _USUAL_HEADERS.items():
        if data.startswith(head):
            return Frame(1, kind, _body(data[len(head) :]))
    header, end = decode_prefix(data)
    if not isinstance(header, dict) or type(header.get("op")) is not int:
        raise Rejected("frame-header", expected="a map with the integer op", found=repr(header)[:80])
    op, kind_value = header["op"], header.get("t")
    assert isinstance(op, int)
    if kind_value is not None and not isinstance(kind_value, str):
        raise Rejected("frame-header", expected="text as t", found=repr(kind_value)[:80])
    return Frame(op, kind_value, _body(data[end:]))


def build_frame(t: str, body: dict[str, object]) -> bytes:
    """Write a message frame of type `t`, such as "#commit"."""
    return encode({"op": 1, "t": t}) + encode(body)


def build_error_frame(error: str, message: str | None = None) -> bytes:
    """Write the error frame that a server sends before it closes."""
    body = {"error": error} if message is None else {"error": error, "message": message}
    return encode({"op": -1}) + encode(body)


def _body(data: bytes) -> dict[str, Node]:
    if not data:
        raise Rejected("frame-truncated", expected="a body after the header", found="the end")
    body = decode(data)
    if type(body) is not dict:
        raise Rejected("frame-body", expected="a map", found=type(body).__name__)
    return body


def _convert(body: dict[str, Node], kind: type[_MESSAGE], name: str) -> _MESSAGE:
    try:
        return msgspec.convert(body, kind, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise Rejected("message-field", place=name, found=str(error)) from error


def _check_commit_fields(message: CommitMessage, body: dict[str, Node]) -> None:
    if not is_tid(message.rev):
        raise _bad_rev(message.rev)
    if not isinstance(body["commit"], Link):
        raise Rejected("message-field", place="#commit", expected="a link as commit", found="bytes")
    for op in message.ops:
        if not is_repo_path(op.path):
            raise Rejected("message-path", place="#commit", expected="collection/rkey", found=repr(op.path[:80]))


def _bad_rev(rev: str) -> Rejected:
    return Rejected("message-rev", expected="a TID", found=repr(rev[:40]))
