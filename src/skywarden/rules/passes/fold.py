"""Compute at compile time what depends on no event: arithmetic, comparisons and logic on constants."""

from collections.abc import Callable
from functools import lru_cache

from skywarden.rules.core import Apply, Const, Core, unnamed
from skywarden.rules.passes.rewrite import Memo, rewrite
from skywarden.rules.types import FLOAT

Number = bool | int | float
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

_NUMERIC: dict[str, Callable[[Number, Number], Number]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "div": lambda a, b: a / b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def fold_constants(node: Core, memo: Memo) -> Core:
    """Replace operators whose operands are all constants by their value, and drop neutral parts of and / or."""
    return rewrite(node, memo, _fold)


def constant_of(node: Core) -> bool | int | float | str | None:
    """The value of a tree that depends on no event; None where it does."""
    target = unnamed(node)
    return target.value if isinstance(target, Const) else _constant_of(target)


@lru_cache(maxsize=1_024)
def _constant_of(node: Core) -> bool | int | float | str | None:
    """Fold a tree once, however often its name is used; nodes are told apart by identity."""
    folded = unnamed(fold_constants(node, {}))
    return folded.value if isinstance(folded, Const) else None


def _fold(node: Core) -> Core:
    if not isinstance(node, Apply):
        return node
    if node.op in ("and", "or"):
        return _fold_logic(node)
    values = [_constant(arg) for arg in node.args]
    if any(value is None for value in values):
        return node
    result = _evaluate(node, [value for value in values if value is not None])
    return node if result is None else Const(node.span, node.type, result)


def _constant(node: Core) -> bool | int | float | str | None:
    target = unnamed(node)
    return target.value if isinstance(target, Const) else None


def _evaluate(node: Apply, values: list[bool | int | float | str]) -> bool | int | float | None:
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) != len(values):
        return None
    if node.op == "not":
        return not numbers[0]
    if node.op == "neg":
        return _fit(node, -numbers[0])
    operator = _NUMERIC.get(node.op)
    if operator is None:
        return None
    try:
        return _fit(node, operator(numbers[0], numbers[1]))
    except (ZeroDivisionError, OverflowError):
        return None


def _fit(node: Apply, value: Number) -> Number | None:
    """Give the value the node's own type; None where it does not fit (the engine then says unknown)."""
    if isinstance(value, bool):
        return value
    if node.type == FLOAT:
        return float(value)
    whole = round(value)
    return whole if _INT64_MIN <= whole <= _INT64_MAX else None


def _fold_logic(node: Apply) -> Core:
    """`x and True` is x; `x and False` is False (Kleene: also when x is unknown)."""
    neutral = node.op == "and"
    rest: list[Core] = []
    for arg in node.args:
        value = _constant(arg)
        if value is None:
            rest.append(arg)
        elif bool(value) is not neutral:
            return Const(node.span, node.type, not neutral)
    if not rest:
        return Const(node.span, node.type, neutral)
    return rest[0] if len(rest) == 1 else Apply(node.span, node.type, node.op, tuple(rest), node.params)
