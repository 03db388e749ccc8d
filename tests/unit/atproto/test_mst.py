"""The tree: one set of records has one root, a proof lets its commit be inverted, malformed nodes are refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_data import INTEROP, json_cases, line_cases
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of, cid_parse, cid_text
from skywarden.atproto.mst import Mst, invert
from skywarden.atproto.mst_node import MAX_NODE_ENTRIES, key_height, shared_prefix
from skywarden.atproto.node import Link
from skywarden.atproto.operation import RepoOp
from skywarden.kernel.errors import Rejected

LEAF = cid_bytes_of(b"leaf")
OTHER = cid_bytes_of(b"other")
EMPTY_ROOT = "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"

paths = st.lists(
    st.builds("com.example.{}/{:04x}".format, st.sampled_from(["a", "b"]), st.integers(0, 4_000)),
    unique=True,
    max_size=60,
)


def tree_of(keys: list[str], cid: bytes = LEAF) -> Mst:
    tree = Mst.empty()
    for key in keys:
        tree = tree.add(key, cid)
    return tree


@pytest.mark.parametrize("case", json_cases(INTEROP / "mst" / "key_heights.json"))
def test_official_key_heights(case: Any) -> None:
    assert key_height(case["key"].encode()) == case["height"]


@pytest.mark.parametrize("case", json_cases(INTEROP / "mst" / "common_prefix.json"))
def test_official_common_prefixes(case: Any) -> None:
    assert shared_prefix(case["left"].encode(), case["right"].encode()) == case["len"]


def test_the_official_example_keys_stand_in_one_layer_each_of_six() -> None:
    keys = line_cases(INTEROP / "mst" / "example_keys.txt")
    if len(keys) < 2:
        pytest.skip("shared data is absent: example_keys.txt")
    assert {key_height(key.encode()) for key in keys} == set(range(6))
    assert [key for key, _ in tree_of(keys).entries()] == sorted(keys)


@pytest.mark.parametrize("case", json_cases(INTEROP / "firehose" / "commit-proof-fixtures.json"))
def test_official_proofs_hold_exactly_their_blocks_and_can_be_inverted(case: Any) -> None:
    leaf = cid_parse(case["leafValue"])
    tree = tree_of(case["keys"], leaf)
    before = tree.root
    assert cid_text(before) == case["rootBeforeCommit"]
    for key in case["adds"]:
        tree = tree.add(key, leaf)
    for key in case["dels"]:
        tree = tree.delete(key)
    assert cid_text(tree.root) == case["rootAfterCommit"]
    proof = tree.proof_blocks(case["adds"] + case["dels"])
    assert {cid_text(cid) for cid in proof} == set(case["blocksInProof"])
    ops = [RepoOp("create", key, leaf) for key in case["adds"]]
    ops += [RepoOp("delete", key, None, leaf) for key in case["dels"]]
    assert invert(tree.root, proof, ops) == before


def test_the_empty_tree_has_its_known_root() -> None:
    assert cid_text(Mst.empty().root) == EMPTY_ROOT
    assert list(Mst.empty().entries()) == []


@given(paths, st.randoms())
def test_the_order_of_insertion_does_not_change_the_root(keys: list[str], random: Any) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)
    assert tree_of(keys).root == tree_of(shuffled).root


@given(paths, paths)
def test_adding_and_deleting_gives_the_tree_that_never_had_them(kept: list[str], passing: list[str]) -> None:
    tree = tree_of(kept)
    extra = [key for key in passing if key not in kept]
    for key in extra:
        tree = tree.add(key, LEAF)
    for key in extra:
        tree = tree.delete(key)
    assert tree.root == tree_of(kept).root


@settings(max_examples=200)
@given(paths, paths, st.data())
def test_a_commit_is_inverted_with_its_proof_alone(old: list[str], wanted: list[str], data: st.DataObject) -> None:
    before = tree_of(old)
    tree, ops = before, []
    for path in wanted[:12]:
        if path not in old:
            tree = tree.add(path, OTHER)
            ops.append(RepoOp("create", path, OTHER, None))
        elif data.draw(st.booleans()):
            tree = tree.update(path, OTHER)
            ops.append(RepoOp("update", path, OTHER, LEAF))
        else:
            tree = tree.delete(path)
            ops.append(RepoOp("delete", path, None, LEAF))
    proof = tree.proof_blocks(op.path for op in ops)
    changed = dict(tree.blocks()).keys() - dict(before.blocks()).keys()
    assert changed <= proof.keys()
    if ops:
        assert invert(tree.root, proof, ops) == before.root


@given(paths)
def test_a_stored_tree_is_read_back(keys: list[str]) -> None:
    tree = tree_of(keys)
    again = Mst.load(tree.root, dict(tree.blocks()))
    assert list(again.entries()) == [(key, LEAF) for key in sorted(keys)]
    assert all(again.get(key) == LEAF for key in keys)
    assert again.get("com.example.c/none") is None


@pytest.mark.parametrize(
    "op, reason",
    [
        (RepoOp("create", "com.example.a/0001", OTHER), "mst-op-cid"),
        (RepoOp("create", "com.example.a/9999", LEAF), "mst-op-cid"),
        (RepoOp("update", "com.example.a/0001", LEAF), "mst-op-prev"),
        (RepoOp("delete", "com.example.a/0001", None, LEAF), "mst-path-exists"),
        (RepoOp("delete", "com.example.a/9999", None, None), "mst-op-prev"),
        (RepoOp("delete", "com.example.a/9999", LEAF, LEAF), "mst-op-prev"),
    ],
)
def test_an_operation_that_the_tree_does_not_bear_out_is_refused(op: RepoOp, reason: str) -> None:
    tree = tree_of(["com.example.a/0001", "com.example.a/0002"])
    with pytest.raises(Rejected) as error:
        invert(tree.root, dict(tree.blocks()), [op])
    assert error.value.reason == reason


def test_two_operations_on_one_path_are_refused() -> None:
    tree = tree_of(["com.example.a/0001"])
    op = RepoOp("create", "com.example.a/0001", LEAF)
    with pytest.raises(Rejected) as error:
        invert(tree.root, dict(tree.blocks()), [op, op])
    assert error.value.reason == "mst-op-duplicate"


def test_a_proof_without_a_needed_node_is_refused() -> None:
    tree = tree_of([f"com.example.a/{number:04}" for number in range(200)])
    with pytest.raises(Rejected) as error:
        invert(
            tree.root, {tree.root: dict(tree.blocks())[tree.root]}, [RepoOp("delete", "com.example.a/x", None, LEAF)]
        )
    assert error.value.reason == "mst-block-missing"


def test_changing_a_path_that_is_not_there_is_refused() -> None:
    tree = tree_of(["com.example.a/0001"])
    with pytest.raises(Rejected):
        tree.delete("com.example.a/2")
    with pytest.raises(Rejected):
        tree.update("com.example.a/2", LEAF)
    with pytest.raises(Rejected):
        tree.add("com.example.a/0001", LEAF)
    with pytest.raises(Rejected):
        tree.add("x" * 2_000, LEAF)


def entry(key: bytes, shared: int = 0, subtree: bytes | None = None) -> dict[str, object]:
    return {"k": key, "p": shared, "t": None if subtree is None else Link(subtree), "v": Link(LEAF)}


LOW = [key for key in (f"com.example.a/{n}".encode() for n in range(60)) if key_height(key) == 0]
HIGH = next(key for key in (f"com.example.a/{n}".encode() for n in range(60)) if key_height(key) > 0)
CHILD = encode({"e": [entry(LOW[0])], "l": None})
CHILD_CID = cid_bytes_of(CHILD)

MALFORMED: dict[str, tuple[object, str]] = {
    "not a map": ([1], "mst-node"),
    "a float": (b"\xa2\x61e\x80\x61l\xfb" + bytes(8), "mst-node"),
    "not canonical": (b"\xa2\x61e\x98\x00\x61l\xf6", "cbor-non-minimal"),
    "text as value": ({"e": [{**entry(LOW[0]), "v": "AAAA"}], "l": None}, "mst-node"),
    "bytes as subtree": ({"e": [entry(HIGH)], "l": b"short"}, "mst-node"),
    "a key that looks like a CID": ({"e": [entry(bytes(LEAF))], "l": None}, "mst-node"),
    "no entries": ({"l": None}, "mst-node"),
    "another field": ({"e": [], "l": None, "x": 1}, "mst-node"),
    "entry without a value": ({"e": [{"k": b"a", "p": 0, "t": None}], "l": None}, "mst-node"),
    "text as key": ({"e": [{**entry(b"a"), "k": "a"}], "l": None}, "mst-node"),
    "keys out of order": ({"e": [entry(LOW[1]), entry(LOW[0][14:], 14)], "l": None}, "mst-key-order"),
    "key twice": ({"e": [entry(LOW[1]), entry(b"", len(LOW[1]))], "l": None}, "mst-key-order"),
    "prefix past the key before": ({"e": [entry(LOW[0], 3)], "l": None}, "mst-node"),
    "prefix that is too short": ({"e": [entry(LOW[0]), entry(LOW[1])], "l": None}, "mst-node"),
    "empty key": ({"e": [entry(b"")], "l": None}, "mst-node"),
    "key of another layer": ({"e": [entry(LOW[0]), entry(HIGH[14:], 14)], "l": None}, "mst-key-height"),
    "subtree below layer 0": ({"e": [entry(LOW[0])], "l": Link(CHILD_CID)}, "mst-node"),
    "root without keys": ({"e": [], "l": Link(CHILD_CID)}, "mst-node"),
    "too wide": ({"e": [entry(b"x")] * (MAX_NODE_ENTRIES + 1), "l": None}, "mst-too-wide"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_node_is_refused_by_name(name: str) -> None:
    value, reason = MALFORMED[name]
    block = value if isinstance(value, bytes) else encode(value)
    with pytest.raises(Rejected) as error:
        list(Mst.load(cid_bytes_of(block), {cid_bytes_of(block): block}).entries())
    assert error.value.reason == reason


def test_a_subtree_outside_its_parents_keys_is_refused() -> None:
    above = encode({"e": [entry(max(LOW, key=lambda key: key > HIGH))], "l": None})
    block = encode({"e": [entry(HIGH)], "l": Link(cid_bytes_of(above))})
    with pytest.raises(Rejected):
        list(Mst.load(cid_bytes_of(block), {cid_bytes_of(block): block, cid_bytes_of(above): above}).entries())


def test_a_node_that_is_not_what_its_cid_names_is_refused() -> None:
    with pytest.raises(Rejected) as error:
        Mst.load(CHILD_CID, {CHILD_CID: CHILD + b"\x00"})
    assert error.value.reason == "mst-block-hash"
