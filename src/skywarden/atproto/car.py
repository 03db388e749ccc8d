"""Turn CAR v1 bytes into blocks by CID and back, with every block's hash checked when it is used.

A CAR is a header {roots, version: 1} and sections, each a length (unsigned varint), a CID and a block. Lengths are
checked against the bytes that are there, so a lying one costs nothing.
"""

import mmap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from skywarden.atproto.cbor import decode_map, encode
from skywarden.atproto.cid import CID_BYTES, CID_PREFIXES, DAG_CBOR_PREFIX, is_block_of
from skywarden.atproto.node import Link
from skywarden.kernel.errors import Rejected

MAX_COMMIT_CAR_BYTES: Final = 2_000_000
"""Most that the blocks of one commit message may take (PROTOCOL 40)."""
MAX_REPO_CAR_BYTES: Final = 4 << 30
_MAX_HEADER_BYTES = 8_192
_MAX_VARINT_BYTES = 9

_ONE_ROOT_START = b"\x3a\xa2\x65roots\x81\xd8\x2a\x58\x25\x00"
_ONE_ROOT_END = b"\x67version\x01"
_ONE_ROOT_BYTES = len(_ONE_ROOT_START) + CID_BYTES + len(_ONE_ROOT_END)


@dataclass(frozen=True, slots=True)
class Car:
    """A CAR in memory. `blocks` is keyed by raw CID; whether hashes were checked is up to who read it."""

    roots: tuple[bytes, ...]
    blocks: dict[bytes, bytes]

    def block(self, cid: bytes) -> bytes:
        """Give one block, its hash checked. Raises: Rejected when it is absent or not what the CID names."""
        return checked_block(self.blocks, cid)


def read_car(data: bytes, *, max_bytes: int = MAX_COMMIT_CAR_BYTES, verify_hashes: bool = True) -> Car:
    """Read a whole CAR.

    Raises: Rejected (`car-...`) for bad lengths, headers and CIDs, and, with `verify_hashes`, for a block that its CID
    does not name. Without it, take each block through `Car.block`. Of blocks with the same CID the first counts.
    """
    _check_size(len(data), max_bytes)
    roots, at = read_header(data)
    blocks: dict[bytes, bytes] = {}
    for cid, start, end in _sections(data, at):
        if cid not in blocks:
            blocks[cid] = data[start:end]
    if verify_hashes:
        for cid, block in blocks.items():
            if not is_block_of(block, cid):
                raise _false_hash(cid)
    return Car(roots, blocks)


def checked_block(blocks: Mapping[bytes, bytes], cid: bytes) -> bytes:
    """Give one block out of many, its hash checked."""
    block = blocks.get(cid)
    if block is None:
        raise Rejected("car-block-missing", expected=f"a block {cid.hex()}", found=f"{len(blocks)} others")
    if not is_block_of(block, cid):
        raise _false_hash(cid)
    return block


def find_block(data: bytes, cid: bytes) -> bytes:
    """Give one block of a CAR without reading the others; its hash proves that it is the right stretch of bytes.

    Raises: Rejected when no stretch after the CID has its hash.
    """
    at = data.find(cid)
    while at > 1:
        # A link in a block has a zero before its CID; a section has its length there, which never ends in zero.
        if data[at - 1]:
            # Most records are of the size whose length takes two bytes, the low seven bits first.
            block = data[at + CID_BYTES : at + (data[at - 1] << 7 | data[at - 2] & 0x7F)]
            if sha256(block).digest() == cid[4:]:
                return block
            other = _block_of_any_length(data, cid, at)
            if other is not None:
                return other
        at = data.find(cid, at + CID_BYTES)
    raise Rejected("car-block-missing", expected=f"a block {cid.hex()}", found="none with that hash")


def write_car(root: bytes, blocks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write a CAR with one root; the blocks in the order given."""
    header = encode({"roots": [Link(root)], "version": 1})
    parts = [_varint(len(header)), header]
    for cid, block in blocks:
        parts += (_varint(CID_BYTES + len(block)), cid, block)
    return b"".join(parts)


def read_header(data: bytes | mmap.mmap) -> tuple[tuple[bytes, ...], int]:
    """Read the roots; say where the first section starts."""
    start = data[:_ONE_ROOT_BYTES]
    if start.startswith(_ONE_ROOT_START) and start.endswith(_ONE_ROOT_END) and len(start) == _ONE_ROOT_BYTES:
        root = start[len(_ONE_ROOT_START) : len(_ONE_ROOT_START) + CID_BYTES]
        if root.startswith(DAG_CBOR_PREFIX):
            return (root,), _ONE_ROOT_BYTES
    length, at = _read_varint(data, 0)
    if not 0 < length <= min(_MAX_HEADER_BYTES, len(data) - at):
        raise _bad("header", at, f"a header within {_MAX_HEADER_BYTES} bytes", f"length {length}")
    header = decode_map(data[at : at + length])
    roots = header.get("roots")
    if header.get("version") != 1 or not isinstance(roots, list) or not roots:
        raise _bad("header", at, "version 1 and at least one root", f"version {header.get('version')!r}")
    links = tuple(bytes(root) for root in roots if isinstance(root, Link))
    if len(links) != len(roots):
        raise _bad("header", at, "links as roots", "something else")
    return links, at + length


def _sections(data: bytes | mmap.mmap, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Walk the sections: CID, start and end of the block."""
    end = len(data)
    while at < end:
        length = data[at]
        if length < 0x80:
            start = at + 1
        else:
            length, start = _read_varint(data, at)
        stop = start + length
        if stop > end:
            raise _bad("truncated", at, f"{length} bytes", f"{end - start}")
        body = start + CID_BYTES
        cid = data[start:body]
        if body > stop or cid[:4] not in CID_PREFIXES:
            raise _bad("cid", start, "a CIDv1 (dag-cbor or raw, sha-256)", cid[: min(length, CID_BYTES)].hex())
        yield cid, body, stop
        at = stop


def _block_of_any_length(data: bytes, cid: bytes, at: int) -> bytes | None:
    """Read the length before the CID backwards, trying each number that it may mean."""
    length = data[at - 1]
    for before in range(at - 2, max(at - 2 - _MAX_VARINT_BYTES, -2), -1):
        block = data[at + CID_BYTES : at + length]
        if length >= CID_BYTES and is_block_of(block, cid):
            return block
        if before < 0 or data[before] < 0x80:
            return None
        length = length << 7 | data[before] & 0x7F
    return None


def _read_varint(data: bytes | mmap.mmap, at: int) -> tuple[int, int]:
    value = 0
    for width, byte in enumerate(data[at : at + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * width)
        if byte < 0x80:
            if byte == 0 and width > 0:
                raise _bad("varint", at, "the shortest form", f"{value} in {width + 1} bytes")
            return value, at + width + 1
    raise _bad("varint", at, f"a length of at most {_MAX_VARINT_BYTES} bytes that ends", "none")


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


class CarFile(Mapping[bytes, bytes]):
    """A CAR on disk as a mapping from CID to checked block; only the index is held in memory.

    Close it, or use it in a `with`; blocks are copied out, so they outlive it.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_REPO_CAR_BYTES) -> None:
        size = path.stat().st_size
        _check_size(size, max_bytes)
        if size == 0:
            raise _bad("header", 0, "a CAR", "an empty file")
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self.roots, at = read_header(self._data)
            self._index = {cid: (start, end) for cid, start, end in _sections(self._data, at)}
        except Rejected:
            self.close()
            raise

    def __enter__(self) -> "CarFile":
        return self

    def __exit__(self, *exit_info: object) -> None:
        self.close()

    def __getitem__(self, cid: bytes) -> bytes:
        start, end = self._index[cid]
        block = self._data[start:end]
        if not is_block_of(block, cid):
            raise _false_hash(cid)
        return block

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def close(self) -> None:
        """Let go of the file."""
        self._data.close()


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise _bad("too-large", 0, f"at most {max_bytes} bytes", str(size))


def _bad(what: str, at: int, expected: str, found: str) -> Rejected:
    return Rejected(f"car-{what}", place=f"byte {at}", expected=expected, found=found)


def _false_hash(cid: bytes) -> Rejected:
    return Rejected("car-block-hash", expected=f"a block with the hash {cid[4:].hex()}", found="another")
