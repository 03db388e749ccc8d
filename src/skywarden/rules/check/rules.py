"""Check one rule: its decorator, its local names, its condition, its reason."""

from itertools import islice

from skywarden.rules.check.context import Context, poison
from skywarden.rules.check.decorator import read_decorator
from skywarden.rules.check.definitions import define
from skywarden.rules.check.events import check_presence, check_subjects
from skywarden.rules.check.expressions import ExpressionChecker
from skywarden.rules.check.never import check_reach
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.state import check_state
from skywarden.rules.check.template import check_template
from skywarden.rules.check.unused import unused_locals
from skywarden.rules.core import CheckedRule, Core, Named, every_node
from skywarden.rules.syntax.tree import RuleDef
from skywarden.rules.types import Form


def check_rule(rule: RuleDef, file: str, outer: Scope, context: Context) -> CheckedRule:
    """Type one rule; problems go into the context."""
    checker = ExpressionChecker(context)
    decorator = read_decorator(rule, checker, outer)
    scope = Scope(outer=outer, later=frozenset(definition.name.name for definition in rule.locals))
    for definition in rule.locals:
        define(definition, scope, checker)
    condition = checker.boolean(rule.condition, scope)
    template, shown = check_template(str(rule.template.value), rule.template.span, scope, context)
    unused_locals(scope, context)
    trees = [condition, *scope.values.values()]
    nodes, of_shown = _nodes(rule, trees, context), _nodes(rule, [core for _, core in shown], context)
    if nodes is None or of_shown is None:
        nodes, of_shown, condition = [], [], poison(rule.condition.span)
    values = _values(scope, nodes, shown)
    nodes += of_shown
    check_reach(condition, nodes, context)
    if decorator.on:
        check_presence(f"rule {rule.name}", decorator.on, nodes, context)
        check_state(decorator.on, nodes, context)
        check_subjects(rule, decorator.on, decorator.effects, context)
    return CheckedRule(
        rule.name,
        file,
        rule.span,
        decorator.on,
        condition,
        values,
        template,
        decorator.effects,
        decorator.limits,
        decorator.after_us,
    )


def _nodes(rule: RuleDef, trees: list[Core], context: Context) -> list[Core] | None:
    """Every node once; None of more than can be gone through quickly, in a rule or in all rules of a file."""
    limits = context.limits
    left = min(limits.nodes_per_rule, limits.nodes_through_names - context.walked)
    found = list(islice(every_node(trees), left + 1))
    context.walked += len(found)
    if len(found) <= left:
        return found
    name = "nodes_per_rule" if left == limits.nodes_per_rule else "nodes_through_names"
    expected = f"at most {getattr(limits, name):,} nodes with all names followed (limit {name})"
    context.problem(rule.span, "limit", "rule too large", expected=expected, hint="use fewer or smaller named values")
    return None


def _values(scope: Scope, nodes: list[Core], shown: list[tuple[str, Core]]) -> tuple[tuple[str, Core], ...]:
    """What a hit shows: the template's names, the rule's own, and the file's that its condition uses."""
    found = dict(shown)
    found |= {name: core for name, core in scope.values.items() if core.type.form is not Form.SET}
    for node in nodes:
        if isinstance(node, Named) and scope.find(node.name) is node.target and node.type.form is not Form.SET:
            found.setdefault(node.name, node.target)
    return tuple(sorted(found.items()))
