"""Turn a plan into the plan of some of its rules: the same nodes under the same digests, so the same windows."""

from collections.abc import Collection
from dataclasses import replace

from skywarden.engine.schedule import rule_nodes
from skywarden.rules.catalog.events import AGAIN
from skywarden.rules.plan.nodes import Plan, RulePlan, Scope
from skywarden.rules.source import SetRef


def part_plan(plan: Plan, names: Collection[str]) -> Plan:
    """The plan of some rules alone. What they find is what they find among all: rules share work, never outcomes."""
    scopes = [(scope, [rule for rule in scope.rules if rule.name in names]) for scope in plan.scopes]
    parts = tuple(_part(scope, rules) for scope, rules in scopes if rules)
    sets = {param.name for scope in parts for node in scope.nodes for param in node.params if isinstance(param, SetRef)}
    return Plan(parts, {name: entries for name, entries in plan.sets.items() if name in sets})


def without_asking(plan: Plan) -> Plan:
    """The plan without the hidden rules that ask for later looks: history has the looks that were asked for."""
    return part_plan(plan, {name for name in plan.versions if not name.endswith(AGAIN)})


def _part(scope: Scope, rules: list[RulePlan]) -> Scope:
    kept = sorted(set[int]().union(*(rule_nodes(scope, rule) for rule in rules)))
    places = {number: place for place, number in enumerate(kept)}
    nodes = [replace(node, args=tuple(places[arg] for arg in node.args)) for node in map(scope.nodes.__getitem__, kept)]
    moved = [
        replace(rule, root=places[rule.root], values=tuple((name, places[number]) for name, number in rule.values))
        for rule in rules
    ]
    return Scope(scope.on, tuple(nodes), tuple(moved))
