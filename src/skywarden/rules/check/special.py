"""Type the functions whose arguments are not like any other's: windows, quantifiers, known, length, wordlist."""

from collections.abc import Callable

from skywarden.rules.catalog.stateful import RATES, STATEFUL
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.windows import check_window
from skywarden.rules.core import Apply, Core, Element, Quantify
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Generator, Syntax
from skywarden.rules.types import BOOL, DURATION, FLOAT, INT, SET_OF_STR, STR, Base, Form, orderable

Special = Callable[[Checks, Call, Scope], Core]


def _one_argument(checks: Checks, node: Call, name: str) -> Syntax | None:
    if len(node.arguments) == 1 and not node.keywords:
        return node.arguments[0]
    found = str(len(node.arguments) + len(node.keywords))
    checks.context.problem(node.span, "argument", f"wrong arguments of {name}", expected="one value", found=found)
    return None


def _known(checks: Checks, node: Call, scope: Scope) -> Core:
    argument = _one_argument(checks, node, "known")
    value = poison(node.span) if argument is None else checks.check(argument, scope)
    if value.type.form is Form.SET:
        return checks.context.problem(value.span, "type", "a set is always known")
    return value if value.type.is_error else Apply(node.span, BOOL, "known", (value,))


def _length(checks: Checks, node: Call, scope: Scope) -> Core:
    argument = _one_argument(checks, node, "length")
    value = poison(node.span) if argument is None else checks.check(argument, scope)
    if value.type.is_error:
        return value
    if value.type.form is Form.LIST:
        return Apply(node.span, INT, "list_length", (value,))
    if value.type.is_text:
        return Apply(node.span, INT, "length", (value,))
    return checks.context.problem(
        value.span, "type", "wrong type for length", expected="str or a list", found=str(value.type)
    )


def _wordlist(checks: Checks, node: Call, scope: Scope) -> Core:
    argument = _one_argument(checks, node, "wordlist")
    if argument is None:
        return poison(node.span)
    name = constant_of(checks.check(argument, scope))
    sets = checks.context.sets
    if not isinstance(name, str):
        return checks.context.problem(argument.span, "type", "wrong name of a set", expected="a fixed text")
    if name not in sets.entries:
        known = tuple(sets.entries)
        hint = did_you_mean(name, known) or f"put {name}.txt beside the rule file, one entry a line"
        return checks.context.problem(argument.span, "name", f"unknown set {name}", hint=hint)
    return Apply(node.span, SET_OF_STR, "set", (), (checks.context.set_ref(name),))


def _extreme(op: str, name: str) -> Special:
    def check(checks: Checks, node: Call, scope: Scope) -> Core:
        args = tuple(checks.check(argument, scope) for argument in node.arguments)
        if any(arg.type.is_error for arg in args):
            return poison(node.span)
        if len(args) != 2 or node.keywords or not orderable(args[0].type, args[1].type):
            found = ", ".join(str(arg.type) for arg in args)
            expected = "two numbers, durations or times"
            return checks.context.problem(
                node.span, "argument", f"wrong arguments of {name}", expected=expected, found=found
            )
        kind = FLOAT if Base.FLOAT in (args[0].type.base, args[1].type.base) else args[0].type
        return Apply(node.span, kind, op, args)

    return check


def _choose(checks: Checks, node: Call, scope: Scope) -> Core:
    if len(node.arguments) != 3 or node.keywords:
        expected = "choose(condition, a, b)"
        return checks.context.problem(node.span, "argument", "wrong arguments of choose", expected=expected)
    condition = checks.boolean(node.arguments[0], scope)
    yes, no = (checks.check(argument, scope) for argument in node.arguments[1:])
    if any(part.type.is_error for part in (condition, yes, no)):
        return poison(node.span)
    texts = yes.type.is_text and no.type.is_text
    if yes.type.form is not Form.ONE or not (yes.type == no.type or texts or orderable(yes.type, no.type)):
        found = f"{yes.type} and {no.type}"
        return checks.context.problem(node.span, "type", "wrong types to choose from", expected="one type", found=found)
    kind = STR if texts and yes.type != no.type else FLOAT if Base.FLOAT in (yes.type.base, no.type.base) else yes.type
    return Apply(node.span, kind, "choose", (condition, yes, no))


def _absolute(checks: Checks, node: Call, scope: Scope) -> Core:
    argument = _one_argument(checks, node, "absolute")
    value = poison(node.span) if argument is None else checks.check(argument, scope)
    if value.type in (INT, FLOAT, DURATION):
        return Apply(node.span, value.type, "absolute", (value,))
    if value.type.is_error:
        return value
    return checks.context.problem(
        value.span, "type", "wrong type for absolute", expected="a number or duration", found=str(value.type)
    )


def _quantifier(op: str) -> Special:
    def check(checks: Checks, node: Call, scope: Scope) -> Core:
        if len(node.arguments) == 1 and isinstance(node.arguments[0], Generator) and not node.keywords:
            return _quantify(checks, node, node.arguments[0], op, scope)
        hint = f"write {op}(condition for x in list)"
        return checks.context.problem(node.span, "argument", f"wrong arguments of {op}", hint=hint)

    return check


def _quantify(checks: Checks, node: Call, generator: Generator, op: str, scope: Scope) -> Core:
    if scope.within_elements():
        return checks.context.problem(node.span, "type", "a loop within a loop over lists is not in the rule language")
    items = checks.check(generator.items, scope)
    if items.type.is_error:
        return items
    if items.type.form is not Form.LIST:
        return checks.context.problem(
            generator.items.span, "type", "wrong type to go over", expected="a list", found=str(items.type)
        )
    if scope.find(generator.name.name) is not None:
        message = f"{generator.name.name} is defined already"
        return checks.context.problem(generator.name.span, "name", message, hint="choose another name for the element")
    element = Element(generator.name.span, items.type.item)
    inner = Scope(outer=scope, values={generator.name.name: element}, in_elements=True)
    parts = [checks.boolean(condition, inner) for condition in generator.conditions]
    result = checks.boolean(generator.result, inner)
    condition = _with_filter(op, result, parts)
    return Quantify(node.span, INT if op == "count" else BOOL, op, items, element, condition)


def _with_filter(op: str, result: Core, parts: list[Core]) -> Core:
    """`if` parts: any and count ask for both; all asks only where the filter holds."""
    if not parts:
        return result
    if op == "all":
        refused = tuple(Apply(part.span, BOOL, "not", (part,)) for part in parts)
        return Apply(result.span, BOOL, "or", (*refused, result))
    return Apply(result.span, BOOL, "and", (*parts, result))


def _count(checks: Checks, node: Call, scope: Scope) -> Core:
    if node.arguments and isinstance(node.arguments[0], Generator):
        return _quantifier("count")(checks, node, scope)
    return check_window(checks, node, scope, "count")


def _stateful(name: str) -> Special:
    def check(checks: Checks, node: Call, scope: Scope) -> Core:
        return check_window(checks, node, scope, name)

    return check


def _rate(checks: Checks, node: Call, scope: Scope) -> Core:
    hint = "it stands in rate_limited(by=..., rate=per_hour(20)) and @rule(limit=per_day(200))"
    return checks.context.problem(node.span, "type", "a rate is not a value", hint=hint)


SPECIAL: dict[str, Special] = {
    "known": _known,
    "length": _length,
    "wordlist": _wordlist,
    "minimum": _extreme("minimum", "minimum"),
    "choose": _choose,
    "absolute": _absolute,
    "maximum": _extreme("maximum", "maximum"),
    "any": _quantifier("any"),
    "all": _quantifier("all"),
    **{name: _stateful(name) for name in STATEFUL},
    "count": _count,
    **dict.fromkeys(RATES, _rate),
}
