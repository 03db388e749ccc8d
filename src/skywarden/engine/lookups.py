"""Turn a plan's sets and constants into what its operators look things up in, once a plan."""

import pyarrow as pa

from skywarden.detectors.text.words import LookalikeFinder, WordFinder
from skywarden.engine.operators.contract import Lookups
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import SetRef


def prepare_lookups(plan: Plan) -> Lookups:
    """Make the tables that the plan's operators need. Every thread of the engine reads them."""
    arrays = {name: pa.array(sorted(entries), pa.string()) for name, entries in plan.sets.items()}
    used = _sets_of(plan, {"contains_any", "looks_like_any"})
    words = {name: WordFinder(plan.sets[name]) for name in used}
    return Lookups(arrays, words, {name: LookalikeFinder(plan.sets[name]) for name in used})


def _sets_of(plan: Plan, ops: set[str]) -> set[str]:
    """The sets that some node of one of the operators looks words up in."""
    nodes = (node for scope in plan.scopes for node in scope.nodes if node.op in ops)
    return {param.name for node in nodes for param in node.params if isinstance(param, SetRef)}
