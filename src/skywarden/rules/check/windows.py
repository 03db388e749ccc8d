"""Type `count(by=, over=, where=)` and `distinct(x, by=, over=, where=)`, and hold them to their limits."""

from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Core, Quantify, Window, children
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Sequence, Syntax
from skywarden.rules.types import BOOL, DURATION, INT, Base, Form

_KEYWORDS = ("by", "over", "where", "exact")
_SECOND_US = 1_000_000


def check_window(checks: Checks, node: Call, scope: Scope, op: str) -> Core:
    """Type one stateful function."""
    context = checks.context
    if scope.within_elements():
        hint = "a list as key counts for each of its elements: by=post.domains"
        return context.problem(node.span, "type", f"{op} over time cannot stand in a loop", hint=hint)
    wanted = 1 if op == "distinct" else 0
    if len(node.arguments) != wanted:
        expected = f"{op}({'value, ' if wanted else ''}by=..., over=...)"
        return context.problem(node.span, "argument", f"wrong arguments of {op}", expected=expected)
    given: dict[str, Syntax] = {}
    for keyword in node.keywords:
        if keyword.name not in _KEYWORDS:
            hint = did_you_mean(keyword.name, _KEYWORDS)
            return context.problem(keyword.span, "argument", f"{keyword.name}= does not fit here", hint=hint)
        given[keyword.name] = keyword.value
    for name in ("by", "over"):
        if name not in given:
            return context.problem(node.span, "argument", f"{op} without {name}=", hint=f"add {name}=...")
    return _window(checks, node, scope, op, given)


def _window(checks: Checks, node: Call, scope: Scope, op: str, given: dict[str, Syntax]) -> Core:
    keys = _keys(checks, given["by"], scope)
    value = _value(checks, node.arguments[0], scope) if op == "distinct" else None
    where = checks.boolean(given["where"], scope) if "where" in given else None
    exact = _exact(checks, given.get("exact"), scope)
    over = _over(checks, given["over"], scope, exact)
    parts = [*keys, *(part for part in (value, where) if part is not None)]
    if over is None or not keys or any(part.type.is_error for part in parts):
        return poison(node.span)
    if _has_window(parts):
        hint = "a window may not depend on another window"
        return checks.context.problem(node.span, "type", f"{op} over values of a window", hint=hint)
    return Window(node.span, INT, op, keys, value, where, over, exact)


def _keys(checks: Checks, node: Syntax, scope: Scope) -> tuple[Core, ...]:
    parts = node.items if isinstance(node, Sequence) else (node,)
    limit = checks.context.limits.window_keys
    if not 1 <= len(parts) <= limit:
        expected = f"1 to {limit} (limit window_keys)"
        checks.context.problem(node.span, "limit", "wrong number of keys", expected=expected, found=str(len(parts)))
        return ()
    keys = tuple(_value(checks, part, scope) for part in parts)
    lists = [key for key in keys if key.type.form is Form.LIST]
    if len(lists) > 1:
        checks.context.problem(node.span, "type", "more than one list among the keys")
        return ()
    return keys


def _value(checks: Checks, node: Syntax, scope: Scope) -> Core:
    """A key or a counted value: text, whole number, bool, or a list of texts."""
    core = checks.check(node, scope)
    kind = core.type
    if kind.is_error or kind.is_text or kind in (INT, BOOL):
        return core
    if kind.form is Form.LIST and kind.base in (Base.STR, Base.DID, Base.URI):
        return core
    return checks.context.problem(
        node.span, "type", "wrong type for a window", expected="str, did, uri, int, bool or a list", found=str(kind)
    )


def _exact(checks: Checks, node: Syntax | None, scope: Scope) -> bool:
    if node is None:
        return False
    value = constant_of(checks.check(node, scope))
    if not isinstance(value, bool):
        checks.context.problem(node.span, "type", "wrong value of exact", expected="True or False")
    return bool(value)


def _over(checks: Checks, node: Syntax, scope: Scope, exact: bool) -> int | None:
    core = checks.check(node, scope)
    if core.type.is_error:
        return None
    micros = constant_of(core)
    context = checks.context
    if core.type != DURATION or not isinstance(micros, int):
        hint = "give it a unit: over=1 * hours"
        context.problem(node.span, "type", "wrong window", expected="a fixed duration", found=str(core.type), hint=hint)
        return None
    name = "exact_window_s" if exact else "window_s"
    limit = context.limits.exact_window_s if exact else context.limits.window_s
    if not _SECOND_US <= micros <= limit * _SECOND_US:
        expected = f"1 second to {limit // 3600} hours (limit {name})"
        context.problem(node.span, "limit", "window out of bounds", expected=expected, found=f"{micros / 1e6:g} s")
        return None
    return micros


def _has_window(parts: list[Core]) -> bool:
    seen: set[int] = set()
    todo = list(parts)
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Window):
            return True
        if isinstance(part, Quantify):
            todo.append(part.condition)
        todo.extend(children(part))
    return False
