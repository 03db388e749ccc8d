"""Give every expression its type, or a problem with its place."""

from skywarden.rules.catalog import FUNCTIONS
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.catalog.names import NAMESPACES
from skywarden.rules.check.calls import check_call
from skywarden.rules.check.compare import check_compare
from skywarden.rules.check.context import Context, poison
from skywarden.rules.check.parameters import is_parameter
from skywarden.rules.check.paths import check_path
from skywarden.rules.check.scope import RESERVED, Scope
from skywarden.rules.core import Apply, Const, Core, Named
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import (
    Attribute,
    Binary,
    Call,
    Compare,
    Generator,
    Literal,
    Logic,
    Name,
    Sequence,
    Syntax,
    Unary,
)
from skywarden.rules.types import BOOL, DURATION, FLOAT, INT, STR, Base, Type, arithmetic

_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod"}


class ExpressionChecker:
    """Types the expressions of one compile; problems go into the context."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def check(self, node: Syntax, scope: Scope) -> Core:
        """Type one expression."""
        match node:
            case Literal():
                return Const(node.span, _literal_type(node), node.value)
            case Name():
                return self._name(node, scope)
            case Attribute():
                return check_path(node, scope, self.context)
            case Unary():
                return self._unary(node, scope)
            case Binary():
                return self._binary(node, scope)
            case Compare():
                return check_compare(self, node, scope)
            case Logic(operands=operands):
                parts = tuple(self.boolean(operand, scope) for operand in operands)
                return Apply(node.span, BOOL, node.operator, parts)
            case Call() if is_parameter(node):
                hint = 'write NAME = parameter("name", default) at the top of the file'
                return self.context.problem(node.span, "type", "parameter(...) stands alone", hint=hint)
            case Call():
                return check_call(self, node, scope)
            case Sequence():
                hint = "lists stand only after `in`, in then=[...], on=[...] and by=(...)"
                return self.context.problem(node.span, "type", "a list cannot stand here", hint=hint)
            case Generator():
                hint = "write any(...), all(...) or count(...) around it"
                return self.context.problem(node.span, "type", "a generator cannot stand here", hint=hint)

    def boolean(self, node: Syntax, scope: Scope) -> Core:
        """Type one expression that must be a bool."""
        core = self.check(node, scope)
        if core.type != BOOL and not core.type.is_error:
            hint = _bool_hint(core.type)
            return self.context.problem(
                node.span, "type", "wrong type", expected="bool", found=str(core.type), hint=hint
            )
        return core

    def _name(self, node: Name, scope: Scope) -> Core:
        found = scope.use(node.name)
        if found is not None:
            return Named(node.span, found.type, node.name, found)
        if node.name in UNITS:
            return Const(node.span, DURATION, UNITS[node.name])
        return self.context.problem(node.span, "name", _unknown(node.name, scope), hint=_name_hint(node.name, scope))

    def _unary(self, node: Unary, scope: Scope) -> Core:
        if node.operator == "not":
            return Apply(node.span, BOOL, "not", (self.boolean(node.operand, scope),))
        operand = self.check(node.operand, scope)
        if operand.type in (INT, FLOAT, DURATION):
            return Apply(node.span, operand.type, "neg", (operand,))
        if operand.type.is_error:
            return operand
        return self.context.problem(node.span, "type", "wrong type", expected="a number", found=str(operand.type))

    def _binary(self, node: Binary, scope: Scope) -> Core:
        left, right = self.check(node.left, scope), self.check(node.right, scope)
        if left.type.is_error or right.type.is_error:
            return poison(node.span)
        result = arithmetic(node.operator, left.type, right.type)
        if result is None:
            found = f"{left.type} {node.operator} {right.type}"
            hint = _arithmetic_hint(left.type, right.type)
            return self.context.problem(node.span, "type", "these types cannot be combined", found=found, hint=hint)
        return Apply(node.span, result, _OPERATORS[node.operator], (left, right))


def _literal_type(node: Literal) -> Type:
    match node.value:
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return FLOAT
        case str():
            return STR


def _bool_hint(found: Type) -> str:
    if found.base in (Base.INT, Base.FLOAT):
        return "compare it: ... > 0"
    if found.base is Base.DURATION:
        return "compare it: ... < 1 * hours"
    return "compare it, or ask known(...)"


def _arithmetic_hint(left: Type, right: Type) -> str:
    if Base.DURATION in (left.base, right.base) and Base.INT in (left.base, right.base):
        return "give the number a unit: 3 * days"
    return ""


def _unknown(name: str, scope: Scope) -> str:
    if scope.comes_later(name):
        return f"{name} is used before it is defined"
    if name in FUNCTIONS:
        return f"{name} is a function: call it"
    if name in NAMESPACES:
        return f"{name} is not a value"
    return f"unknown name {name}"


def _name_hint(name: str, scope: Scope) -> str:
    if scope.comes_later(name):
        return "move its definition up"
    if name in RESERVED:
        return ""
    return did_you_mean(name, scope.names())
