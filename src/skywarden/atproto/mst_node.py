"""Turn one node of a Merkle search tree into its block and back, with every rule of its form checked.

A node of layer n holds the keys whose sha-256 starts with n pairs of zero bits, in order, and between them subtrees
of layer n-1. In the block a key is written as the count of bytes it shares with the key before it, and the rest.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from skywarden.atproto.cbor import decode_map
from skywarden.atproto.cid import DAG_CBOR_PREFIX, cid_bytes_of, is_block_of
from skywarden.atproto.node import Link, Node
from skywarden.atproto.operation import MAX_PATH_BYTES
from skywarden.kernel.errors import Rejected

MAX_LAYER: Final = 32
"""Layers that a tree may have: 64 leading zero bits are beyond anybody's mining."""
MAX_NODE_ENTRIES: Final = 1_024
"""Entries of one node: 4 are the mean, and above 100 is rarer than once in a trillion by chance."""

_LINK_HEAD = b"\xd8\x2a\x58\x25\x00"
_NO_BOUNDS = (b"", b"\xff")


def key_height(key: bytes) -> int:
    """Count the pairs of zero bits at the start of the key's sha-256: the layer where it lives."""
    return (256 - int.from_bytes(sha256(key).digest()).bit_length()) >> 1


def shared_prefix(left: bytes, right: bytes) -> int:
    """Count the bytes that both start with."""
    length = min(len(left), len(right))
    difference = int.from_bytes(left[:length]) ^ int.from_bytes(right[:length])
    return length - (difference.bit_length() + 7 >> 3)


class MstNode:
    """One node; never changed once made, but read from its block on first use when it came by its CID only.

    `subs[i]` is the subtree before `keys[i]`; the last one comes after all keys.
    """

    __slots__ = ("_block", "_bounds", "_cid", "_source", "keys", "layer", "subs", "values")

    keys: tuple[bytes, ...]
    values: tuple[bytes, ...]
    subs: "tuple[MstNode | None, ...]"

    def __init__(
        self, layer: int, keys: tuple[bytes, ...], values: tuple[bytes, ...], subs: "tuple[MstNode | None, ...]"
    ) -> None:
        self.layer = layer
        self.keys = keys
        self.values = values
        self.subs = subs
        self._source: Mapping[bytes, bytes] | None = None
        self._bounds = _NO_BOUNDS
        self._cid: bytes | None = None
        self._block: bytes | None = None

    @classmethod
    def unread(
        cls, cid: bytes, layer: int, source: Mapping[bytes, bytes], bounds: tuple[bytes, bytes] = _NO_BOUNDS
    ) -> "MstNode":
        """Stand for the node that `cid` names, its keys strictly within `bounds`; `opened` reads it."""
        node = cls(layer, (), (), (None,))
        node._cid = cid
        node._source = source
        node._bounds = bounds
        return node

    def opened(self) -> "MstNode":
        """Give the node itself, read. Raises: Rejected (`mst-...`) when its block is absent or malformed."""
        source = self._source
        if source is not None:
            self._read(source)
            self._source = None
        return self

    @property
    def absent(self) -> bool:
        """Whether the node's block is not at hand, as in a proof."""
        return self._source is not None and self._cid not in self._source

    def find(self, key: bytes) -> tuple[int, bool]:
        """Give the place of `key` among this node's keys, and whether it is there."""
        index = bisect_left(self.keys, key)
        return index, index < len(self.keys) and self.keys[index] == key

    @property
    def cid(self) -> bytes:
        """The node's name; made of its block once."""
        if self._cid is None:
            self._cid = cid_bytes_of(self.block)
        return self._cid

    @property
    def block(self) -> bytes:
        """The node's block; made once."""
        if self._block is None:
            self._block = _encode(self.opened())
        return self._block

    def _read(self, source: Mapping[bytes, bytes]) -> None:
        cid = self._cid
        assert cid is not None
        block = source.get(cid)
        if block is None:
            raise Rejected("mst-block-missing", expected=f"a block {cid.hex()}", found="none: the proof is incomplete")
        if not is_block_of(block, cid):
            raise Rejected("mst-block-hash", expected=f"a block with the hash {cid[4:].hex()}", found="another")
        node = decode_map(block)
        entries = node.get("e")
        if not isinstance(entries, list) or len(node) != 2 or "l" not in node:
            raise _bad_form("a map of e (a list) and l", ", ".join(node))
        if len(entries) > MAX_NODE_ENTRIES:
            raise Rejected("mst-too-wide", expected=f"at most {MAX_NODE_ENTRIES} entries", found=str(len(entries)))
        rows = list(_entries(entries))
        self._take_rows(rows, _link_or_none(node["l"]), source)
        self._block = block

    def _take_rows(
        self, rows: list[tuple[bytes, bytes, bytes | None]], left: bytes | None, source: Mapping[bytes, bytes]
    ) -> None:
        low, high = self._bounds
        if self.layer < 0:
            self.layer = key_height(rows[0][0]) if rows else 0
        keys = tuple(row[0] for row in rows)
        for key in keys:
            if not low < key < high:
                raise Rejected("mst-key-order", expected=f"a key between {low!r} and {high!r}", found=repr(key))
            if key_height(key) != self.layer:
                raise Rejected("mst-key-height", expected=f"a key of layer {self.layer}", found=repr(key))
            low = key
        edges = (self._bounds[0], *keys, high)
        links = (left, *(row[2] for row in rows))
        if self.layer == 0 and any(links):
            raise _bad_form("no subtree below layer 0", "a link")
        if not keys and left is None and self._bounds != _NO_BOUNDS:
            raise _bad_form("entries or a subtree", "an empty node")
        self.keys = keys
        self.values = tuple(row[1] for row in rows)
        self.subs = tuple(
            None if link is None else MstNode.unread(link, self.layer - 1, source, (edges[index], edges[index + 1]))
            for index, link in enumerate(links)
        )


def read_root(cid: bytes, source: Mapping[bytes, bytes]) -> MstNode:
    """Read a tree's root; its layer is the height of its keys.

    Raises: Rejected, also for a root without keys above a subtree: a tree is as low as it can be.
    """
    root = MstNode.unread(cid, -1, source).opened()
    if not root.keys and root.subs[0] is not None:
        raise _bad_form("keys in the root", "only a subtree")
    if root.layer > MAX_LAYER:
        raise Rejected("mst-too-deep", expected=f"at most {MAX_LAYER} layers", found=str(root.layer))
    return root


def _entries(entries: list[Node]) -> Iterator[tuple[bytes, bytes, bytes | None]]:
    """Unfold the entries to key, value and subtree after it."""
    previous = b""
    for entry in entries:
        if not isinstance(entry, dict) or len(entry) != 4:
            raise _bad_form("an entry of k, p, t, v", type(entry).__name__)
        suffix, shared, value = entry.get("k"), entry.get("p"), entry.get("v")
        if type(suffix) is not bytes or type(shared) is not int or not isinstance(value, Link):
            raise _bad_form("k bytes, p integer, v link", f"{type(suffix).__name__}, {type(shared).__name__}")
        if not 0 <= shared <= len(previous) or (suffix[:1] == previous[shared : shared + 1] and suffix):
            raise _bad_form("p as the longest shared prefix", str(shared))
        key = previous[:shared] + suffix
        if not key or len(key) > MAX_PATH_BYTES:
            raise _bad_form(f"a key of 1 to {MAX_PATH_BYTES} bytes", str(len(key)))
        yield key, bytes(value), _link_or_none(entry.get("t", 0))
        previous = key


def _link_or_none(value: Node) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, Link) or not value.startswith(DAG_CBOR_PREFIX):
        raise _bad_form("a link or null as subtree", type(value).__name__)
    return bytes(value)


def _encode(node: MstNode) -> bytes:
    """Write the block. By hand: the generic encoder takes four times as long, and a commit writes several nodes."""
    subs = node.subs
    parts = [b"\xa2\x61e", _head(0x80, len(node.keys))]
    previous = b""
    for index, key in enumerate(node.keys):
        shared = shared_prefix(previous, key)
        suffix = key[shared:]
        parts += (
            b"\xa4\x61k",
            _head(0x40, len(suffix)),
            suffix,
            b"\x61p",
            _head(0x00, shared),
            b"\x61t",
            _subtree(subs[index + 1]),
            b"\x61v",
            _LINK_HEAD,
            node.values[index],
        )
        previous = key
    parts += (b"\x61l", _subtree(subs[0]))
    return b"".join(parts)


def _subtree(node: MstNode | None) -> bytes:
    return b"\xf6" if node is None else _LINK_HEAD + node.cid


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major | argument,))
    if argument < 256:
        return bytes((major | 24, argument))
    return bytes((major | 25, argument >> 8, argument & 255))


def _bad_form(expected: str, found: str) -> Rejected:
    return Rejected("mst-node", expected=expected, found=found)
