"""Turn the values that windows go by into 64-bit hashes, the same in every process and on every machine."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from skywarden.engine.columns import Bools, Column, Flat, Lists, Text, spread_rows
from skywarden.engine.operators.contract import Frame, Operator
from skywarden.rules.plan.nodes import Node

Hashes = npt.NDArray[np.uint64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def hash_values(column: Flat | Text) -> tuple[Hashes, Bools]:
    """Hash each value. Shape: n values -> n hashes (0 where unknown) and which are known."""
    if isinstance(column, Flat):
        return _mix(column.values.astype(np.int64).view(np.uint64)), column.valid
    coded = column.array.dictionary_encode()
    made = np.array([_hash_text(entry) for entry in coded.dictionary.to_pylist()], dtype=np.uint64)
    valid = column.array.is_valid().to_numpy(zero_copy_only=False)
    if not len(made):
        return np.zeros(len(valid), dtype=np.uint64), valid
    indices = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return np.where(valid, made[indices], np.uint64(0)), valid


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
        part = arg.items if isinstance(arg, Lists) else arg
        if group is not None and part is not group.items:
            part = spread_rows(part, group.parents)
        part_hashes, part_valid = hash_values(part)
        hashes = part_hashes + np.zeros(length, np.uint64) if len(args) == 1 else _mix(hashes ^ part_hashes)
        valid = valid & part_valid
    flat = Flat(hashes, valid)
    return flat if group is None else Lists(group.parents, flat, group.valid)


KEYS: dict[str, Operator] = {"key": _key}
