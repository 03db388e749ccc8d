"""Give names their values, once each, shallow enough to be followed."""

from skywarden.rules.check.context import Checks
from skywarden.rules.check.scope import RESERVED, Scope
from skywarden.rules.core import Core, children
from skywarden.rules.syntax.tree import Definition


def define(definition: Definition, scope: Scope, checks: Checks) -> None:
    """Check `name = value` and make the name known; a name is given once and never hides another."""
    name, span = definition.name.name, definition.name.span
    context = checks.context
    value = checks.check(definition.value, scope)
    if name.startswith("_"):
        context.problem(span, "name", f"the name {name} begins with _", hint="choose another name")
    elif name in RESERVED:
        context.problem(span, "name", f"{name} is a word of the language", hint="choose another name")
    elif scope.find(name) is not None:
        context.problem(span, "name", f"{name} is defined twice", hint="choose another name")
    else:
        limit = context.limits.depth_through_names
        if _depth(value, {}) > limit:
            expected = f"at most {limit} levels through names (limit depth_through_names)"
            value = context.problem(span, "limit", "nesting too large", expected=expected)
        scope.values[name] = value


def _depth(node: Core, known: dict[int, int]) -> int:
    found = known.get(id(node))
    if found is None:
        found = 1 + max((_depth(child, known) for child in children(node)), default=0)
        known[id(node)] = found
    return found
