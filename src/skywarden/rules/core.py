"""The typed tree between the checker and the plan: names are resolved, every node has its type."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from skywarden.kernel.spans import SourceSpan
from skywarden.model.effect import NO_LIMITS, NO_OPTIONS, EffectOptions, Limits
from skywarden.rules.source import SetRef
from skywarden.rules.types import Type

Param = bool | int | float | str | SetRef | tuple[str, ...]
"""A constant that is part of an operator; durations and times are microseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """One value known at compile time; `tunable` where a parameter file may say another."""

    span: SourceSpan
    type: Type
    value: bool | int | float | str
    tunable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of the event."""

    span: SourceSpan
    type: Type
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """The current element within a `Quantify`."""

    span: SourceSpan
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operator on operands; `params` are its constants."""

    span: SourceSpan
    type: Type
    op: str
    args: tuple["Core", ...]
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A use of a named value; the inlining pass puts the value in its place."""

    span: SourceSpan
    type: Type
    name: str
    target: "Core"


@dataclass(frozen=True, slots=True, eq=False)
class Quantify:
    """any, all or count of `condition` over the elements of `items`."""

    span: SourceSpan
    type: Type
    op: str
    items: "Core"
    element: Element
    condition: "Core"


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stateful function: `op` by keys over a stretch of event time. Without keys all events have one key.

    `value` is what is counted, summed or compared; `member` whose different values `similar` counts. `params` are the
    constants of the op: rate_limited (tokens, per_us, burst), trending (against_us), similar (threshold),
    heavy (slots).
    """

    span: SourceSpan
    type: Type
    op: str
    keys: tuple["Core", ...]
    value: "Core | None"
    where: "Core | None"
    over_us: int
    exact: bool
    params: tuple[Param, ...] = ()
    member: "Core | None" = None


Core = Const | Column | Element | Apply | Named | Quantify | Window


@dataclass(frozen=True, slots=True)
class SubjectTerm:
    """Whom an effect is about: `author`, `record`, or the other party by the columns that name it."""

    text: str
    uri_column: str | None = None
    did_column: str | None = None

    @property
    def is_account(self) -> bool:
        """It never names a record."""
        return self.text != "record" and self.uri_column is None


@dataclass(frozen=True, slots=True)
class EffectTerm:
    """One proposal of a rule; `value` as `Effect.value` has it."""

    kind: str
    value: str
    subject: SubjectTerm
    options: EffectOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True)
class Slot:
    """A `{name}` of a reason template."""

    name: str


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule with all its names resolved. `values` are the named values that a hit shows.

    `after_us`: how long after an event on which it was unknown the rule looks again; None: never.
    """

    name: str
    file: str
    span: SourceSpan
    on: tuple[str, ...]
    condition: Core
    values: tuple[tuple[str, Core], ...]
    template: tuple[str | Slot, ...]
    effects: tuple[EffectTerm, ...]
    limits: Limits = NO_LIMITS
    after_us: int | None = None


def children(node: Core) -> tuple[Core, ...]:
    """The operands of a node, in evaluation order."""
    if isinstance(node, Apply):
        return node.args
    if isinstance(node, Named):
        return (node.target,)
    if isinstance(node, Quantify):
        return (node.items, node.condition)
    if isinstance(node, Window):
        return (*node.keys, *(part for part in (node.value, node.member, node.where) if part is not None))
    return ()


def every_node(trees: Iterable[Core]) -> Iterator[Core]:
    """Each node of the trees once, however often it is used; a node comes before its operands."""
    seen: set[int] = set()
    todo = list(trees)
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            todo.extend(children(node))
            yield node


def unnamed(node: Core) -> Core:
    """The value behind a name, however often it was named."""
    while isinstance(node, Named):
        node = node.target
    return node
