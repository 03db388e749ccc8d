"""Turn a checked rule into one whose hits show every part of its condition and every operand of its windows.

What a window remembers hangs on what it computes, not on the rule that names it: the rule made here reads the very
memory of the first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from skywarden.kernel.spans import SourceSpan
from skywarden.model.effect import NO_LIMITS
from skywarden.rules.core import Apply, CheckedRule, Const, Core, Window, every_node, unnamed
from skywarden.rules.types import BOOL, Form

_MARK = "\x00"
"""Begins the names of values that are added: no rule can write it."""

_LOGIC = frozenset({"and", "or", "not"})
_COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "text_eq", "text_ne"})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the condition: as it is written, `depth` levels down, and the name of its value."""

    depth: int
    text: str
    name: str
    is_condition: bool


@dataclass(frozen=True, slots=True)
class WindowParts:
    """A stateful function as it is written, and the names of its answer, keys, value and condition."""

    window: Window
    text: str
    answer: str
    keys: tuple[str, ...]
    value: str | None
    where: str | None


@dataclass(frozen=True, slots=True)
class Dissected:
    """A rule with everything that explains it among its values, and what those values are."""

    rule: CheckedRule
    parts: tuple[Part, ...]
    windows: tuple[WindowParts, ...]


def dissect(rule: CheckedRule, sources: Mapping[str, str]) -> Dissected:
    """Take a rule apart; `sources` are the texts of its files. The rule that results proposes nothing."""
    shown: dict[str, Core] = dict(rule.values)
    taken = _Names(shown)
    parts = tuple(
        Part(depth, _text(node.span, sources), taken.name(node), node.type == BOOL)
        for depth, node in _walk(rule.condition, 0)
    )
    windows = tuple(
        _window(node, taken, sources)
        for node in every_node([rule.condition, *shown.values()])
        if isinstance(node, Window)
    )
    values = tuple(sorted(shown.items()))
    return Dissected(replace(rule, values=values, effects=(), limits=NO_LIMITS, after_us=None), parts, windows)


class _Names:
    """Names for trees that are to be shown; the same tree has one name."""

    def __init__(self, shown: dict[str, Core]) -> None:
        self._shown = shown
        self._known = {id(core): name for name, core in shown.items()}

    def name(self, node: Core) -> str:
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = f"{_MARK}{len(self._known)}"
            self._shown[found] = node
        return found


def is_added(name: str) -> bool:
    """The value was added to explain; no rule names it."""
    return name.startswith(_MARK)


def _walk(node: Core, depth: int) -> Iterator[tuple[int, Core]]:
    """The condition and what it is made of: logic down to comparisons, and of these what is compared."""
    yield depth, node
    inner = unnamed(node)
    if not isinstance(inner, Apply):
        return
    if inner.op in _LOGIC:
        for arg in inner.args:
            yield from _walk(arg, depth + 1)
    elif inner.op in _COMPARISONS:
        for arg in inner.args:
            if not isinstance(unnamed(arg), Const) and arg.type.form is Form.ONE:
                yield depth + 1, arg


def _window(node: Window, taken: _Names, sources: Mapping[str, str]) -> WindowParts:
    return WindowParts(
        node,
        _text(node.span, sources),
        taken.name(node),
        tuple(taken.name(key) for key in node.keys),
        None if node.value is None else taken.name(node.value),
        None if node.where is None else taken.name(node.where),
    )


def _text(span: SourceSpan, sources: Mapping[str, str]) -> str:
    """The source text of a span on one line."""
    lines = sources[span.file].splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(" ".join(line.split()) for line in lines)


def operands_only(rule: CheckedRule, windows: tuple[WindowParts, ...], shown: Mapping[str, Core]) -> CheckedRule:
    """A rule on the same events that shows the windows' operands and remembers nothing."""
    wanted = {name for one in windows for name in (*one.keys, one.value, one.where) if name is not None}
    values = tuple((name, shown[name]) for name in sorted(wanted))
    return replace(rule, condition=Const(rule.span, BOOL, False), values=values)
