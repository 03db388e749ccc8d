"""Turn a plan's sets and constants into what its operators look things up in, once a plan."""

from collections.abc import Iterator

from skywarden.detectors.text.hashing import DEFAULT_KEY, HashKey
from skywarden.detectors.text.members import Members
from skywarden.detectors.text.scan import scanner_of
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
    return Lookups(key, sets, values, _patterns(plan), words, lookalikes)


def _patterns(plan: Plan) -> dict[str, tuple[tuple[str, ...], int]]:
    """Where each pattern is found: all patterns of a scope on one text are scanned for at once."""
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    for scope in plan.scopes:
        asked: dict[int, dict[str, str]] = {}
        for node in scope.nodes:
            if node.op == "matches":
                asked.setdefault(node.args[0], {})[node.digest] = str(node.params[0])
        for by_digest in asked.values():
            group = tuple(sorted(set(by_digest.values())))
            scanner_of(group)
            found |= {digest: (group, group.index(pattern)) for digest, pattern in by_digest.items()}
    return found


def _nodes(plan: Plan, op: str) -> Iterator[Node]:
    return (node for scope in plan.scopes for node in scope.nodes if node.op == op)


def _sets_of(plan: Plan, op: str) -> set[str]:
    """The sets that nodes of one operator look something up in."""
    return {param.name for node in _nodes(plan, op) for param in node.params if isinstance(param, SetRef)}


def _texts(node: Node) -> list[str]:
    values = node.params[0]
    assert isinstance(values, tuple)
    return list(values)
