"""Put an expression in a few words, for the sentence of a problem that points elsewhere."""

from skywarden.rules.check.ranges import Demand
from skywarden.rules.core import Apply, Column, Const, Core, Element, Named, Quantify, Window
from skywarden.rules.parameters import shown
from skywarden.rules.types import Type

_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


def in_words(node: Core) -> str:
    """A name as it is written; of anything else the function and its first operand."""
    match node:
        case Named(name=name):
            return name
        case Const(value=value, type=kind):
            return _constant(value, kind)
        case Column(name=name):
            return name
        case Element():
            return "an element"
        case Apply(op=op, args=(first, *rest)):
            sign = _SIGNS.get(op.removeprefix("text_"))
            if sign is not None:
                return f"{in_words(first)} {sign} {in_words(rest[0])}"
            return f"{op.removeprefix('list_')}({in_words(first)}{', ...' if rest else ''})"
        case Apply(op=op) | Quantify(op=op) | Window(op=op):
            return f"{op}(...)"


def demand_in_words(demand: Demand) -> str:
    """`author.posts > 5`; of a bool `post.is_reply` or `not post.is_reply`."""
    value = in_words(demand.value)
    if demand.constant is True:
        return value if demand.op == "eq" else f"not {value}"
    return f"{value} {_SIGNS[demand.op]} {_constant(demand.constant, demand.type)}"


def _constant(value: bool | int | float | str, kind: Type) -> str:
    return shown(value, kind).strip('"') if not isinstance(value, str) else repr(value)
