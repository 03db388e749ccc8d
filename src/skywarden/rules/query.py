"""Turn expressions of the rule language into a plan that finds events and what they say: a rule that proposes nothing.

A query is checked as a rule is, by the same code and with the same errors, and run by the same engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from skywarden.kernel.spans import SourceSpan
from skywarden.model.event import SCHEMA
from skywarden.rules.catalog import EVENT_KINDS, EventKind, event_kind, known_kind
from skywarden.rules.check.context import Context, EnoughProblems
from skywarden.rules.check.events import check_presence
from skywarden.rules.check.expressions import ExpressionChecker
from skywarden.rules.check.never import check_reach
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.state import check_state
from skywarden.rules.core import CheckedRule, Column, Const, Core, Window, every_node
from skywarden.rules.limits import DEFAULT_LIMITS, Limits
from skywarden.rules.patterns.cost import ProcessorClock
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.problems import Problem, RuleErrors, Severity, did_you_mean, in_order, more_problems
from skywarden.rules.source import NO_SETS, SetRef, Sets
from skywarden.rules.syntax.expressions import NotInLanguage
from skywarden.rules.syntax.parse import parse_expression
from skywarden.rules.syntax.tree import Syntax
from skywarden.rules.types import BOOL, Form, Type

QUERY = "query"
"""What errors call the condition, and the name of the plan's one rule."""

ANY_EVENT = (
    "account.changed",
    "identity.changed",
    "moderation.happened",
    "record.created",
    "record.deleted",
    "record.updated",
    "report.received",
)
"""Kinds that every event is one of, but second looks and sync messages, which say nothing of their own."""

_ALWAYS_READ = frozenset({"source", "time_us", "did", "kind", "action", "collection", "rkey"})
_COLUMNS = frozenset(SCHEMA.names)
_NO_SLICE_IS_LONGER = 50


@dataclass(frozen=True, slots=True)
class QueryText:
    """What somebody asks: a condition (empty: every event) on kinds of events (none: any), and values by name."""

    condition: str = ""
    on: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query. `condition` is its typed tree, for whoever wants to read less than everything.

    `memory_us`: how long before the first event that counts its stateful functions must have been watching; 0 where it
    has none. `columns` are those that the engine reads.
    """

    plan: Plan
    on: tuple[str, ...]
    condition: Core
    values: tuple[tuple[str, Core], ...]
    columns: frozenset[str]
    memory_us: int
    warnings: tuple[Problem, ...]
    sources: Mapping[str, str]

    @property
    def is_stateful(self) -> bool:
        """Its answer for an event hangs on the events before it."""
        return self.memory_us > 0

    @property
    def kinds(self) -> tuple[EventKind, ...]:
        """The kinds of events that it is on."""
        return tuple(known_kind(path) for path in self.on)

    def type_of(self, name: str) -> Type:
        """The type of one of its values."""
        return next(core.type for known, core in self.values if known == name)


def compile_query(
    asked: QueryText,
    sets: Sets = NO_SETS,
    limits: Limits = DEFAULT_LIMITS,
    clock: ProcessorClock | None = None,
) -> Query:
    """Check a query and plan it. Raises: RuleErrors with every problem of every expression. Nothing is executed."""
    sources = (
        {QUERY: asked.condition.strip()}
        | {name: text.strip() for name, text in asked.values}
        | {"on": ", ".join(asked.on)}
    )
    context = Context(sets, limits, clock=clock)
    unknown = [_unknown_kind(at, asked.on) for at, path in enumerate(asked.on) if event_kind(path) is None]
    on = tuple(sorted(set(asked.on))) or ANY_EVENT
    try:
        condition, values = _typed(asked, context)
        _check(condition, values, () if unknown else on, context)
    except EnoughProblems:
        context.problems.append(more_problems(QUERY, limits))
    problems = [*unknown, *context.problems]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise RuleErrors([one for one in problems if one.severity is Severity.ERROR], sources)
    rule = CheckedRule(QUERY, QUERY, _start(QUERY), on, condition, values, (), ())
    trees = [condition, *(core for _, core in values)]
    plan = build_plan([rule], _only(sets, context.set_refs))
    return Query(plan, on, condition, values, _columns(on, trees), _memory_us(trees), in_order(problems), sources)


def _typed(asked: QueryText, context: Context) -> tuple[Core, tuple[tuple[str, Core], ...]]:
    checker, scope = ExpressionChecker(context), Scope()
    condition: Core = Const(_start(QUERY), BOOL, True)
    if asked.condition.strip():
        syntax = _parsed(QUERY, asked.condition, context)
        condition = checker.boolean(syntax, scope) if syntax is not None else condition
    values = []
    for name, text in asked.values:
        syntax = _parsed(name, text, context)
        if syntax is not None:
            core = checker.check(syntax, scope)
            if core.type.form is Form.SET:
                context.problem(core.span, "type", "wrong type", expected="a value or a list", found=str(core.type))
            values.append((name, core))
    return condition, tuple(values)


def _parsed(name: str, text: str, context: Context) -> Syntax | None:
    try:
        return parse_expression(name, text.strip(), context.limits)
    except NotInLanguage as error:
        context.problems.append(error.problem)
        return None


def _check(condition: Core, values: Iterable[tuple[str, Core]], on: Sequence[str], context: Context) -> None:
    """What is asked of a rule whose names all have their types."""
    nodes = list(every_node([condition, *(core for _, core in values)]))
    limit = context.limits.nodes_per_rule
    if len(nodes) > limit:
        expected = f"at most {limit:,} nodes (limit nodes_per_rule)"
        context.problem(_start(QUERY), "limit", "query too large", expected=expected, hint="ask for less at once")
        return
    if not isinstance(condition, Const):
        check_reach(condition, nodes, context, "this is true of no event")
    if on:
        check_presence(QUERY, tuple(EVENT_KINDS) if on == ANY_EVENT else tuple(on), nodes, context)
        check_state(on, nodes, context)


def _unknown_kind(at: int, on: Sequence[str]) -> Problem:
    path, column = on[at], sum(len(before) + 2 for before in on[:at]) + 1
    inside = [known for known in EVENT_KINDS if known.startswith(f"{path}.")]
    hint = "one of " + ", ".join(inside) if inside else did_you_mean(path, tuple(EVENT_KINDS))
    span = SourceSpan("on", 1, column, 1, column + len(path))
    return Problem(span, "event", f"unknown kind of event {path}".rstrip(), hint=hint)


def _columns(on: Sequence[str], trees: Sequence[Core]) -> frozenset[str]:
    """The event's columns that a run reads."""
    found = {node.name for node in every_node(trees) if isinstance(node, Column)}
    for kind in map(known_kind, on):
        found |= {name for name in (kind.present, *(kind.changed or ())) if name is not None}
    return (frozenset(found) & _COLUMNS) | _ALWAYS_READ


def _memory_us(trees: Sequence[Core]) -> int:
    """The longest stretch that a stateful function looks back, and one slice of it."""
    windows = [node for node in every_node(trees) if isinstance(node, Window)]
    return max((_looks_back_us(window) for window in windows), default=0)


def _looks_back_us(window: Window) -> int:
    baseline = window.params[0] if window.op == "trending" and window.params else 0
    over_us = window.over_us + (int(baseline) if isinstance(baseline, int | float) else 0)
    return over_us + over_us // _NO_SLICE_IS_LONGER + 1


def _only(sets: Sets, used: Mapping[str, SetRef]) -> Mapping[str, frozenset[str]]:
    return {name: sets.entries[name] for name in used}


def _start(file: str) -> SourceSpan:
    return SourceSpan(file, 1, 1, 1, 2)
