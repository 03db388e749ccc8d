"""Kleene logic: unknown stays unknown unless the other operand decides."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.columns import Column, Flat, Lists, Text, known_rows
from skywarden.engine.operators.contract import Frame, Operator, flat, lists, text
from skywarden.rules.plan.nodes import Node


def _and(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """True when all are, false when one is, else unknown."""
    parts = [flat(arg) for arg in args]
    true = parts[0].values & parts[0].valid
    false = ~parts[0].values & parts[0].valid
    for part in parts[1:]:
        true = true & part.values & part.valid
        false = false | (~part.values & part.valid)
    return Flat(true, true | false)


def _or(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """True when one is, false when all are, else unknown."""
    parts = [flat(arg) for arg in args]
    true = parts[0].values & parts[0].valid
    false = ~parts[0].values & parts[0].valid
    for part in parts[1:]:
        true = true | (part.values & part.valid)
        false = false & ~part.values & part.valid
    return Flat(true, true | false)


def _not(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    return Flat(~flat(args[0]).values, flat(args[0]).valid)


def _known(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    match args[0]:
        case Flat(valid=valid) | Lists(valid=valid):
            known = valid
        case Text(array=array):
            known = known_rows(array)
    return Flat(known, np.ones(len(known), dtype=np.bool_))


def _or_else(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    match args[0]:
        case Flat() as first:
            second = flat(args[1])
            return Flat(np.where(first.valid, first.values, second.values), first.valid | second.valid)
        case Text(array=array):
            return Text(_coalesce(array, text(args[1]).array))
        case Lists() as first:
            return _first_list(first, lists(args[1]))


def _coalesce(first: pa.StringArray, second: pa.StringArray) -> pa.StringArray:
    if len(first) == len(second):
        return pc.coalesce(first, second)
    if len(second) == 1:
        return pc.coalesce(first, second[0])
    return second if not first[0].is_valid else pa.repeat(first[0], len(second))


def _first_list(first: Lists, second: Lists) -> Lists:
    """The rows of `second` where `first` is unknown, merged in the order of rows."""
    keep_first, keep_second = first.valid[first.parents], ~first.valid[second.parents]
    parents = np.concatenate([first.parents[keep_first], second.parents[keep_second]])
    order = np.argsort(parents, kind="stable")
    both = pa.concat_arrays(
        [text(first.items).array.filter(pa.array(keep_first)), text(second.items).array.filter(pa.array(keep_second))]
    )
    return Lists(parents[order], Text(both.take(pa.array(order))), first.valid | second.valid)


LOGIC: dict[str, Operator] = {"and": _and, "or": _or, "not": _not, "known": _known, "or_else": _or_else}
