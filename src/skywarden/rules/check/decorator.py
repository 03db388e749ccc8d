"""Read `@rule(on=..., then=..., limit=..., after=...)`: what a rule is on, proposes, how much, and when again."""

from dataclasses import dataclass

from skywarden.model.effect import NO_LIMITS, Limits
from skywarden.rules.check.context import Checks
from skywarden.rules.check.effect_options import check_after, check_limit
from skywarden.rules.check.effects import check_effects, check_needs_limit
from skywarden.rules.check.events import check_on
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import EffectTerm
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import RuleDef

_KEYWORDS = ("on", "then", "limit", "after")
_REQUIRED = ("on", "then")


@dataclass(frozen=True, slots=True)
class Decorator:
    """What stands in @rule(...)."""

    on: tuple[str, ...] = ()
    effects: tuple[EffectTerm, ...] = ()
    limits: Limits = NO_LIMITS
    after_us: int | None = None


def read_decorator(rule: RuleDef, checks: Checks, scope: Scope) -> Decorator:
    """Read every keyword; `scope` is the file's, whose names may stand for durations and texts."""
    context = checks.context
    given = {keyword.name: keyword for keyword in rule.arguments}
    for keyword in rule.arguments:
        if keyword.name not in _KEYWORDS:
            hint = did_you_mean(keyword.name, _KEYWORDS) or f"@rule takes: {', '.join(_KEYWORDS)}"
            context.problem(keyword.span, "decorator", f"{keyword.name}= does not fit @rule", hint=hint)
    for name in _REQUIRED:
        if name not in given:
            context.problem(rule.span, "decorator", f"a rule without {name}=", hint=f"@rule({name}=...)")
    effects = check_effects(given["then"], checks, scope) if "then" in given else ()
    if "limit" not in given and "then" in given:
        check_needs_limit(given["then"], effects, checks)
    on = check_on(given["on"], context) if "on" in given else ()
    return Decorator(
        on=on,
        effects=effects,
        limits=check_limit(given["limit"], checks, scope) if "limit" in given else NO_LIMITS,
        after_us=check_after(given["after"], on, checks, scope) if "after" in given else None,
    )
