"""Turn the values that windows go by into 64-bit hashes, the same in every process and on every machine."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from skywarden.engine.columns import Column, Flat, Lists, Text, known_rows, spread_rows
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.rules.plan.nodes import Node

Hashes = npt.NDArray[np.uint64]
_REMEMBERED = 1 << 17
"""Texts whose hash is kept: accounts come back, and looking up is thirty times cheaper than hashing."""
_FEW = 256
"""Up to so many texts, hashing each is cheaper than finding the different ones first."""
_ZERO = np.uint64(0)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _hash(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Hash each value, or each element of lists; unknown stays unknown."""
    match args[0]:
        case Lists(parents=parents, items=items, valid=valid):
            return Lists(parents, _hash_flat(items), valid)
        case Flat() | Text() as column:
            return _hash_flat(column)


def _hash_flat(column: Flat | Text) -> Flat:
    if isinstance(column, Flat):
        return Flat(_mix(column.values.astype(np.int64).view(np.uint64)), column.valid)
    array = column.array
    valid = known_rows(array)
    if len(array) <= _FEW:
        made = [0 if entry is None else _hash_text(entry) for entry in array.to_pylist()]
        return Flat(np.array(made, dtype=np.uint64), valid)
    coded = array.dictionary_encode()
    found = np.array([_hash_text(entry) for entry in coded.dictionary.to_pylist()] or [0], dtype=np.uint64)
    return Flat(np.where(valid, found[coded.indices.fill_null(0).to_numpy(zero_copy_only=False)], _ZERO), valid)


@lru_cache(maxsize=_REMEMBERED)
def _hash_text(value: str) -> int:
    """Cryptographic, so that nobody can choose texts that fall on one key."""
    return int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "little")


def _mix(values: Hashes) -> Hashes:
    """Spread neighbouring numbers apart (splitmix64's finaliser)."""
    mixed = values + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return mixed ^ (mixed >> np.uint64(31))


def _key(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """One hash a row, or one an element where a key is a list; unknown when one part is."""
    group = next((arg for arg in args if isinstance(arg, Lists)), None)
    length = len(frame) if group is None else len(group.parents)
    hashes, valid = np.zeros(length, dtype=np.uint64), np.ones(length, dtype=np.bool_)
    for arg in args:
        part = flat(arg.items if isinstance(arg, Lists) else arg)
        if group is not None and arg is not group:
            part = flat(spread_rows(part, group.parents))
        hashes = hashes + part.values if len(args) == 1 else _mix(hashes ^ part.values)
        valid = valid & part.valid
    joined = Flat(hashes, valid)
    return joined if group is None else Lists(group.parents, joined, group.valid)


KEYS: dict[str, Operator] = {"hash": _hash, "key": _key}
