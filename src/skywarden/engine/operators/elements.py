"""Operators that make one value of a list: an element, how many are different, all joined; and that choose."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.columns import Column, Flat, Ints, Lists, Text, full
from skywarden.engine.operators.contract import Frame, Operator, flat, lists, text
from skywarden.rules.plan.nodes import Node


def _sizes(group: Lists) -> Ints:
    return np.bincount(group.parents, minlength=len(group.valid)).astype(np.int64)


def _at(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Element number n of each row, from the end where n is negative; unknown where there is none."""
    number, group = node.params[0], lists(args[0])
    assert isinstance(number, int)
    sizes = _sizes(group)
    starts = np.cumsum(sizes) - sizes
    there = group.valid & ((sizes > number) if number >= 0 else (sizes >= -number))
    places = np.where(there, starts + (number if number >= 0 else sizes + number), 0)
    return Text(text(group.items).array.take(pa.array(places, mask=~there)))


def _different(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """How many different known elements each row has."""
    group = lists(args[0])
    codes = text(group.items).array.dictionary_encode().indices
    known = codes.is_valid().to_numpy(zero_copy_only=False)
    rows = group.parents[known]
    pairs = np.unique(np.stack([rows, codes.drop_null().to_numpy().astype(np.int64)]), axis=1)
    return Flat(np.bincount(pairs[0], minlength=len(group.valid)).astype(np.int64), group.valid)


def _join(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """The known elements of each row, one after the other with the separator between."""
    group = lists(args[0])
    items = text(group.items).array
    known = items.is_valid().to_numpy(zero_copy_only=False)
    sizes = np.bincount(group.parents[known], minlength=len(group.valid))
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(sizes, dtype=np.int32)])
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), items.drop_null()), str(node.params[0]))
    return Text(pc.if_else(pa.array(group.valid), joined, pa.scalar(None, pa.string())))


def _overlap(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """How many different elements both lists of a row have."""
    first, second = lists(args[0]), lists(args[1])
    both = pa.concat_arrays([text(first.items).array, text(second.items).array]).dictionary_encode().indices
    codes = both.fill_null(-1).to_numpy().astype(np.int64)
    sides = []
    for parents, part in ((first.parents, codes[: len(first.parents)]), (second.parents, codes[len(first.parents) :])):
        known = part >= 0
        sides.append(np.unique(np.stack([parents[known], part[known]], axis=1), axis=0))
    shared, times = np.unique(np.concatenate(sides), axis=0, return_counts=True)
    found = np.bincount(shared[times == 2, 0], minlength=len(first.valid)).astype(np.int64)
    return Flat(found, first.valid & second.valid)


def _choose(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """The second operand where the first is true, the third where it is false, unknown where it is."""
    condition, yes, no = flat(args[0]), args[1], args[2]
    length = max(_length(arg) for arg in args)
    chosen = full(condition, length)
    if isinstance(yes, Text):
        mask = pa.array(chosen.values, mask=~chosen.valid)
        return Text(pc.if_else(mask, _stretched(yes, length), _stretched(text(no), length)))
    left, right = full(flat(yes), length), full(flat(no), length)
    values = np.where(chosen.values, left.values, right.values)
    return Flat(values, chosen.valid & np.where(chosen.values, left.valid, right.valid))


def _length(column: Column) -> int:
    return len(column.array) if isinstance(column, Text) else len(column.valid)


def _stretched(column: Text, length: int) -> pa.StringArray:
    array = column.array
    return array if len(array) == length else pa.repeat(array[0], length)


def _absolute(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Without the sign; the least whole number has no positive one."""
    operand = flat(args[0])
    values = np.abs(operand.values)
    return Flat(values, operand.valid & (values >= 0))


ELEMENTS: dict[str, Operator] = {
    "at": _at,
    "different": _different,
    "join": _join,
    "overlap": _overlap,
    "choose": _choose,
    "absolute": _absolute,
}
