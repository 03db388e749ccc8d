"""Type comparisons and membership: `a < b <= c`, `x in list`, `x in wordlist(...)`."""

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Apply, Const, Core, unnamed
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.syntax.tree import Compare, Sequence, Syntax
from skywarden.rules.types import BOOL, STR, Base, Form, Type, equatable, orderable

_NAMES = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def check_compare(checks: Checks, node: Compare, scope: Scope) -> Core:
    """Type a comparison; a chain is the conjunction of its links."""
    links = [
        _link(checks, node, operator, left, right, scope)
        for operator, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False)
    ]
    return links[0] if len(links) == 1 else Apply(node.span, BOOL, "and", tuple(links))


def _link(checks: Checks, node: Compare, operator: str, left: Syntax, right: Syntax, scope: Scope) -> Core:
    if operator in ("in", "not in"):
        found = _membership(checks, node.span, left, right, scope)
        return found if operator == "in" or found.type.is_error else Apply(node.span, BOOL, "not", (found,))
    return _comparison(checks, node.span, operator, checks.check(left, scope), checks.check(right, scope))


def _comparison(checks: Checks, span: SourceSpan, operator: str, left: Core, right: Core) -> Core:
    if left.type.is_error or right.type.is_error:
        return poison(span)
    fits = equatable(left.type, right.type) if operator in ("==", "!=") else orderable(left.type, right.type)
    if not fits:
        found = f"{left.type} {operator} {right.type}"
        hint = _hint(left.type, right.type)
        return checks.context.problem(span, "type", "these types cannot be compared", found=found, hint=hint)
    name = _NAMES[operator]
    return Apply(span, BOOL, f"text_{name}" if left.type.is_text else name, (left, right))


def _hint(left: Type, right: Type) -> str:
    bases = {left.base, right.base}
    if bases == {Base.DURATION, Base.INT}:
        return "give the number a unit: 3 * days"
    if bases == {Base.TIME, Base.DURATION}:
        return "compare a time with a time, or subtract first: event.time - x < 1 * hours"
    if Form.LIST in (left.form, right.form):
        return "use `in`, or any(... for x in list)"
    return ""


def _membership(checks: Checks, span: SourceSpan, left: Syntax, right: Syntax, scope: Scope) -> Core:
    item = checks.check(left, scope)
    if isinstance(right, Sequence):
        return _in_values(checks, span, item, right, scope)
    group = checks.check(right, scope)
    if item.type.is_error or group.type.is_error:
        return poison(span)
    if group.type.form is Form.SET and item.type.is_text:
        target = unnamed(group)
        reference = target.params[0] if isinstance(target, Apply) else ""
        return Apply(span, BOOL, "in_set", (item,), (reference,))
    if group.type.form is Form.LIST and equatable(item.type, group.type.item):
        return Apply(span, BOOL, "list_has", (group, item))
    hint = "write contains(text, part)" if group.type.is_text else ""
    found = f"{item.type} in {group.type}"
    return checks.context.problem(span, "type", "these types cannot be combined", found=found, hint=hint)


def _in_values(checks: Checks, span: SourceSpan, item: Core, values: Sequence, scope: Scope) -> Core:
    """`x in ["a", "b"]`: texts only; the values become part of the operator."""
    texts: list[str] = []
    for value in values.items:
        core = checks.check(value, scope)
        constant = constant_of(core)
        if isinstance(constant, str):
            texts.append(constant)
        elif not core.type.is_error:
            checks.context.problem(core.span, "type", "wrong element", expected="a fixed text", found=str(core.type))
    if item.type.is_error:
        return poison(span)
    if not item.type.is_text:
        expected = f"{STR}, did or uri"
        return checks.context.problem(item.span, "type", "wrong type", expected=expected, found=str(item.type))
    if isinstance(item, Const):
        return Const(span, BOOL, item.value in texts)
    return Apply(span, BOOL, "in_values", (item,), (tuple(sorted(set(texts))),))
