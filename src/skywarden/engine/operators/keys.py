"""Turn the values that windows go by into keyed 64-bit hashes, the same in every process and on every machine."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from skywarden.detectors.text.hash_kernel import Hashes
from skywarden.detectors.text.hashing import hash_pairs, hash_texts, hash_values
from skywarden.engine.columns import Column, Flat, Lists, Text, full, known_rows, spread_rows
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.rules.plan.nodes import Node


def hashes_of(array: pa.StringArray, frame: Frame) -> Hashes:
    """The hash of each text, made once a frame whatever asks: windows, sets."""
    name = ("hashes", id(array))
    found = frame.shared.get(name)
    if found is None:
        # The array is kept beside its hashes: while it lives no other array has its id.
        found = frame.shared[name] = (array, hash_texts(array, frame.lookups.hash_key))
    assert isinstance(found, tuple)
    hashes: Hashes = found[1]
    return hashes


def _hash(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Hash each value, or each element of lists; unknown stays unknown."""
    match args[0]:
        case Lists(parents=parents, items=items, valid=valid):
            return Lists(parents, _hash_flat(items, frame), valid)
        case Flat() | Text() as column:
            return _hash_flat(column, frame)


def _hash_flat(column: Flat | Text, frame: Frame) -> Flat:
    if isinstance(column, Flat):
        return Flat(hash_values(column.values.astype(np.int64, copy=False), frame.lookups.hash_key), column.valid)
    return Flat(hashes_of(column.array, frame), known_rows(column.array))


def _key(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """One hash a row, or one an element where a key is a list; unknown when one part is. No part is one key for all."""
    group = next((arg for arg in args if isinstance(arg, Lists)), None)
    length = len(frame) if group is None else len(group.parents)
    if not args:
        return Flat(np.zeros(length, dtype=np.uint64), np.ones(length, dtype=np.bool_))
    joined = _part(args[0], group, length)
    for arg in args[1:]:
        part = _part(arg, group, length)
        hashes = hash_pairs(joined.values, part.values, frame.lookups.hash_key)
        joined = Flat(hashes, joined.valid & part.valid)
    return joined if group is None else Lists(group.parents, joined, group.valid)


def _part(arg: Column, group: Lists | None, length: int) -> Flat:
    """A key's hashes, one a row or, beside a list, one an element of it."""
    part = flat(arg.items if isinstance(arg, Lists) else arg)
    if group is not None and arg is not group:
        part = flat(spread_rows(part, group.parents))
    return full(part, length)


KEYS: dict[str, Operator] = {"hash": _hash, "key": _key}
