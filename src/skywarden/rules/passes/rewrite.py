"""Rebuild a typed tree bottom-up, each node once however often it is used."""

from collections.abc import Callable
from dataclasses import replace

from skywarden.rules.core import Apply, Core, Named, Quantify, Window

Memo = dict[int, Core]
Pass = Callable[[Core, Memo], Core]
"""A pass takes a tree and what it has made of shared parts so far, keyed by `id`."""


def rewrite(node: Core, memo: Memo, change: Callable[[Core], Core]) -> Core:
    """Apply `change` to every node after its operands. Shape: one tree -> one tree, sharing kept."""
    done = memo.get(id(node))
    if done is None:
        done = change(_with_operands(node, memo, change))
        memo[id(node)] = done
    return done


def _with_operands(node: Core, memo: Memo, change: Callable[[Core], Core]) -> Core:
    """The node over its rewritten operands; the node itself where they are as they were."""
    if isinstance(node, Apply):
        args = tuple([rewrite(arg, memo, change) for arg in node.args])
        return node if args == node.args else Apply(node.span, node.type, node.op, args, node.params)
    if isinstance(node, Named):
        target = rewrite(node.target, memo, change)
        return node if target is node.target else Named(node.span, node.type, node.name, target)
    if isinstance(node, Quantify):
        items, condition = rewrite(node.items, memo, change), rewrite(node.condition, memo, change)
        same = items is node.items and condition is node.condition
        return node if same else replace(node, items=items, condition=condition)
    return _window(node, memo, change) if isinstance(node, Window) else node


def _window(node: Window, memo: Memo, change: Callable[[Core], Core]) -> Window:
    keys = tuple([rewrite(key, memo, change) for key in node.keys])
    parts = (node.value, node.member, node.where)
    value, member, where = (None if part is None else rewrite(part, memo, change) for part in parts)
    if keys == node.keys and (value, member, where) == parts:
        return node
    return replace(node, keys=keys, value=value, member=member, where=where)
