"""Type calls: the functions of the catalogue by their parameters, the special ones by checks of their own."""

import re2

from skywarden.rules.catalog import FUNCTIONS, Function, Parameter
from skywarden.rules.catalog.names import FOLLOWER_COLUMNS
from skywarden.rules.catalog.record_reads import RECORD_READS
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.paths import dotted
from skywarden.rules.check.patterns import check_pattern
from skywarden.rules.check.record_reads import check_record_read
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.special import SPECIAL
from skywarden.rules.core import Apply, Column, Core, Named, Param, unnamed
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Attribute, Call, Name, Syntax
from skywarden.rules.types import BOOL, DURATION, TEXTS, Base, Form, Type

_CONSUMING = frozenset({"count_matches", "capture"})
"""Functions for which a pattern that finds the empty text makes no sense."""


def check_call(checks: Checks, node: Call, scope: Scope) -> Core:
    """Type `f(...)`, `x.or_else(v)` and `author.is_followed_by(...)`."""
    match node.function:
        case Attribute(name="or_else", target=target):
            return _or_else(checks, node, target, scope)
        case Attribute(target=Name(name="record"), name=name) if name in RECORD_READS:
            return check_record_read(checks, node, name)
        case Attribute(name="is_followed_by"):
            return _is_followed_by(checks, node)
        case Name(name=name):
            return _named(checks, node, name, scope)
        case function:
            hint = _call_hint(function)
            return checks.context.problem(function.span, "name", "this cannot be called", hint=hint)


def _call_hint(function: Syntax) -> str:
    match function:
        case Attribute(target=Name(name="record"), name=name):
            reads = (*RECORD_READS,)
            return did_you_mean(name, reads) or "record knows " + ", ".join(reads)
        case _:
            return "functions are written f(x); values know only .or_else(...)"


def _named(checks: Checks, node: Call, name: str, scope: Scope) -> Core:
    special = SPECIAL.get(name)
    if special is not None:
        return special(checks, node, scope)
    function = FUNCTIONS.get(name)
    if function is None:
        hint = did_you_mean(name, (*FUNCTIONS,))
        return checks.context.problem(node.function.span, "name", f"unknown function {name}", hint=hint)
    given = _bind(checks, node, function)
    if given is None:
        return poison(node.span)
    args: list[Core] = []
    params: list[Param] = []
    fine = True
    for parameter in function.parameters:
        syntax = given.get(parameter.name)
        if syntax is None:
            params.append(parameter.default if parameter.default is not None else "")
            continue
        core = checks.check(syntax, scope)
        fits = _fits(checks, core, parameter)
        fine &= fits
        if parameter.literal:
            params.append(_literal(checks, core, parameter) if fits else "")
        else:
            args.append(core)
    if not fine or not _pattern_is_sound(checks, function, given.get("pattern"), params):
        return poison(node.span)
    if function.result.form is Form.LIST and scope.within_elements():
        hint = "give it a name before the loop"
        return checks.context.problem(node.span, "type", f"{function.name} gives a list within a loop", hint=hint)
    return Apply(node.span, function.result, function.op, tuple(args), tuple(params))


def _pattern_is_sound(checks: Checks, function: Function, syntax: Syntax | None, params: list[Param]) -> bool:
    """Note what is wrong with the function's pattern, where it takes one: it is the first constant."""
    if syntax is None:
        return True
    before = len(checks.context.problems)
    check_pattern(checks.context, syntax.span, str(params[0]))
    if len(checks.context.problems) > before:
        return False
    if function.name in _CONSUMING and re2.compile(str(params[0])).match(""):
        hint = "every place of every text holds it; ask for one character at least"
        checks.context.problem(syntax.span, "pattern", "the pattern finds nothing", hint=hint)
        return False
    return True


def _bind(checks: Checks, node: Call, function: Function) -> dict[str, Syntax] | None:
    """Match arguments with parameters; None (and a problem) where they do not match."""
    names = [parameter.name for parameter in function.parameters]
    given: dict[str, Syntax] = dict(zip(names, node.arguments, strict=False))
    required = sum(parameter.default is None for parameter in function.parameters)
    for keyword in node.keywords:
        if keyword.name not in names or keyword.name in given:
            hint = did_you_mean(keyword.name, names) or f"{function.name} takes: {', '.join(names)}"
            checks.context.problem(keyword.span, "argument", f"{keyword.name}= does not fit here", hint=hint)
            return None
        given[keyword.name] = keyword.value
    missing = [
        parameter.name for parameter in function.parameters if parameter.default is None and parameter.name not in given
    ]
    if missing or len(node.arguments) > len(names):
        takes = str(required) if required == len(names) else f"{required} to {len(names)}"
        expected = f"{takes} arguments ({', '.join(names)})"
        found = str(len(node.arguments) + len(node.keywords))
        checks.context.problem(
            node.span, "argument", f"wrong arguments of {function.name}", expected=expected, found=found
        )
        return None
    return given


def _fits(checks: Checks, core: Core, parameter: Parameter) -> bool:
    if core.type.is_error:
        return False
    wanted = parameter.type
    if core.type == wanted or (wanted.base is Base.STR and core.type.form is wanted.form and core.type.base in TEXTS):
        return True
    hint = "write any(... for x in list)" if core.type.form is Form.LIST else _set_hint(parameter.type)
    checks.context.problem(
        core.span,
        "type",
        f"wrong type for {parameter.name}",
        expected=str(parameter.type),
        found=str(core.type),
        hint=hint,
    )
    return False


def _set_hint(kind: Type) -> str:
    return 'write wordlist("name")' if kind.form is Form.SET else ""


def _literal(checks: Checks, core: Core, parameter: Parameter) -> Param:
    """The constant that a literal parameter was given."""
    if parameter.type.form is Form.SET:
        target = unnamed(core)
        return target.params[0] if isinstance(target, Apply) and target.params else ""
    value = constant_of(core)
    if value is None and not core.type.is_error:
        checks.context.problem(core.span, "type", f"{parameter.name} must be fixed when the rule is written")
    if parameter.bounds is not None and isinstance(value, int) and not _within(value, parameter.bounds):
        least, most = parameter.bounds
        expected = f"{_amount(least, parameter)} to {_amount(most, parameter)}"
        checks.context.problem(
            core.span, "limit", f"{parameter.name} out of bounds", expected=expected, found=_amount(value, parameter)
        )
    if value == "" and parameter.name in ("part", "pattern", "separator") and parameter.default is None:
        checks.context.problem(core.span, "argument", f"{parameter.name} is empty: it is in every text")
    return "" if value is None else value


def _within(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _amount(value: int, parameter: Parameter) -> str:
    return f"{value / 1e6:g} s" if parameter.type == DURATION else str(value)


def _or_else(checks: Checks, node: Call, target: Syntax, scope: Scope) -> Core:
    value = checks.check(target, scope)
    if len(node.arguments) != 1 or node.keywords:
        return checks.context.problem(node.span, "argument", "wrong arguments of or_else", expected="one value")
    other = checks.check(node.arguments[0], scope)
    if value.type.is_error or other.type.is_error:
        return poison(node.span)
    if value.type != other.type and not (value.type.is_text and other.type.is_text):
        return checks.context.problem(other.span, "type", "wrong type", expected=str(value.type), found=str(other.type))
    return Apply(node.span, value.type, "or_else", (value, other))


def _is_followed_by(checks: Checks, node: Call) -> Core:
    allowed = ", ".join(FOLLOWER_COLUMNS)
    if dotted(node.function) != "author.is_followed_by":
        hint = "write author.is_followed_by(...)"
        return checks.context.problem(node.function.span, "name", "only the author has is_followed_by", hint=hint)
    path = dotted(node.arguments[0]) if len(node.arguments) == 1 and not node.keywords else None
    if path not in FOLLOWER_COLUMNS:
        return checks.context.problem(
            node.span, "argument", "wrong argument of is_followed_by", expected=f"one of {allowed}", found=path or ""
        )
    return Named(node.span, BOOL, path, Column(node.span, BOOL, FOLLOWER_COLUMNS[path]))
