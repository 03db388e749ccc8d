"""Turn one `ast` expression into our syntax tree; what the language does not have becomes a problem with its place."""

import ast
import math

from skywarden.rules.limits import Limits
from skywarden.rules.problems import Problem
from skywarden.rules.syntax.spans import SpanMaker
from skywarden.rules.syntax.tree import (
    Attribute,
    Binary,
    Call,
    Compare,
    Generator,
    Keyword,
    Literal,
    Logic,
    Name,
    Sequence,
    Syntax,
    Unary,
)

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_NO_OPERATORS: dict[type[ast.operator], str] = {
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_FOREIGN: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("a lambda", "write the expression itself"),
    ast.IfExp: ("a conditional expression", "combine conditions with and, or, not"),
    ast.Subscript: ("an index", "use any(... for x in list)"),
    ast.JoinedStr: ("an f-string", "write a plain text; only the reason template takes {names}"),
    ast.ListComp: ("a list comprehension", "use any(...), all(...) or count(...) over the list"),
    ast.SetComp: ("a set comprehension", "use any(...), all(...) or count(...) over the list"),
    ast.DictComp: ("a dict comprehension", ""),
    ast.Dict: ("a dict", ""),
    ast.Set: ("a set", "write a list: [a, b]"),
    ast.Await: ("await", ""),
    ast.Yield: ("yield", ""),
    ast.YieldFrom: ("yield", ""),
    ast.NamedExpr: ("an assignment within an expression", "assign the name on a line of its own"),
    ast.Starred: ("a starred argument", ""),
    ast.Slice: ("a slice", ""),
}
_INT64 = 2**63


class NotInLanguage(Exception):
    """Carry one problem from the depth of an expression to the statement that it spoils."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class ExpressionReader:
    """Reads the expressions of one file and counts their nodes."""

    def __init__(self, spans: SpanMaker, limits: Limits) -> None:
        self._spans = spans
        self._limits = limits
        self._nodes = 0

    def read(self, node: ast.expr, depth: int = 0) -> Syntax:
        """Turn `node` into our tree. Raises: NotInLanguage."""
        self._check_size(node, depth)
        match node:
            case ast.Constant():
                return self._literal(node)
            case ast.Name(id=name):
                return Name(self._spans.of(node), name)
            case ast.Attribute():
                return self._attribute(node, depth)
            case ast.UnaryOp():
                return self._unary(node, depth)
            case ast.BinOp():
                return self._binary(node, depth)
            case ast.Compare():
                return self._compare(node, depth)
            case ast.BoolOp(op=op, values=values):
                word = "and" if isinstance(op, ast.And) else "or"
                return Logic(self._spans.of(node), word, tuple(self.read(value, depth + 1) for value in values))
            case ast.Call():
                return self._call(node, depth)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return Sequence(self._spans.of(node), tuple(self.read(item, depth + 1) for item in items))
            case ast.GeneratorExp():
                return self._generator(node, depth)
        what, hint = _FOREIGN.get(type(node), (type(node).__name__, ""))
        raise self.foreign(node, what, hint)

    def foreign(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword, what: str, hint: str = "") -> NotInLanguage:
        """Say that `what` is not in the language."""
        span = self._spans.head(node) if isinstance(node, ast.stmt) else self._spans.of(node)
        return NotInLanguage(Problem(span, "syntax", f"{what} is not in the rule language", hint=hint))

    def _check_size(self, node: ast.expr, depth: int) -> None:
        self._nodes += 1
        if depth > self._limits.depth:
            raise self._limit(node, "nesting", f"at most {self._limits.depth} levels (limit depth)")
        if self._nodes > self._limits.nodes_per_file:
            raise self._limit(node, "file", f"at most {self._limits.nodes_per_file} nodes (limit nodes_per_file)")

    def _limit(self, node: ast.expr, what: str, expected: str) -> NotInLanguage:
        hint = "give parts names of their own" if what == "nesting" else "split the file"
        return NotInLanguage(Problem(self._spans.of(node), "limit", f"{what} too large", expected=expected, hint=hint))

    def _literal(self, node: ast.Constant) -> Literal:
        value = node.value
        span = self._spans.of(node)
        if isinstance(value, str):
            if not _encodes(value):
                hint = "a lone half of a surrogate pair is no character"
                raise NotInLanguage(Problem(span, "syntax", "a text that cannot be encoded", hint=hint))
            if len(value) > self._limits.text_chars:
                found = f"{len(value)} characters"
                limit = f"at most {self._limits.text_chars} (limit text_chars)"
                raise NotInLanguage(Problem(span, "limit", "text too long", expected=limit, found=found))
            return Literal(span, value)
        if isinstance(value, bool | int | float):
            if value >= _INT64 and (isinstance(value, int) or math.isinf(value)):
                raise NotInLanguage(Problem(span, "limit", "number too large", expected="at most 2**63 - 1"))
            return Literal(span, value)
        if value is None:
            raise self.foreign(node, "None", "use known(x) or x.or_else(value)")
        raise self.foreign(node, "`...`" if value is ... else f"a {type(value).__name__} literal")

    def _attribute(self, node: ast.Attribute, depth: int) -> Attribute:
        if node.attr.startswith("_"):
            raise self.foreign(node, f"the name {node.attr}", "names in rules do not begin with _")
        return Attribute(self._spans.of(node), self.read(node.value, depth + 1), node.attr)

    def _unary(self, node: ast.UnaryOp, depth: int) -> Syntax:
        if isinstance(node.op, ast.Not | ast.USub):
            word = "not" if isinstance(node.op, ast.Not) else "-"
            return Unary(self._spans.of(node), word, self.read(node.operand, depth + 1))
        raise self.foreign(node, "the operator `~`" if isinstance(node.op, ast.Invert) else "a sign `+`")

    def _binary(self, node: ast.BinOp, depth: int) -> Syntax:
        operator = _BINARY.get(type(node.op))
        if operator is None:
            hint = "write x and y, x or y" if isinstance(node.op, ast.BitAnd | ast.BitOr) else ""
            raise self.foreign(node, f"the operator `{_NO_OPERATORS[type(node.op)]}`", hint)
        left = self.read(node.left, depth + 1)
        return Binary(self._spans.of(node), operator, left, self.read(node.right, depth + 1))

    def _compare(self, node: ast.Compare, depth: int) -> Syntax:
        operators = []
        for op in node.ops:
            word = _COMPARE.get(type(op))
            if word is None:
                raise self.foreign(node, "the operator `is`", "use known(x), or == for values")
            operators.append(word)
        operands = tuple(self.read(item, depth + 1) for item in (node.left, *node.comparators))
        return Compare(self._spans.of(node), tuple(operators), operands)

    def _call(self, node: ast.Call, depth: int) -> Call:
        keywords = tuple(self.keyword(keyword, depth) for keyword in node.keywords)
        arguments = tuple(self.read(argument, depth + 1) for argument in node.args)
        return Call(self._spans.of(node), self.read(node.func, depth + 1), arguments, keywords)

    def keyword(self, node: ast.keyword, depth: int = 0) -> Keyword:
        """Read `name=value`. Raises: NotInLanguage."""
        if node.arg is None:
            raise self.foreign(node, "** in a call")
        return Keyword(self._spans.of(node), node.arg, self.read(node.value, depth + 1))

    def _generator(self, node: ast.GeneratorExp, depth: int) -> Generator:
        loop = node.generators[0]
        if len(node.generators) != 1 or loop.is_async or not isinstance(loop.target, ast.Name):
            raise self.foreign(node, "more than one loop in a generator", "write one `for x in list`")
        return Generator(
            self._spans.of(node),
            self.read(node.elt, depth + 1),
            Name(self._spans.of(loop.target), loop.target.id),
            self.read(loop.iter, depth + 1),
            tuple(self.read(condition, depth + 1) for condition in loop.ifs),
        )


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
