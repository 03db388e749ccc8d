"""Lists: their elements as a column of their own, and what is true for any, all or how many of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.columns import Bools, Column, Flat, Ints, Text, flags, full, spread_rows
from skywarden.engine.operators.contract import Frame, Operator, flat, lists, text
from skywarden.rules.plan.nodes import Node


def _elements(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    return lists(args[0]).items


def _spread(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """A row's value, once for each element of its list."""
    value = args[0]
    assert isinstance(value, Flat | Text)
    return spread_rows(value, lists(args[1]).parents)


def _in_rows(which: Bools, parents: Ints, rows: int) -> Ints:
    """How many elements of each row are flagged."""
    return np.bincount(parents[which], minlength=rows).astype(np.int64)


def _outcomes(args: Sequence[Column]) -> tuple[Ints, Ints, Ints, Bools]:
    """True, false and unknown outcomes of each row's elements, and which rows' lists are known."""
    group = lists(args[0])
    condition = full(flat(args[1]), len(group.parents))
    rows = len(group.valid)
    true = _in_rows(condition.values & condition.valid, group.parents, rows)
    false = _in_rows(~condition.values & condition.valid, group.parents, rows)
    unknown = _in_rows(~condition.valid, group.parents, rows)
    return true, false, unknown, group.valid


def _any_of(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    true, _, unknown, valid = _outcomes(args)
    return Flat(true > 0, valid & ((true > 0) | (unknown == 0)))


def _all_of(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    _, false, unknown, valid = _outcomes(args)
    return Flat(false == 0, valid & ((false > 0) | (unknown == 0)))


def _count_of(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """How many; unknown as soon as one outcome is."""
    true, _, unknown, valid = _outcomes(args)
    return Flat(true, valid & (unknown == 0))


def _list_length(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    group = lists(args[0])
    return Flat(np.bincount(group.parents, minlength=len(group.valid)).astype(np.int64), group.valid)


def _list_has(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Is the value an element? As any(x == value for x in list)."""
    group = lists(args[0])
    items = text(group.items).array
    wanted = text(args[1]).array
    if len(wanted) == 1:
        same = flags(pc.equal(items, wanted[0]))
    else:
        same = flags(pc.equal(items, wanted.take(pa.array(group.parents))))
    return _any_of(node, (group, same), frame)


LISTS: dict[str, Operator] = {
    "elements": _elements,
    "spread": _spread,
    "any_of": _any_of,
    "all_of": _all_of,
    "count_of": _count_of,
    "list_length": _list_length,
    "list_has": _list_has,
}
