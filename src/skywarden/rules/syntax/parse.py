"""Turn the text of one rule file into a `FileTree` and problems; the text is parsed, never executed."""

import ast
import warnings
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from skywarden.rules.limits import Limits
from skywarden.rules.problems import Problem, more_problems
from skywarden.rules.source import RuleFile
from skywarden.rules.syntax.expressions import ExpressionReader, NotInLanguage
from skywarden.rules.syntax.imports import LANGUAGE_MODULE, is_language_import, read_import
from skywarden.rules.syntax.spans import SpanMaker
from skywarden.rules.syntax.tree import Definition, FileTree, Import, Keyword, Literal, Name, RuleDef, Syntax

_T = TypeVar("_T")

_STATEMENTS: dict[type[ast.stmt], str] = {
    ast.ClassDef: "a class",
    ast.AsyncFunctionDef: "an async function",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.If: "an if statement",
    ast.With: "a with statement",
    ast.Try: "a try statement",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.Delete: "del",
    ast.AugAssign: "an assignment with an operator",
    ast.AnnAssign: "an annotated assignment",
    ast.Raise: "raise",
    ast.Assert: "assert",
    ast.Global: "global",
    ast.Return: "return outside a rule",
    ast.FunctionDef: "a function within a rule",
    ast.Expr: "a bare expression",
    ast.Assign: "an assignment",
    ast.Match: "a match statement",
    ast.Nonlocal: "nonlocal",
    ast.Pass: "pass",
    ast.AsyncFor: "a loop",
    ast.AsyncWith: "a with statement",
    ast.TryStar: "a try statement",
}


def parse_file(file: RuleFile, limits: Limits) -> tuple[FileTree, list[Problem]]:
    """Read one file; the tree holds what could be read, the problems what could not."""
    text = file.text.removeprefix("\ufeff").replace("\r\n", "\n")
    spans = SpanMaker(file.name, text)
    module = _to_ast(file.name, text, spans, limits)
    if isinstance(module, Problem):
        return FileTree(file.name, "", (), (), ()), [module]
    return _FileReader(spans, limits).read(module)


def parse_expression(name: str, text: str, limits: Limits) -> Syntax:
    """Read one expression that stands alone; `name` is what errors call it. Raises: NotInLanguage."""
    spans = SpanMaker(name, text)
    module = _to_ast(name, text, spans, limits)
    if isinstance(module, Problem):
        raise NotInLanguage(module)
    match module.body:
        case [ast.Expr(value=value)]:
            return ExpressionReader(spans, limits).read(value)
        case [first, *_]:
            what, place = _STATEMENTS.get(type(first), "this"), spans.head(first)
        case _:
            what, place = "nothing", spans.point(1, 1)
    hint = 'write what a rule returns: author.age < 1 * days and contains(post.text, "gold")'
    raise NotInLanguage(Problem(place, "syntax", "not one expression", expected="a condition", found=what, hint=hint))


def _to_ast(name: str, text: str, spans: SpanMaker, limits: Limits) -> ast.Module | Problem:
    size = len(text.encode(errors="surrogatepass"))
    if size > limits.file_bytes:
        expected = f"at most {limits.file_bytes} bytes (limit file_bytes)"
        return Problem(spans.point(1, 1), "limit", "file too large", expected=expected, found=str(size))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            warnings.simplefilter("error", DeprecationWarning)
            return ast.parse(text, filename=name)
    except SyntaxError as error:
        place = spans.point(error.lineno or 1, error.offset or 1)
        return Problem(place, "syntax", f"not valid Python: {error.msg}", hint=_syntax_hint(error.msg))
    except ValueError as error:
        return Problem(spans.point(1, 1), "syntax", f"not valid Python: {error}")
    except (RecursionError, MemoryError):
        expected = f"at most {limits.depth} levels (limit depth)"
        return Problem(spans.point(1, 1), "limit", "nesting too large", expected=expected)


def _syntax_hint(message: str) -> str:
    if "invalid escape sequence" in message:
        return 'write patterns as raw text: r"\\d+"'
    return ""


class _FileReader:
    """Reads the statements of one file, collecting every problem."""

    def __init__(self, spans: SpanMaker, limits: Limits) -> None:
        self._spans = spans
        self._limits = limits
        self._expressions = ExpressionReader(spans, limits)
        self._problems: list[Problem] = []
        self._has_language = False
        self._imports: list[Import] = []
        self._definitions: list[Definition] = []
        self._rules: list[RuleDef] = []

    def read(self, module: ast.Module) -> tuple[FileTree, list[Problem]]:
        """Read every statement of a file."""
        body = list(module.body)
        doc = self._docstring(body, self._problems)
        for statement in body:
            if len(self._problems) >= self._limits.problems_per_file:
                self._problems.append(more_problems(self._spans.file, self._limits))
                break
            try:
                self._statement(statement)
            except NotInLanguage as error:
                self._problems.append(error.problem)
        if (self._definitions or self._rules) and not self._has_language and not self._problems:
            hint = f"begin with: from {LANGUAGE_MODULE} import *"
            place = self._spans.point(1, 1)
            self._problems.append(Problem(place, "import", "the language is not imported", hint=hint))
        text = "" if doc is None else str(doc.value)
        parts = (tuple(self._imports), tuple(self._definitions), tuple(self._rules))
        return FileTree(self._spans.file, text, *parts), self._problems

    def _statement(self, statement: ast.stmt) -> None:
        if is_language_import(statement):
            self._has_language = True
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            self._imports.append(self._import(statement))
        elif isinstance(statement, ast.Assign):
            self._definitions.append(self._definition(statement))
        elif isinstance(statement, ast.FunctionDef):
            self._rules.append(self._rule(statement))
        else:
            raise self._foreign(statement)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Import:
        found = read_import(node, self._spans)
        if isinstance(found, Problem):
            raise NotInLanguage(found)
        if self._definitions or self._rules:
            hint = "imports stand at the top of the file"
            raise NotInLanguage(Problem(found.span, "import", "an import after the first definition", hint=hint))
        return found

    def _foreign(self, statement: ast.stmt) -> NotInLanguage:
        what = _STATEMENTS.get(type(statement), type(statement).__name__)
        return self._expressions.foreign(statement, what)

    def _docstring(self, body: list[ast.stmt], problems: list[Problem]) -> Literal | None:
        """Take a leading text off `body`."""
        match body:
            case [ast.Expr(value=ast.Constant(value=str()) as node), *_]:
                body.pop(0)
                read = _tried(lambda: self._expressions.read(node), problems)
                return read if isinstance(read, Literal) else Literal(self._spans.of(node), "")
        return None

    def _definition(self, node: ast.Assign) -> Definition:
        target = node.targets[0]
        if len(node.targets) != 1 or not isinstance(target, ast.Name):
            raise self._expressions.foreign(node, "an assignment to more than one name", "write: name = value")
        name = Name(self._spans.of(target), target.id)
        return Definition(self._spans.of(node), name, self._expressions.read(node.value))

    def _rule(self, node: ast.FunctionDef) -> RuleDef:
        """Read a rule; of several problems in it the last is raised, the others are noted."""
        problems: list[Problem] = []
        arguments = _tried(lambda: self._decorator(node), problems)
        if any(problem.code == "decorator" for problem in problems):
            raise NotInLanguage(problems[0])  # not a rule at all: what is in it says nothing
        template, body = self._template(node, problems)
        local = [_tried(partial(self._local, statement), problems) for statement in body[:-1]]
        condition = _tried(lambda: self._condition(node, body), problems)
        if problems or arguments is None or template is None or condition is None:
            self._problems += problems[:-1]
            raise NotInLanguage(problems[-1])
        found = tuple(definition for definition in local if definition is not None)
        return RuleDef(self._spans.head(node), node.name, arguments, template, found, condition)

    def _template(self, node: ast.FunctionDef, problems: list[Problem]) -> tuple[Literal | None, list[ast.stmt]]:
        """The rule's docstring, and the statements after it."""
        parameters = node.args
        if parameters.args or parameters.posonlyargs or parameters.kwonlyargs or parameters.vararg or parameters.kwarg:
            hint = f"write: def {node.name}():"
            problems.append(self._expressions.foreign(node, "a parameter of a rule", hint).problem)
        if node.returns is not None and not (isinstance(node.returns, ast.Name) and node.returns.id == "Bool"):
            problems.append(self._expressions.foreign(node.returns, "this annotation", "a rule gives Bool").problem)
        body = list(node.body)
        template = self._docstring(body, problems)
        if template is None:
            hint = 'begin the rule with """{author.handle} did ..."""'
            problems.append(Problem(self._spans.head(node), "reason", "a rule without its reason", hint=hint))
        return template, body

    def _condition(self, node: ast.FunctionDef, body: list[ast.stmt]) -> Syntax:
        if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
            hint = "end the rule with: return <condition>"
            raise NotInLanguage(Problem(self._spans.head(node), "syntax", "a rule without a condition", hint=hint))
        return self._expressions.read(body[-1].value)

    def _local(self, statement: ast.stmt) -> Definition:
        if not isinstance(statement, ast.Assign):
            raise self._foreign(statement)
        return self._definition(statement)

    def _decorator(self, node: ast.FunctionDef) -> tuple[Keyword, ...]:
        hint = "write: @rule(on=post.created, then=[...])"
        match node.decorator_list:
            case [ast.Call(func=ast.Name(id="rule"), args=[], keywords=keywords)]:
                return tuple(self._expressions.keyword(keyword) for keyword in keywords)
        raise NotInLanguage(
            Problem(
                self._spans.head(node), "decorator", "a function that is not a rule", expected="@rule(...)", hint=hint
            )
        )


def _tried(read: Callable[[], _T], problems: list[Problem]) -> _T | None:
    """Read one part; a problem is noted, so that the parts after it are read too."""
    try:
        return read()
    except NotInLanguage as error:
        problems.append(error.problem)
        return None
