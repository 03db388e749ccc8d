"""Type the stateful functions, `count(by=, over=, where=)` and its like, and hold them to their limits."""

from collections.abc import Callable
from dataclasses import dataclass

from skywarden.rules.catalog.stateful import SIMILAR_THRESHOLD, STATEFUL, Stateful, Value
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.window_parts import (
    check_flag,
    check_keys,
    check_member,
    check_rate,
    check_stretch,
    check_threshold,
    check_value,
    check_whole,
    has_window,
)
from skywarden.rules.core import Apply, Const, Core, Param, Window
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Syntax
from skywarden.rules.types import FLOAT, INT

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_LEAST_PERIODS = 5
"""A trend against fewer periods has no baseline to speak of."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stateful function with its keywords sorted out."""

    checks: Checks
    node: Call
    scope: Scope
    entry: Stateful
    given: dict[str, Syntax]

    def stretch(self, name: str, default_us: int) -> int | None:
        """A duration among the keywords."""
        syntax = self.given.get(name)
        return default_us if syntax is None else check_stretch(self.checks, syntax, self.scope)

    def whole(self, name: str, default: int, largest: int, limit: str) -> int | None:
        """A whole number among the keywords."""
        syntax = self.given.get(name)
        return default if syntax is None else check_whole(self.checks, syntax, self.scope, name, largest, limit)


def check_window(checks: Checks, node: Call, scope: Scope, name: str) -> Core:
    """Type one stateful function."""
    context, entry = checks.context, STATEFUL[name]
    if scope.within_elements():
        hint = "a list as key counts for each of its elements: by=post.domains"
        return context.problem(node.span, "type", f"{name} over time cannot stand in a loop", hint=hint)
    if len(node.arguments) != (0 if entry.value is Value.NOTHING else 1):
        expected = entry.function.signature.split(" -> ")[0]
        return context.problem(node.span, "argument", f"wrong arguments of {name}", expected=expected)
    given: dict[str, Syntax] = {}
    for keyword in node.keywords:
        if keyword.name not in entry.keywords:
            hint = did_you_mean(keyword.name, entry.keywords) or f"{name} takes: {', '.join(entry.keywords)}"
            return context.problem(keyword.span, "argument", f"{keyword.name}= does not fit here", hint=hint)
        given[keyword.name] = keyword.value
    for needed in entry.needs:
        if needed not in given:
            hint = "add by=..., or by=() for all events together" if needed == "by" else f"add {needed}=..."
            return context.problem(node.span, "argument", f"{name} without {needed}=", hint=hint)
    return _window(_Asked(checks, node, scope, entry, given))


def _window(asked: _Asked) -> Core:
    checks, scope, given, entry = asked.checks, asked.scope, asked.given, asked.entry
    name, span = entry.function.name, asked.node.span
    keys = check_keys(checks, given["by"], scope) if "by" in given else ()
    value = check_value(checks, asked.node.arguments[0], scope, entry.value) if asked.node.arguments else None
    member = check_member(checks, given["distinct"], scope) if "distinct" in given else None
    where = checks.boolean(given["where"], scope) if "where" in given else None
    exact = check_flag(checks, given.get("exact"), scope)
    constants = _CONSTANTS[name](asked, exact)
    parts = [part for part in (*(keys or ()), value, member, where) if part is not None]
    if keys is None or constants is None or any(part.type.is_error for part in parts):
        return poison(span)
    if has_window(parts):
        hint = "a window may not depend on another window"
        return checks.context.problem(span, "type", f"{name} over values of a window", hint=hint)
    over_us, params = constants
    if name == "rate":
        return _per(Window(span, INT, "count", keys, value, where, over_us, exact), params)
    return Window(span, entry.function.result, entry.op, keys, value, where, over_us, exact, params, member)


def _per(counted: Window, params: tuple[Param, ...]) -> Core:
    """A rate is a count by another name: count * (per / over)."""
    per_us = params[0]
    assert isinstance(per_us, int)
    return Apply(counted.span, FLOAT, "mul", (counted, Const(counted.span, FLOAT, per_us / counted.over_us)))


Constants = tuple[int, tuple[Param, ...]] | None
"""`over_us` and `params` of a window; None where there is a problem."""


def _over(asked: _Asked, exact: bool) -> Constants:
    over = check_stretch(asked.checks, asked.given["over"], asked.scope, exact=exact)
    return None if over is None else (over, ())


def _rate(asked: _Asked, exact: bool) -> Constants:
    found, per = _over(asked, exact), asked.stretch("per", _HOUR_US)
    return None if found is None or per is None else (found[0], (per,))


def _rate_limited(asked: _Asked, exact: bool) -> Constants:
    """`over_us` is how long an empty bucket takes to fill: a key that is quiet for so long may be forgotten."""
    limits = asked.checks.context.limits
    rate = check_rate(asked.checks, asked.given["rate"], asked.scope)
    burst = asked.whole("burst", 0 if rate is None else rate[0], limits.rate_tokens, "rate_tokens")
    if rate is None or burst is None:
        return None
    tokens, per_us = rate
    full_us = -(-burst * per_us // tokens)
    if full_us > limits.window_s * 1_000_000:
        expected = f"at most {limits.window_s // 3600} hours (limit window_s)"
        message, found = "the burst takes too long to fill again", f"{full_us // _HOUR_US} hours"
        asked.checks.context.problem(asked.node.span, "limit", message, expected=expected, found=found)
        return None
    return full_us, (tokens, per_us, burst)


def _trending(asked: _Asked, exact: bool) -> Constants:
    over, against = asked.stretch("over", _HOUR_US), asked.stretch("against", 7 * _DAY_US)
    if over is None or against is None:
        return None
    most = asked.checks.context.limits.trend_periods
    if not _LEAST_PERIODS * over <= against <= most * over:
        expected = f"{_LEAST_PERIODS} to {most} times over (limit trend_periods)"
        found = f"{against / over:g} times"
        asked.checks.context.problem(
            asked.node.span, "limit", "against= does not fit over=", expected=expected, found=found
        )
        return None
    return over, (against,)


def _similar(asked: _Asked, exact: bool) -> Constants:
    over, threshold = _over(asked, exact), SIMILAR_THRESHOLD
    if "threshold" in asked.given:
        found = check_threshold(asked.checks, asked.given["threshold"], asked.scope)
        if found is None:
            return None
        threshold = found
    return None if over is None else (over[0], (threshold,))


def _heavy(asked: _Asked, exact: bool) -> Constants:
    over = _over(asked, exact)
    slots = asked.whole("slots", 1_000, asked.checks.context.limits.heavy_slots, "heavy_slots")
    return None if over is None or slots is None else (over[0], (slots,))


_CONSTANTS: dict[str, Callable[[_Asked, bool], Constants]] = {
    "count": _over,
    "distinct": _over,
    "sum": _over,
    "rate": _rate,
    "first_seen": _over,
    "last_seen": _over,
    "rate_limited": _rate_limited,
    "trending": _trending,
    "similar": _similar,
    "heavy": _heavy,
}
