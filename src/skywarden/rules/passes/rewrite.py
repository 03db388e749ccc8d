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
    match node:
        case Apply(args=args):
            made = tuple(rewrite(arg, memo, change) for arg in args)
            return node if made == args else replace(node, args=made)
        case Named(target=target):
            return replace(node, target=rewrite(target, memo, change))
        case Quantify():
            items = rewrite(node.items, memo, change)
            return replace(node, items=items, condition=rewrite(node.condition, memo, change))
        case Window():
            return replace(
                node,
                keys=tuple(rewrite(key, memo, change) for key in node.keys),
                value=_rewritten(node.value, memo, change),
                member=_rewritten(node.member, memo, change),
                where=_rewritten(node.where, memo, change),
            )
        case _:
            return node


def _rewritten(node: Core | None, memo: Memo, change: Callable[[Core], Core]) -> Core | None:
    return None if node is None else rewrite(node, memo, change)
