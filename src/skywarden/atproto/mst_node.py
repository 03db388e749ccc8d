"""Turn one node of a Merkle search tree into its block and back, with every rule of its form checked.

A node of layer n holds the keys whose sha-256 starts with n pairs of zero bits, in order, and between them subtrees
of layer n-1. In the block a key is written as the count of bytes it shares with the key before it, and the rest.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from skywarden.atproto.cbor import decode_map, decode_unsettled
from skywarden.atproto.cid import cid_bytes_of, is_block_of, is_cid_bytes
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
    digest = sha256(key).digest()
    if digest[0]:  # 255 of 256 keys
        return (8 - digest[0].bit_length()) >> 1
    return (256 - int.from_bytes(digest).bit_length()) >> 1


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
        node = cls.__new__(cls)  # without keys until it is opened: most nodes of a proof never are
        node.layer = layer
        node._source = source
        node._bounds = bounds
        node._cid = cid
        node._block = None
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
        form = _form(block)
        if len(form.e) > MAX_NODE_ENTRIES:
            raise Rejected("mst-too-wide", expected=f"at most {MAX_NODE_ENTRIES} entries", found=str(len(form.e)))
        if not form.e and form.l is None and self._bounds is not _NO_BOUNDS:
            raise _bad_form("entries or a subtree", "an empty node")
        self._take(form, source)
        self._block = block

    def _take(self, form: "_Form", source: Mapping[bytes, bytes]) -> None:
        keys = _keys(form.e)
        if self.layer < 0:
            self.layer = key_height(keys[0]) if keys else 0
        self._check_keys(keys)
        edges = (self._bounds[0], *keys, self._bounds[1])
        subs = [self._sub(form.l, edges, 0, source)]
        for index, entry in enumerate(form.e, start=1):
            if not is_cid_bytes(entry.v):
                raise _bad_form("a link as value", entry.v[:40].hex())
            subs.append(self._sub(entry.t, edges, index, source))
        self.keys = keys
        self.values = tuple([entry.v for entry in form.e])
        self.subs = tuple(subs)

    def _check_keys(self, keys: tuple[bytes, ...]) -> None:
        low, high = self._bounds
        for key in keys:
            if not low < key < high:
                raise Rejected("mst-key-order", expected=f"a key between {low!r} and {high!r}", found=repr(key))
            if key_height(key) != self.layer:
                raise Rejected("mst-key-height", expected=f"a key of layer {self.layer}", found=repr(key))
            low = key

    def _sub(
        self, link: bytes | None, edges: tuple[bytes, ...], index: int, source: Mapping[bytes, bytes]
    ) -> "MstNode | None":
        if link is None:
            return None
        if self.layer == 0 or not is_cid_bytes(link):
            raise _bad_form("links as subtrees, and none below layer 0", link[:40].hex())
        return MstNode.unread(link, self.layer - 1, source, (edges[index], edges[index + 1]))


class _Entry(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One key of a node as its block writes it: p bytes of the key before, then k; v the value, t the subtree after."""

    k: bytes
    p: int
    t: bytes | None
    v: bytes


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node as its block writes it; l is the subtree before all keys."""

    e: list[_Entry]
    l: bytes | None  # noqa: E741  # the specification's name


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


def _form(block: bytes) -> _Form:
    """Read a node's block by type. Bytes that are a CID were a link, as canonical bytes re-encode to themselves."""
    try:
        return msgspec.convert(decode_unsettled(block), _Form, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise _bad_form("a map of e and l", str(error)) from error
    except ValueError as error:
        decode_map(block)  # says what is wrong, if it is not a key that looks like a CID
        raise _bad_form("keys that are paths", "others") from error


def _keys(entries: Sequence[_Entry]) -> tuple[bytes, ...]:
    """Unfold the keys. Raises: Rejected where the shared prefix is not the longest, so each tree has one form."""
    keys: list[bytes] = []
    previous = b""
    for entry in entries:
        suffix, shared = entry.k, entry.p
        if not 0 <= shared <= len(previous) or (suffix and suffix[:1] == previous[shared : shared + 1]):
            raise _bad_form("p as the longest shared prefix", str(shared))
        previous = previous[:shared] + suffix
        if not 0 < len(previous) <= MAX_PATH_BYTES:
            raise _bad_form(f"a key of 1 to {MAX_PATH_BYTES} bytes", str(len(previous)))
        keys.append(previous)
    return tuple(keys)


def _encode(node: MstNode) -> bytes:
    """Write the block; by hand, because a commit writes several nodes and a dict for each entry would cost more."""
    parts = [b"\xa2\x61e", _head(0x80, len(node.keys))]
    previous = b""
    for key, value, sub in zip(node.keys, node.values, node.subs[1:], strict=True):
        shared = shared_prefix(previous, key)
        suffix = key[shared:]
        parts += (
            _ENTRY_HEADS[len(suffix)] if len(suffix) < 256 else b"\xa4\x61k" + _head(0x40, len(suffix)),
            suffix,
            _PREFIX_HEADS[shared] if shared < 256 else b"\x61p" + _head(0x00, shared) + b"\x61t",
            b"\xf6" if sub is None else _LINK_HEAD + sub.cid,
            _VALUE_HEAD,
            value,
        )
        previous = key
    left = node.subs[0]
    parts.append(b"\x61l\xf6" if left is None else b"\x61l" + _LINK_HEAD + left.cid)
    return b"".join(parts)


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major | argument,))
    if argument < 256:
        return bytes((major | 24, argument))
    return bytes((major | 25, argument >> 8, argument & 255))


_ENTRY_HEADS = [b"\xa4\x61k" + _head(0x40, length) for length in range(256)]
_PREFIX_HEADS = [b"\x61p" + _head(0x00, shared) + b"\x61t" for shared in range(256)]
_VALUE_HEAD = b"\x61v" + _LINK_HEAD


def _bad_form(expected: str, found: str) -> Rejected:
    return Rejected("mst-node", expected=expected, found=found)
