"""Give names their values, once each, shallow enough to be followed."""

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.parameters import check_parameter, is_parameter
from skywarden.rules.check.scope import RESERVED, Scope
from skywarden.rules.core import Core, children
from skywarden.rules.syntax.tree import Call, Definition


def define(definition: Definition, scope: Scope, checks: Checks) -> None:
    """Check `name = value` and make the name known; a name is given once and never hides another."""
    name, span = definition.name.name, definition.name.span
    value = _value(definition, scope, checks)
    if name_is_free(name, span, scope, checks):
        scope.give(name, value, span)


def name_is_free(name: str, span: SourceSpan, scope: Scope, checks: Checks) -> bool:
    """Say what keeps a name from being given: it is one of the language's, or stands for something already."""
    context = checks.context
    if name.startswith("_"):
        context.problem(span, "name", f"the name {name} begins with _", hint="choose another name")
    elif name in RESERVED:
        context.problem(span, "name", f"{name} is a word of the language", hint="choose another name")
    elif scope.find(name) is not None:
        context.problem(span, "name", f"{name} is defined twice", hint=_other(name, span, scope))
    else:
        return True
    return False


def _other(name: str, span: SourceSpan, scope: Scope) -> str:
    """Where the name was given first."""
    at: Scope | None = scope
    while at is not None:
        place = at.places.get(name)
        if place is not None:
            return f"choose another name; the other one: line {place.line}"
        at = at.outer
    return "choose another name"


def _value(definition: Definition, scope: Scope, checks: Checks) -> Core:
    node, context = definition.value, checks.context
    if isinstance(node, Call) and is_parameter(node):
        if scope.outer is None:
            return check_parameter(checks, node, scope)
        hint = "declare it at the top of the file"
        return context.problem(node.span, "type", "parameter(...) within a rule", hint=hint)
    value = checks.check(node, scope)
    limit = context.limits.depth_through_names
    if _depth(value, context.depths) > limit:
        expected = f"at most {limit} levels through names (limit depth_through_names)"
        context.problem(definition.name.span, "limit", "nesting too large", expected=expected)
        return poison(definition.name.span)
    return value


def _depth(node: Core, known: dict[int, tuple[Core, int]]) -> int:
    """Levels of a tree. Shape: `known` keeps the nodes, so that their ids stay theirs."""
    found = known.get(id(node))
    if found is None:
        found = known[id(node)] = (node, 1 + max([_depth(child, known) for child in children(node)], default=0))
    return found[1]
