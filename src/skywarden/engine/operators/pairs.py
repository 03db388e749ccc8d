"""Operators on two lists of a row: which elements of one stay, or are found, by those of the other."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from skywarden.detectors.url.misleading import is_misleading
from skywarden.engine.columns import Bools, Column, Flat, Lists, Text
from skywarden.engine.operators.contract import Frame, Operator, flat, lists, text
from skywarden.rules.plan.nodes import Node


def _partners(first: Lists, second: Lists) -> tuple[Bools, Bools]:
    """Elements of both lists that have a partner in the other: those of rows where the lists are as long."""
    rows = len(first.valid)
    paired = np.bincount(first.parents, minlength=rows) == np.bincount(second.parents, minlength=rows)
    return paired[first.parents], paired[second.parents]


def _kept(first: Lists, keep: Bools) -> Lists:
    items = first.items
    if isinstance(items, Text):
        return Lists(first.parents[keep], Text(items.array.filter(pa.array(keep))), first.valid)
    return Lists(first.parents[keep], Flat(items.values[keep], items.valid[keep]), first.valid)


def _without_true(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Elements whose partner is not known to be true."""
    first, second = lists(args[0]), lists(args[1])
    keep = np.ones(len(first.parents), dtype=np.bool_)
    paired, partners = _partners(first, second)
    marks = flat(second.items)
    keep[paired] = ~(marks.values & marks.valid)[partners]
    return _kept(first, keep)


def _misleading_links(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Links whose words name another site."""
    first, second = lists(args[0]), lists(args[1])
    keep = np.zeros(len(first.parents), dtype=np.bool_)
    paired, partners = _partners(first, second)
    if paired.any():
        links = text(first.items).array.filter(pa.array(paired))
        words = text(second.items).array.filter(pa.array(partners))
        pairs = zip(links.to_pylist(), words.to_pylist(), strict=True)
        keep[paired] = [link is not None and said is not None and is_misleading(link, said) for link, said in pairs]
    return _kept(first, keep)


def _list_has_each(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Is each element of the loop's list in another list of its row? The answers are those of `list_has`."""
    group, parents = lists(args[0]), lists(args[2]).parents
    items, wanted = text(group.items).array, text(args[1]).array
    if len(wanted) != len(parents):
        wanted = pa.repeat(wanted[0], len(parents))
    codes = pa.concat_arrays([items, wanted]).dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64)
    held, asked = codes[: len(items)], codes[len(items) :]
    different = int(codes.max(initial=0)) + 2
    found = np.isin(parents * different + asked, group.parents * different + held) & (asked >= 0)
    rows = len(group.valid)
    doubtful = np.bincount(group.parents, weights=held < 0, minlength=rows) > 0
    filled = np.bincount(group.parents, minlength=rows) > 0
    unknown = ~found & (doubtful[parents] | (filled[parents] & (asked < 0)))
    return Flat(found, group.valid[parents] & ~unknown)


PAIRS: dict[str, Operator] = {
    "without_true": _without_true,
    "misleading_links": _misleading_links,
    "list_has_each": _list_has_each,
}
