"""The syntax tree of a rule file: what was written, nothing yet about what it means."""

from dataclasses import dataclass

from skywarden.kernel.spans import SourceSpan


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, True or False."""

    span: SourceSpan
    value: bool | int | float | str


@dataclass(frozen=True, slots=True)
class Name:
    span: SourceSpan
    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`target.name`."""

    span: SourceSpan
    target: "Syntax"
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    span: SourceSpan
    operator: str
    operand: "Syntax"


@dataclass(frozen=True, slots=True)
class Binary:
    """`x + y` and its like."""

    span: SourceSpan
    operator: str
    left: "Syntax"
    right: "Syntax"


@dataclass(frozen=True, slots=True)
class Compare:
    """`a < b <= c`: one more operand than operators."""

    span: SourceSpan
    operators: tuple[str, ...]
    operands: tuple["Syntax", ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """`x and y and z`, or the same with `or`."""

    span: SourceSpan
    operator: str
    operands: tuple["Syntax", ...]


@dataclass(frozen=True, slots=True)
class Keyword:
    span: SourceSpan
    name: str
    value: "Syntax"


@dataclass(frozen=True, slots=True)
class Call:
    span: SourceSpan
    function: "Syntax"
    arguments: tuple["Syntax", ...]
    keywords: tuple[Keyword, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """`[a, b]` or `(a, b)`."""

    span: SourceSpan
    items: tuple["Syntax", ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """`result for name in items if condition`, as the argument of any, all or count."""

    span: SourceSpan
    result: "Syntax"
    name: Name
    items: "Syntax"
    conditions: tuple["Syntax", ...]


Syntax = Literal | Name | Attribute | Unary | Binary | Compare | Logic | Call | Sequence | Generator


@dataclass(frozen=True, slots=True)
class Definition:
    """`name = value`, at module level or within a rule."""

    span: SourceSpan
    name: Name
    value: Syntax


@dataclass(frozen=True, slots=True)
class Imported:
    """`name as known_as` of an import."""

    span: SourceSpan
    name: str
    known_as: str


@dataclass(frozen=True, slots=True)
class Import:
    """`from .module import names`. `file` is the name of the file that is meant."""

    span: SourceSpan
    module: str
    file: str
    names: tuple[Imported, ...]


@dataclass(frozen=True, slots=True)
class RuleDef:
    """A function with `@rule(...)`: the decorator's arguments, the reason template, local names, the condition."""

    span: SourceSpan
    name: str
    arguments: tuple[Keyword, ...]
    template: Literal
    locals: tuple[Definition, ...]
    condition: Syntax


@dataclass(frozen=True, slots=True)
class FileTree:
    """One rule file."""

    file: str
    doc: str
    imports: tuple[Import, ...]
    definitions: tuple[Definition, ...]
    rules: tuple[RuleDef, ...]
