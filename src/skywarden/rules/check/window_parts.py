"""Type the parts of a stateful function: its keys and values, its stretches of time, its rates and numbers."""

from skywarden.rules.catalog.stateful import RATES, Value
from skywarden.rules.check.context import Checks
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Core, Quantify, Window, children
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Name, Sequence, Syntax
from skywarden.rules.types import BOOL, DURATION, INT, TEXTS, Form

_SECOND_US = 1_000_000


def check_keys(checks: Checks, node: Syntax, scope: Scope) -> tuple[Core, ...] | None:
    """The keys of `by=`; `()` stands for one key that all events have."""
    parts = node.items if isinstance(node, Sequence) else (node,)
    limit = checks.context.limits.window_keys
    if len(parts) > limit:
        expected = f"at most {limit} (limit window_keys)"
        checks.context.problem(node.span, "limit", "wrong number of keys", expected=expected, found=str(len(parts)))
        return None
    keys = tuple(check_key(checks, part, scope) for part in parts)
    if len([key for key in keys if key.type.form is Form.LIST]) > 1:
        checks.context.problem(node.span, "type", "more than one list among the keys")
        return None
    return keys


def check_key(checks: Checks, node: Syntax, scope: Scope) -> Core:
    """A key or a counted value: text, whole number, bool, or a list of texts."""
    core = checks.check(node, scope)
    kind = core.type
    if kind.is_error or kind.is_text or kind in (INT, BOOL) or (kind.form is Form.LIST and kind.base in TEXTS):
        return core
    expected = "str, did, uri, int, bool or a list"
    return checks.context.problem(node.span, "type", "wrong type for a window", expected=expected, found=str(kind))


def check_member(checks: Checks, node: Syntax, scope: Scope) -> Core:
    """What `similar` counts the different values of: one a row."""
    core = check_key(checks, node, scope)
    if core.type.form is Form.LIST:
        return checks.context.problem(node.span, "type", "wrong type for distinct=", found=str(core.type))
    return core


def check_value(checks: Checks, node: Syntax, scope: Scope, wanted: Value) -> Core:
    """What stands before `by=`."""
    if wanted is Value.KEY:
        return check_key(checks, node, scope)
    core = checks.check(node, scope)
    fits = core.type.is_text if wanted is Value.TEXT else core.type == INT
    if fits or core.type.is_error:
        return core
    expected = "str" if wanted is Value.TEXT else "int"
    return checks.context.problem(node.span, "type", "wrong type for a window", expected=expected, found=str(core.type))


def check_stretch(checks: Checks, node: Syntax, scope: Scope, *, exact: bool = False) -> int | None:
    """A fixed duration within the limits, in microseconds."""
    core = checks.check(node, scope)
    if core.type.is_error:
        return None
    micros = constant_of(core)
    context = checks.context
    if core.type != DURATION or not isinstance(micros, int):
        hint = "give it a unit: 1 * hours"
        context.problem(node.span, "type", "wrong window", expected="a fixed duration", found=str(core.type), hint=hint)
        return None
    name = "exact_window_s" if exact else "window_s"
    limit = context.limits.exact_window_s if exact else context.limits.window_s
    if not _SECOND_US <= micros <= limit * _SECOND_US:
        expected = f"1 second to {limit // 3600} hours (limit {name})"
        context.problem(node.span, "limit", "window out of bounds", expected=expected, found=f"{micros / 1e6:g} s")
        return None
    return micros


def check_flag(checks: Checks, node: Syntax | None, scope: Scope) -> bool:
    """`exact=True` or False."""
    if node is None:
        return False
    value = constant_of(checks.check(node, scope))
    if not isinstance(value, bool):
        checks.context.problem(node.span, "type", "wrong value of exact", expected="True or False")
    return bool(value)


def check_whole(checks: Checks, node: Syntax, scope: Scope, name: str, largest: int, limit: str) -> int | None:
    """A fixed whole number from 1 to a limit."""
    core = checks.check(node, scope)
    value = constant_of(core)
    if isinstance(value, int) and not isinstance(value, bool) and core.type == INT and 1 <= value <= largest:
        return value
    if not core.type.is_error:
        expected = f"a fixed whole number from 1 to {largest} (limit {limit})"
        found = str(core.type) if value is None else repr(value)
        checks.context.problem(node.span, "argument", f"wrong value of {name}", expected=expected, found=found)
    return None


def check_threshold(checks: Checks, node: Syntax, scope: Scope) -> float | None:
    """How alike texts must be: the part of their pieces that both have."""
    core = checks.check(node, scope)
    value = constant_of(core)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.5 <= value <= 1:
        return float(value)
    if not core.type.is_error:
        expected = "a fixed number from 0.5 to 1"
        found = str(core.type) if value is None else repr(value)
        checks.context.problem(node.span, "argument", "wrong value of threshold", expected=expected, found=found)
    return None


def check_rate(checks: Checks, node: Syntax, scope: Scope) -> tuple[int, int] | None:
    """`per_hour(20)` and its like: how many, and in how many microseconds."""
    match node:
        case Call(function=Name(name=name), arguments=(number,), keywords=()) if name in RATES:
            tokens = check_whole(checks, number, scope, name, checks.context.limits.rate_tokens, "rate_tokens")
            return None if tokens is None else (tokens, RATES[name])
        case Call(function=Name(name=name)) if name not in RATES:
            hint = did_you_mean(name, (*RATES,))
        case _:
            hint = ""
    checks.context.problem(node.span, "argument", "wrong rate", expected="per_hour(n) or its like", hint=hint)
    return None


def has_window(parts: list[Core]) -> bool:
    """Does a part depend on a stateful function?"""
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
