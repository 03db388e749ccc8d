"""Put named values in the place of their names."""

from skywarden.rules.core import Core, Named
from skywarden.rules.passes.rewrite import Memo, rewrite


def inline_names(node: Core, memo: Memo) -> Core:
    """Replace every `Named` by its value; a value used twice stays one node."""
    return rewrite(node, memo, _value)


def _value(node: Core) -> Core:
    return node.target if isinstance(node, Named) else node
