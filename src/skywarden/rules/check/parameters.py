"""Type `NAME = parameter("name", default, least=, most=, doc=)` and put the value in force in its place."""

import math
import re
from dataclasses import dataclass

from skywarden.rules.check.context import Checks
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Const, Core
from skywarden.rules.parameters import Override, Scalar, Tunable, duration_of, shown
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Keyword, Literal, Name, Syntax
from skywarden.rules.types import BOOL, DURATION, FLOAT, INT, STR, Type

PARAMETER = "parameter"
_KEYWORDS = ("least", "most", "doc")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_TYPES = (BOOL, INT, FLOAT, STR, DURATION)
_EXPECTED: dict[Type, str] = {
    BOOL: "true or false",
    INT: "a whole number of 64 bits",
    FLOAT: "a number",
    STR: 'a text in "..."',
    DURATION: 'a duration such as "14 days"',
}
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: Scalar | None = None
    most: Scalar | None = None

    def refuses(self, value: Scalar, kind: Type) -> str:
        """What was expected of a value that is out of bounds; nothing of one that is within."""
        if isinstance(value, str):
            return ""
        below = self.least is not None and not isinstance(self.least, str) and value < self.least
        above = self.most is not None and not isinstance(self.most, str) and value > self.most
        if not below and not above:
            return ""
        parts = [("at least ", self.least), ("at most ", self.most)]
        return " and ".join(word + shown(bound, kind) for word, bound in parts if bound is not None)


def is_parameter(node: Syntax) -> bool:
    """The value of a definition is a call of `parameter`."""
    return isinstance(node, Call) and isinstance(node.function, Name) and node.function.name == PARAMETER


def check_parameter(checks: Checks, node: Call, scope: Scope) -> Core:
    """Type a parameter's declaration. Shape: the call -> a constant, the one of the parameter files or the default."""
    context = checks.context
    hint = 'write NAME = parameter("name", default)'
    if len(node.arguments) != 2:
        expected = "a name and a default"
        return context.problem(node.span, "argument", "wrong arguments of parameter", expected=expected, hint=hint)
    name = node.arguments[0].value if isinstance(node.arguments[0], Literal) else None
    if not isinstance(name, str) or not _NAME.match(name):
        expected = "a text of small letters, digits and _"
        return context.problem(node.arguments[0].span, "argument", "wrong name of a parameter", expected=expected)
    if any(tunable.name == name for tunable in context.tunables):
        return context.problem(node.arguments[0].span, "name", f"a second parameter {name}", hint="choose another name")
    default = checks.check(node.arguments[1], scope)
    value = constant_of(default)
    if default.type.is_error:
        return default
    if value is None or default.type not in _TYPES:
        expected = "a fixed number, text, duration, True or False"
        return context.problem(default.span, "type", "wrong default", expected=expected, found=str(default.type))
    bounds, doc = _keywords(checks, node, default.type, scope)
    wrong = bounds.refuses(value, default.type)
    if wrong:
        context.problem(default.span, "parameter", "default out of bounds", expected=wrong)
    override = context.overrides.get(name)
    now = value if override is None else _in_force(checks, name, override, default.type, value, bounds)
    section = context.section
    context.tunables.append(Tunable(section, name, default.type, value, now, bounds.least, bounds.most, doc, node.span))
    return Const(node.span, default.type, now, tunable=True)


def _keywords(checks: Checks, node: Call, kind: Type, scope: Scope) -> tuple[_Bounds, str]:
    bounds: dict[str, Scalar] = {}
    doc = ""
    for keyword in node.keywords:
        if keyword.name == "doc":
            doc = _doc(checks, keyword)
        elif keyword.name in _KEYWORDS:
            bound = _bound(checks, keyword, kind, scope)
            if bound is not None:
                bounds[keyword.name] = bound
        else:
            hint = did_you_mean(keyword.name, _KEYWORDS) or f"parameter takes: {', '.join(_KEYWORDS)}"
            checks.context.problem(keyword.span, "argument", f"{keyword.name}= does not fit here", hint=hint)
    return _Bounds(bounds.get("least"), bounds.get("most")), doc


def _doc(checks: Checks, keyword: Keyword) -> str:
    if isinstance(keyword.value, Literal) and isinstance(keyword.value.value, str):
        return " ".join(keyword.value.value.split())
    checks.context.problem(keyword.value.span, "type", "wrong doc", expected="a text")
    return ""


def _bound(checks: Checks, keyword: Keyword, kind: Type, scope: Scope) -> Scalar | None:
    core = checks.check(keyword.value, scope)
    value = constant_of(core)
    if core.type.is_error:
        return None
    fits = core.type == kind or (kind == FLOAT and core.type == INT)
    if kind not in (INT, FLOAT, DURATION) or not fits or value is None:
        found = str(core.type)
        expected = f"a fixed {kind}" if kind in (INT, FLOAT, DURATION) else "no bounds"
        checks.context.problem(core.span, "type", f"wrong {keyword.name}", expected=expected, found=found)
        return None
    return value


def _in_force(checks: Checks, name: str, override: Override, kind: Type, default: Scalar, bounds: _Bounds) -> Scalar:
    """The value of a parameter file, or the default where that has a problem."""
    context = checks.context
    path = f"{context.section}.{name}"
    value = _as(override.value, kind)
    if value is None:
        found, expected = _found(override.value), _EXPECTED[kind]
        context.problem(override.span, "parameter", f"wrong value of {path}", expected=expected, found=found)
        return default
    wrong = bounds.refuses(value, kind)
    if wrong:
        hint = f"the default is {shown(default, kind)}"
        found = shown(value, kind)
        context.problem(override.span, "parameter", f"{path} out of bounds", expected=wrong, found=found, hint=hint)
        return default
    return value


def _as(value: object, kind: Type) -> Scalar | None:
    """A value of TOML as one of the parameter's type."""
    if isinstance(value, bool):
        return value if kind == BOOL else None
    if isinstance(value, int):
        whole = value if -_INT64 <= value < _INT64 else None
        return whole if kind == INT else float(value) if kind == FLOAT and whole is not None else None
    if isinstance(value, float):
        return value if kind == FLOAT and math.isfinite(value) else None
    if isinstance(value, str):
        return value if kind == STR else duration_of(value) if kind == DURATION else None
    return None


def _found(value: object) -> str:
    if isinstance(value, str):
        return f'"{value[:40]}"'
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:40] if isinstance(value, int | float) else "something else"
