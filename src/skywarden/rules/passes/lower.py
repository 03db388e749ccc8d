"""Spell case-insensitive text functions as exact ones over folded text, so that each text is folded once."""

from skywarden.rules.core import Apply, Core
from skywarden.rules.passes.rewrite import Memo, rewrite
from skywarden.rules.types import STR

_SEARCHES = frozenset({"contains", "starts_with", "ends_with"})


def lower_case_folding(node: Core, memo: Memo) -> Core:
    """`contains(x, "A")` becomes `contains(fold(x), "a")`; word lists are looked up in folded text."""
    return rewrite(node, memo, _lower)


def _lower(node: Core) -> Core:
    if not isinstance(node, Apply):
        return node
    if node.op == "contains_any":
        return Apply(node.span, node.type, "contains_any", (_folded(node.args[0]),), node.params)
    if node.op in _SEARCHES and len(node.params) == 2:
        part, exact = str(node.params[0]), bool(node.params[1])
        if exact:
            return Apply(node.span, node.type, node.op, node.args, (part,))
        return Apply(node.span, node.type, node.op, (_folded(node.args[0]),), (part.casefold(),))
    return node


def _folded(text: Core) -> Core:
    return Apply(text.span, STR, "fold", (text,))
