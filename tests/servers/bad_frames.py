"""Build the bad inputs of a binary stream: frames, records and CARs that break one rule each.

Written byte by byte, because no encoder gives most of them.
"""

import hashlib
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import libipld

from servers.recording import build_frame, read_body

_CID_HEAD = b"\x01\x71\x12\x20"
_FLOAT_ONE = b"\xfb\x3f\xf0" + bytes(6)
_FLOAT_NAN = b"\xfb\x7f\xf8" + bytes(6)
_LINK_TAG = b"\xd8\x2a"

Block = tuple[bytes, bytes]
"""CID and bytes."""
Blocks = list[Block]


@dataclass(frozen=True, slots=True)
class BadInput:
    """A frame that breaks one rule, and the smallest piece of it that is at fault."""

    name: str
    frame: bytes
    piece: bytes


def text(value: str) -> bytes:
    """CBOR text."""
    return bytes(libipld.encode_dag_cbor(value))


def pairs(*items: tuple[str, bytes]) -> bytes:
    """A CBOR map with keys exactly as given: repeated or out of order if so wished. Up to 23 keys."""
    return bytes([0xA0 + len(items)]) + b"".join(text(key) + value for key, value in items)


BAD_VALUES: dict[str, bytes] = {
    "nested a thousand deep": b"\x81" * 1_000 + b"\x00",
    "nested a million deep": b"\x81" * 900_000 + b"\x00",
    "an array that claims 2^32 elements": b"\x9b" + (1 << 32).to_bytes(8, "big"),
    "a byte string that claims 2^62 bytes": b"\x5b" + (1 << 62).to_bytes(8, "big"),
    "a map that claims 2^63 pairs": b"\xbb" + (1 << 63).to_bytes(8, "big"),
    "the same key twice": pairs(("aa", b"\x01"), ("aa", b"\x02")),
    "keys out of order": pairs(("bb", b"\x01"), ("aa", b"\x02")),
    "an integer longer than it must be": b"\x18\x01",
    "an integer beyond 64 bits": b"\xc2\x59\x08\x1c" + b"\xff" * 2_076,
    "a float": _FLOAT_ONE,
    "not a number": _FLOAT_NAN,
    "a map without length": b"\xbf" + text("aa") + b"\x01\xff",
    "a link of version 0": _LINK_TAG + b"\x58\x23\x00\x12\x20" + hashlib.sha256(b"").digest(),
    "half a surrogate pair": b"\x63\xed\xa0\x80",
    "a key that is a number": b"\xa1\x01\x02",
    "an unknown tag": b"\xd8\x20" + text("x"),
}
"""One value each that DAG-CBOR forbids or that no reader may take at its word."""


_COMMIT_HEADER = pairs(("t", text("#commit")), ("op", b"\x01"))


def cid_of(block: bytes) -> bytes:
    """CIDv1, dag-cbor, sha-256."""
    return _CID_HEAD + hashlib.sha256(block).digest()


def varint(number: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def write_car(root: bytes, blocks: Iterable[Block]) -> bytes:
    """A CAR of version 1 with blocks under the CIDs that the caller says, true or false."""
    header = pairs(("roots", b"\x81" + _LINK_TAG + b"\x58\x25\x00" + root), ("version", b"\x01"))
    return varint(len(header)) + header + b"".join(_section(cid, block) for cid, block in blocks)


def _section(cid: bytes, block: bytes) -> bytes:
    return varint(len(cid) + len(block)) + cid + block


def raw_body(body: dict[str, Any], *extra: bytes) -> bytes:
    """Body of a commit with a further field "zzzzzzzzzz", whose value is the first of `extra`, behind the others."""
    whole = bytes(libipld.encode_dag_cbor(body))
    assert whole[0] == 0xA0 + len(body)
    return bytes([whole[0] + 1]) + whole[1:] + text("zzzzzzzzzz") + b"".join(extra)


def bad_inputs(good: bytes, seqs: Iterable[int]) -> list[BadInput]:
    """Every bad input that can be made from one good commit, each as an account of its own and with the next seq."""
    goods = (as_account(good, made_up_did(seq), seq) for seq in seqs)
    return [*bad_frames(goods), *bad_records(goods), *bad_cars(goods)]


def made_up_did(number: int) -> str:
    """A did:plc that nobody has."""
    return "did:plc:" + b32encode(hashlib.sha256(b"%d" % number).digest())[:24].decode().lower()


def bad_frames(goods: Iterator[bytes]) -> Iterator[BadInput]:
    """Commit frames with one bad value in the body, and frames that are broken as a whole."""
    for name, value in BAD_VALUES.items():
        frame = _COMMIT_HEADER + raw_body(read_body(next(goods))[1], value)
        yield BadInput(f"frame with {name}", frame, frame)
    for name, break_it in _BROKEN_FRAMES.items():
        frame = break_it(next(goods))
        yield BadInput(f"frame with {name}", frame, frame)


def bad_records(goods: Iterator[bytes]) -> Iterator[BadInput]:
    """Commit frames whose first record holds one bad value; CIDs and CAR are right, the proof no longer leads there."""
    for name, value in BAD_VALUES.items():
        record = pairs(("text", text("bad")), ("$type", text("app.bsky.feed.post")), ("zzzzzzzzzz", value))
        yield BadInput(f"record with {name}", with_record(read_body(next(goods))[1], record), record)


def bad_cars(goods: Iterator[bytes]) -> Iterator[BadInput]:
    """Commit frames whose CAR lies about its blocks or breaks off."""
    for name, make_car in _BROKEN_CARS.items():
        _, body = read_body(next(goods))
        frame = build_frame("#commit", {**body, "blocks": make_car(body, blocks_of(body))})
        yield BadInput(f"CAR with {name}", frame, frame)


def _with_op(frame: bytes, **fields: Any) -> bytes:
    """The commit with fields of its first operation replaced."""
    kind, body = read_body(frame)
    return build_frame(kind, {**body, "ops": [{**body["ops"][0], **fields}]})


def _without(frame: bytes, key: str) -> bytes:
    kind, body = read_body(frame)
    return build_frame(kind, {name: value for name, value in body.items() if name != key})


_BROKEN_FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "a third object": lambda good: good + b"\xa0",
    "no body": lambda good: _COMMIT_HEADER,
    "half of itself": lambda good: good[: len(good) // 2],
    "nothing in it": lambda good: b"",
    "a text where the header is due": lambda good: text("#commit") + b"\xa0",
    "a body that is a list": lambda good: _COMMIT_HEADER + b"\x80",
    "no ops": lambda good: _without(good, "ops"),
    "no repo": lambda good: _without(good, "repo"),
    "an operation of an unknown kind": lambda good: _with_op(good, action="burn"),
    "a path without a record key": lambda good: _with_op(good, path="app.bsky.feed.post"),
}

_BROKEN_CARS: dict[str, Callable[[dict[str, Any], Blocks], bytes]] = {
    "a record under another's CID": lambda body, blocks: write_car(body["commit"], _falsified(body, blocks)),
    "a block that claims 2^62 bytes": lambda body, blocks: _car_head(body) + varint(1 << 62) + blocks[0][0] + bytes(99),
    "a length that never ends": lambda body, blocks: _car_head(body) + b"\xff" * 64,
    "a CID of version 0": lambda body, blocks: _car_head(body) + _section(blocks[0][0][2:], blocks[0][1]),
    "its second half missing": lambda body, blocks: body["blocks"][: len(body["blocks"]) // 2],
    "no blocks": lambda body, blocks: _car_head(body),
    "nothing in it": lambda body, blocks: b"",
}


def _car_head(body: dict[str, Any]) -> bytes:
    return write_car(body["commit"], [])


def _falsified(body: dict[str, Any], blocks: Blocks) -> Blocks:
    """The blocks with another record under the CID of the first operation's."""
    record = pairs(("text", text("not what was signed")), ("$type", text("app.bsky.feed.post")))
    return [(cid, record if cid == body["ops"][0]["cid"] else block) for cid, block in blocks]


def as_account(frame: bytes, did: str, seq: int) -> bytes:
    """The commit as if `did` had made it, at another place of the stream; its signature no longer fits."""
    kind, body = read_body(frame)
    _, blocks = libipld.decode_car(body["blocks"])
    commit = bytes(libipld.encode_dag_cbor({**blocks[body["commit"]], "did": did}))
    kept = [(cid, block) for cid, block in blocks_of(body) if cid != body["commit"]]
    root = cid_of(commit)
    car = write_car(root, [(root, commit), *kept])
    return build_frame(kind, {**body, "seq": seq, "repo": did, "commit": root, "blocks": car})


def with_record(body: dict[str, Any], record: bytes) -> bytes:
    """The commit frame with the record of its first operation replaced by the block `record`."""
    op = body["ops"][0]
    kept = [(cid, block) for cid, block in blocks_of(body) if cid != op["cid"]]
    car = write_car(body["commit"], [*kept, (cid_of(record), record)])
    return build_frame("#commit", {**body, "blocks": car, "ops": [{**op, "cid": cid_of(record)}, *body["ops"][1:]]})


def blocks_of(body: dict[str, Any]) -> Blocks:
    """CID and bytes of each block of a commit, in order."""
    _, blocks = libipld.decode_car(body["blocks"])
    return [(bytes(cid), bytes(libipld.encode_dag_cbor(block))) for cid, block in blocks.items()]
