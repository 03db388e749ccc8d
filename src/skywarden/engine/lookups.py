"""Turn a plan's sets and constants into what its operators look things up in, once a plan."""

from collections.abc import Iterator

import pyarrow as pa

from skywarden.detectors.distance.hashes import HashBank
from skywarden.detectors.text.hashing import DEFAULT_KEY, HashKey
from skywarden.detectors.text.members import MOST_SETS, Members
from skywarden.detectors.text.scan import scanner_of
from skywarden.detectors.text.words import LookalikeFinder, WordLists
from skywarden.engine.operators.contract import Lookups
from skywarden.rules.plan.nodes import Node, Plan
from skywarden.rules.source import SetRef


def prepare_lookups(plan: Plan, key: HashKey = DEFAULT_KEY) -> Lookups:
    """Make the tables that the plan's operators need. Every thread of the engine reads them."""
    lookalikes = {ref: LookalikeFinder(plan.entries(ref)) for ref in _sets_of(plan, "looks_like_any")}
    names = {ref: pa.array(sorted(plan.entries(ref)), pa.string()) for ref in _sets_of(plan, "closest")}
    hashes = {ref: HashBank(plan.entries(ref)) for ref in _sets_of(plan, "near_hash")}
    return Lookups(key, _members(plan, key), _patterns(plan), _words(plan), lookalikes, names, hashes)


def _members(plan: Plan, key: HashKey) -> dict[str, tuple[Members, int]]:
    """Where each membership is found: all sets that a scope asks of one text are looked up at once."""
    found: dict[str, tuple[Members, int]] = {}
    made: dict[tuple[frozenset[str], ...], Members] = {}
    for nodes in _by_text(plan, "in_set", "in_values"):
        for start in range(0, len(nodes), MOST_SETS):
            part = nodes[start : start + MOST_SETS]
            sets = tuple(plan.entries(_set_of(node)) if node.op == "in_set" else _texts(node) for node in part)
            if sets not in made:
                made[sets] = Members(sets, key)
            found |= {node.digest: (made[sets], number) for number, node in enumerate(part)}
    return found


def _patterns(plan: Plan) -> dict[str, tuple[tuple[str, ...], int]]:
    """Where each pattern is found: all patterns of a scope on one text are scanned for at once."""
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    for nodes in _by_text(plan, "matches"):
        group = tuple(sorted({str(node.params[0]) for node in nodes}))
        scanner_of(group)
        found |= {node.digest: (group, group.index(str(node.params[0]))) for node in nodes}
    return found


def _words(plan: Plan) -> dict[str, tuple[WordLists, int]]:
    """Where each word list is found: all lists of a scope on one text are looked up at once."""
    found: dict[str, tuple[WordLists, int]] = {}
    made: dict[tuple[SetRef, ...], WordLists] = {}
    for nodes in _by_text(plan, "contains_any"):
        refs = tuple(sorted({_set_of(node) for node in nodes}, key=lambda ref: (ref.name, ref.digest)))
        if refs not in made:
            made[refs] = WordLists([plan.entries(ref) for ref in refs])
        found |= {node.digest: (made[refs], refs.index(_set_of(node))) for node in nodes}
    return found


def _by_text(plan: Plan, *ops: str) -> Iterator[list[Node]]:
    """The nodes of some operators, those of a scope on the same text together."""
    for scope in plan.scopes:
        groups: dict[int, list[Node]] = {}
        for node in scope.nodes:
            if node.op in ops:
                groups.setdefault(node.args[0], []).append(node)
        yield from groups.values()


def _set_of(node: Node) -> SetRef:
    reference = node.params[0]
    assert isinstance(reference, SetRef)
    return reference


def _nodes(plan: Plan, op: str) -> Iterator[Node]:
    return (node for scope in plan.scopes for node in scope.nodes if node.op == op)


def _sets_of(plan: Plan, op: str) -> set[SetRef]:
    """The sets that nodes of one operator look something up in."""
    return {param for node in _nodes(plan, op) for param in node.params if isinstance(param, SetRef)}


def _texts(node: Node) -> frozenset[str]:
    values = node.params[0]
    assert isinstance(values, tuple)
    return frozenset(values)
