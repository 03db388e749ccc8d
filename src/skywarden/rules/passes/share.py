"""Make equal sub-expressions of all rules one node, so that the plan computes each once."""

from skywarden.rules.core import Apply, Column, Const, Core, Element, Named, Quantify, Window
from skywarden.rules.passes.rewrite import Memo, rewrite

_Key = tuple[object, ...]


class Sharing:
    """The table of nodes seen so far; trees that went through one `Sharing` are equal exactly when identical.

    Elements of one type are one node; which list an element is of, the plan knows from the `Quantify` around it.
    """

    def __init__(self) -> None:
        self._nodes: dict[_Key, Core] = {}
        self._memo: Memo = {}
        self._kept: list[Core] = []

    def share(self, node: Core) -> Core:
        """The one node that stands for `node`."""
        self._kept.append(node)  # keeps ids of the memo from being used again
        return rewrite(node, self._memo, self._one)

    def _one(self, node: Core) -> Core:
        return self._nodes.setdefault(_key(node), node)


def _key(node: Core) -> _Key:
    """What makes a node equal to another, given that its operands are shared already."""
    match node:
        case Const():
            return ("const", node.type, type(node.value), node.value)
        case Column():
            return ("column", node.name, node.type)
        case Element():
            return ("element", node.type)
        case Apply():
            return ("apply", node.op, node.type, node.params, *map(id, node.args))
        case Quantify():
            return ("quantify", node.op, id(node.items), id(node.condition))
        case Window():
            parts = tuple(None if part is None else id(part) for part in (node.value, node.member, node.where))
            return ("window", node.op, node.over_us, node.exact, node.params, parts, *map(id, node.keys))
        case Named():
            return ("named", node.name, id(node.target))
