"""Turn a plan's sets and constants into what its operators look things up in, once a plan."""

from collections.abc import Iterator

from skywarden.detectors.text.hashing import DEFAULT_KEY, HashKey
from skywarden.detectors.text.members import Members
from skywarden.detectors.text.words import LookalikeFinder, WordFinder
from skywarden.engine.operators.contract import Lookups
from skywarden.rules.plan.nodes import Node, Plan
from skywarden.rules.source import SetRef


def prepare_lookups(plan: Plan, key: HashKey = DEFAULT_KEY) -> Lookups:
    """Make the tables that the plan's operators need. Every thread of the engine reads them."""
    sets = {name: Members(plan.sets[name], key) for name in _sets_of(plan, "in_set")}
    values = {node.digest: Members(_texts(node), key) for node in _nodes(plan, "in_values")}
    words = {name: WordFinder(plan.sets[name]) for name in _sets_of(plan, "contains_any")}
    lookalikes = {name: LookalikeFinder(plan.sets[name]) for name in _sets_of(plan, "looks_like_any")}
    return Lookups(key, sets, values, words, lookalikes)


def _nodes(plan: Plan, op: str) -> Iterator[Node]:
    return (node for scope in plan.scopes for node in scope.nodes if node.op == op)


def _sets_of(plan: Plan, op: str) -> set[str]:
    """The sets that nodes of one operator look something up in."""
    return {param.name for node in _nodes(plan, op) for param in node.params if isinstance(param, SetRef)}


def _texts(node: Node) -> list[str]:
    values = node.params[0]
    assert isinstance(values, tuple)
    return list(values)
