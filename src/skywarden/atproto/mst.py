"""Turn changes of records into Merkle search trees, proofs and, backwards, the root that was there before.

A tree is never changed: each edit copies the nodes on one path and shares the rest, with their encodings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from skywarden.atproto.mst_node import MAX_LAYER, MstNode, key_height, read_root
from skywarden.atproto.operation import MAX_PATH_BYTES, RepoOp
from skywarden.kernel.errors import Rejected

__all__ = ["Mst", "invert"]


class Mst:
    """A Merkle search tree from path to the raw CID of a record; edits give a new tree.

    A tree loaded from a proof holds only some of its nodes: an edit that needs another raises `mst-block-missing`.
    """

    __slots__ = ("_top",)

    def __init__(self, top: MstNode) -> None:
        self._top = top

    @classmethod
    def empty(cls) -> "Mst":
        """The tree without records."""
        return cls(MstNode(0, (), (), (None,)))

    @classmethod
    def load(cls, root: bytes, blocks: Mapping[bytes, bytes]) -> "Mst":
        """Read a tree; only its root at first, every other node when it is needed. Raises: Rejected."""
        return cls(read_root(root, blocks))

    @property
    def root(self) -> bytes:
        """Raw CID of the root."""
        return self._top.cid

    def get(self, path: str) -> bytes | None:
        """Give the record's CID at `path`."""
        key = path.encode()
        node: MstNode | None = self._top
        while node is not None:
            index, found = node.opened().find(key)
            if found:
                return node.values[index]
            node = node.subs[index]
        return None

    def add(self, path: str, cid: bytes) -> "Mst":
        """Give a tree with one more record. Raises: Rejected (`mst-path-exists`)."""
        key = _key(path)
        if self.get(path) is not None:
            raise Rejected("mst-path-exists", place=path, expected="no record yet", found="one")
        return Mst(_insert(self._top, key, cid, key_height(key)))

    def update(self, path: str, cid: bytes) -> "Mst":
        """Give a tree with another record at `path`. Raises: Rejected (`mst-path-missing`)."""
        return Mst(_replace(self._top, path.encode(), cid))

    def delete(self, path: str) -> "Mst":
        """Give a tree without the record at `path`. Raises: Rejected (`mst-path-missing`)."""
        return Mst(_lowered(_remove(self._top, path.encode())))

    def entries(self, *, partial: bool = False) -> Iterator[tuple[str, bytes]]:
        """Walk all records in the order of their paths; with `partial` pass over subtrees that are not at hand.

        Raises: Rejected when a node is malformed or, without `partial`, absent.
        """
        return _walk(self._top, partial)

    def blocks(self) -> Iterator[tuple[bytes, bytes]]:
        """Walk all nodes, parents first: CID and block."""
        return _walk_nodes(self._top)

    def proof_blocks(self, paths: Iterable[str]) -> dict[bytes, bytes]:
        """Collect the nodes that prove these paths and let their changes be inverted.

        For each path: the nodes down to it, and, where a record stands, the spines of the subtrees at its sides
        (deleting it merges them). What a commit changed is among them.
        """
        proof: dict[bytes, bytes] = {}
        for path in paths:
            for node in _covering(self._top, path.encode()):
                proof[node.cid] = node.block
        return proof


def invert(root: bytes, blocks: Mapping[bytes, bytes], ops: Sequence[RepoOp]) -> bytes:
    """Undo a commit's operations on its tree; give the root that the tree had before.

    Raises: Rejected when an operation is not what the tree holds, or a needed node is missing.
    """
    paths = {op.path for op in ops}
    if len(paths) != len(ops):
        raise Rejected("mst-op-duplicate", expected="one operation a path", found=f"{len(ops)} for {len(paths)} paths")
    tree = Mst.load(root, blocks)
    for op in sorted(ops, key=lambda op: (op.action != "delete", op.path)):
        tree = _undo(tree, op)
    return tree.root


def _undo(tree: Mst, op: RepoOp) -> Mst:
    if op.action == "delete":
        if op.prev is None or op.cid is not None:
            raise Rejected("mst-op-prev", place=op.path, expected="prev and no cid", found="otherwise")
        return tree.add(op.path, op.prev)
    if op.cid is None or tree.get(op.path) != op.cid:
        raise Rejected("mst-op-cid", place=op.path, expected="the CID that the tree holds", found="another")
    if op.action == "create":
        return tree.delete(op.path)
    if op.prev is None:
        raise Rejected("mst-op-prev", place=op.path, expected="prev of an update", found="none")
    return tree.update(op.path, op.prev)


def _key(path: str) -> bytes:
    key = path.encode()
    if not 0 < len(key) <= MAX_PATH_BYTES:
        raise Rejected("mst-path", expected=f"a path of 1 to {MAX_PATH_BYTES} bytes", found=str(len(key)))
    return key


def _insert(node: MstNode, key: bytes, cid: bytes, height: int) -> MstNode:
    """Put a key that is not there under `node`, whatever the layer of either."""
    node.opened()
    if height > MAX_LAYER:
        raise Rejected("mst-too-deep", place=repr(key), expected=f"at most {MAX_LAYER} layers", found=str(height))
    if height > node.layer:
        left, right = _split(node, key)
        return MstNode(height, (key,), (cid,), (_raised(left, height - 1), _raised(right, height - 1)))
    index, _ = node.find(key)
    sub = node.subs[index]
    if height == node.layer:
        left, right = (None, None) if sub is None else _split(sub, key)
        keys = (*node.keys[:index], key, *node.keys[index:])
        values = (*node.values[:index], cid, *node.values[index:])
        return MstNode(node.layer, keys, values, (*node.subs[:index], left, right, *node.subs[index + 1 :]))
    if sub is None:
        leaf = MstNode(height, (key,), (cid,), (None, None))
        return _with_sub(node, index, _raised(leaf, node.layer - 1))
    return _with_sub(node, index, _insert(sub, key, cid, height))


def _replace(node: MstNode, key: bytes, cid: bytes) -> MstNode:
    index, found = node.opened().find(key)
    if found:
        values = (*node.values[:index], cid, *node.values[index + 1 :])
        return MstNode(node.layer, node.keys, values, node.subs)
    sub = node.subs[index]
    if sub is None:
        raise _missing(key)
    return _with_sub(node, index, _replace(sub, key, cid))


def _remove(node: MstNode, key: bytes) -> MstNode | None:
    """Take a key out; None when nothing is left of the node."""
    index, found = node.opened().find(key)
    if not found:
        sub = node.subs[index]
        if sub is None:
            raise _missing(key)
        return _unless_empty(_with_sub(node, index, _remove(sub, key)))
    merged = _merge(node.subs[index], node.subs[index + 1])
    keys = (*node.keys[:index], *node.keys[index + 1 :])
    values = (*node.values[:index], *node.values[index + 1 :])
    return _unless_empty(MstNode(node.layer, keys, values, (*node.subs[:index], merged, *node.subs[index + 2 :])))


def _split(node: MstNode, key: bytes) -> tuple[MstNode | None, MstNode | None]:
    """Part a subtree into what is below `key` and what is above."""
    index, _ = node.opened().find(key)
    sub = node.subs[index]
    low, high = (None, None) if sub is None else _split(sub, key)
    left = MstNode(node.layer, node.keys[:index], node.values[:index], (*node.subs[:index], low))
    right = MstNode(node.layer, node.keys[index:], node.values[index:], (high, *node.subs[index + 1 :]))
    return _unless_empty(left), _unless_empty(right)


def _merge(left: MstNode | None, right: MstNode | None) -> MstNode | None:
    """Join two neighbours of one layer."""
    if left is None or right is None:
        return left or right
    left.opened(), right.opened()
    middle = _merge(left.subs[-1], right.subs[0])
    subs = (*left.subs[:-1], middle, *right.subs[1:])
    return MstNode(left.layer, left.keys + right.keys, left.values + right.values, subs)


def _with_sub(node: MstNode, index: int, sub: MstNode | None) -> MstNode:
    return MstNode(node.layer, node.keys, node.values, (*node.subs[:index], sub, *node.subs[index + 1 :]))


def _unless_empty(node: MstNode) -> MstNode | None:
    return node if node.keys or node.subs[0] is not None else None


def _raised(node: MstNode | None, layer: int) -> MstNode | None:
    """Put nodes without keys above `node` until it reaches `layer`."""
    while node is not None and node.layer < layer:
        node = MstNode(node.layer + 1, (), (), (node,))
    return node


def _lowered(node: MstNode | None) -> MstNode:
    """Take off roots without keys."""
    while node is not None and not node.opened().keys and node.subs[0] is not None:
        node = node.subs[0]
    return MstNode(0, (), (), (None,)) if node is None else node


def _covering(node: MstNode | None, key: bytes) -> Iterator[MstNode]:
    while node is not None:
        index, found = node.opened().find(key)
        yield node
        if found:
            yield from _spine(node.subs[index], -1)
            yield from _spine(node.subs[index + 1], 0)
            return
        node = node.subs[index]


def _spine(node: MstNode | None, side: int) -> Iterator[MstNode]:
    while node is not None:
        yield node.opened()
        node = node.subs[side]


def _walk(node: MstNode, partial: bool) -> Iterator[tuple[str, bytes]]:
    node.opened()
    for index, sub in enumerate(node.subs):
        if sub is not None and not (partial and sub.absent):
            yield from _walk(sub, partial)
        if index < len(node.keys):
            yield node.keys[index].decode(), node.values[index]


def _walk_nodes(node: MstNode) -> Iterator[tuple[bytes, bytes]]:
    yield node.cid, node.block
    for sub in node.subs:
        if sub is not None:
            yield from _walk_nodes(sub)


def _missing(key: bytes) -> Rejected:
    return Rejected("mst-path-missing", place=repr(key), expected="a record", found="none")
