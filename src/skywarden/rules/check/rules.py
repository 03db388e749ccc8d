"""Check one rule: its decorator, its local names, its condition, its reason."""

from skywarden.rules.check.context import Context
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
    values = _values(scope, condition, shown)
    check_reach(condition, [core for _, core in values], context)
    if decorator.on:
        check_presence(rule, decorator.on, [condition, *(core for _, core in values)], context)
        check_state(decorator.on, [condition, *(core for _, core in values)], context)
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


def _values(scope: Scope, condition: Core, shown: list[tuple[str, Core]]) -> tuple[tuple[str, Core], ...]:
    """What a hit shows: the template's names, the rule's own, and the file's that its condition uses."""
    found = dict(shown)
    found |= {name: core for name, core in scope.values.items() if core.type.form is not Form.SET}
    for node in every_node([condition, *scope.values.values()]):
        if isinstance(node, Named) and scope.find(node.name) is node.target and node.type.form is not Form.SET:
            found.setdefault(node.name, node.target)
    return tuple(sorted(found.items()))
