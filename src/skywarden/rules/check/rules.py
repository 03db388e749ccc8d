"""Check one rule: its decorator, its local names, its condition, its reason."""

from skywarden.rules.check.context import Context
from skywarden.rules.check.definitions import define
from skywarden.rules.check.effects import check_effects, check_limit
from skywarden.rules.check.events import check_on, check_presence, check_subjects
from skywarden.rules.check.expressions import ExpressionChecker
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.template import check_template
from skywarden.rules.check.unused import unused_locals
from skywarden.rules.core import CheckedRule, Core, EffectTerm, Named, every_node
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import RuleDef
from skywarden.rules.types import Form

_KEYWORDS = ("on", "then", "limit")


def check_rule(rule: RuleDef, file: str, outer: Scope, context: Context) -> CheckedRule:
    """Type one rule; problems go into the context."""
    on, effects, limit = _decorator(rule, context)
    checker = ExpressionChecker(context)
    scope = Scope(outer=outer, later=frozenset(definition.name.name for definition in rule.locals))
    for definition in rule.locals:
        define(definition, scope, checker)
    condition = checker.boolean(rule.condition, scope)
    template, shown = check_template(str(rule.template.value), rule.template.span, scope, context)
    unused_locals(scope, context)
    values = _values(scope, condition, shown)
    if on:
        check_presence(rule, on, [condition, *(core for _, core in values)], context)
        check_subjects(rule, on, effects, context)
    return CheckedRule(rule.name, file, rule.span, on, condition, values, template, effects, limit)


def _decorator(rule: RuleDef, context: Context) -> tuple[tuple[str, ...], tuple[EffectTerm, ...], int | None]:
    on: tuple[str, ...] = ()
    effects: tuple[EffectTerm, ...] = ()
    limit: int | None = None
    for keyword in rule.arguments:
        if keyword.name == "on":
            on = check_on(keyword, context)
        elif keyword.name == "then":
            effects = check_effects(keyword, context)
        elif keyword.name == "limit":
            limit = check_limit(keyword, context)
        else:
            hint = did_you_mean(keyword.name, _KEYWORDS) or f"@rule takes: {', '.join(_KEYWORDS)}"
            context.problem(keyword.span, "decorator", f"{keyword.name}= does not fit @rule", hint=hint)
    for name in ("on", "then"):
        if name not in {keyword.name for keyword in rule.arguments}:
            context.problem(rule.span, "decorator", f"a rule without {name}=", hint=f"@rule({name}=...)")
    return on, effects, limit


def _values(scope: Scope, condition: Core, shown: list[tuple[str, Core]]) -> tuple[tuple[str, Core], ...]:
    """What a hit shows: the template's names, the rule's own, and the file's that its condition uses."""
    found = dict(shown)
    found |= {name: core for name, core in scope.values.items() if core.type.form is not Form.SET}
    for node in every_node([condition, *scope.values.values()]):
        if isinstance(node, Named) and scope.find(node.name) is node.target and node.type.form is not Form.SET:
            found.setdefault(node.name, node.target)
    return tuple(sorted(found.items()))
