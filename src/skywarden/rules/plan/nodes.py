"""The plan as data: scopes of operator nodes, rules with their roots, effects and reason templates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from skywarden.model.effect import NO_LIMITS, Limits
from skywarden.rules.catalog.events import AGAIN
from skywarden.rules.core import EffectTerm, Param, Slot
from skywarden.rules.source import SetRef
from skywarden.rules.types import Type


class Shape(StrEnum):
    """How many values a node has: one for all rows, one a row, one an element of a list, or a list a row."""

    ONE = "one"
    ROWS = "rows"
    ELEMENTS = "elements"
    LISTS = "lists"


@dataclass(frozen=True, slots=True)
class Node:
    """One columnar operator. `args` are numbers of earlier nodes of the scope.

    `digest` names what the node computes, whatever plan it stands in: window state is kept under it.
    """

    op: str
    args: tuple[int, ...]
    type: Type
    shape: Shape
    params: tuple[Param, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class WindowParams:
    """How a stateful node reads its operands: the key, then the value, the member and the condition where it has them.

    `extra` are the constants of the op (see `core.Window`).
    """

    over_us: int
    exact: bool
    has_value: bool
    has_where: bool
    extra: tuple[Param, ...] = ()
    has_member: bool = False

    def as_params(self) -> tuple[Param, ...]:
        return (self.over_us, self.exact, self.has_value, self.has_where, self.has_member, *self.extra)

    @staticmethod
    def operands(node: Node) -> tuple[bool, bool, bool]:
        """Has a stateful node a value, a condition, a member? Asked at every chunk, so nothing is made of it."""
        _, _, has_value, has_where, has_member = node.params[:5]
        return bool(has_value), bool(has_where), bool(has_member)

    @classmethod
    def of(cls, node: Node) -> "WindowParams":
        over_us, exact, has_value, has_where, has_member, *extra = node.params
        assert isinstance(over_us, int)
        return cls(over_us, bool(exact), bool(has_value), bool(has_where), tuple(extra), bool(has_member))


WINDOW_OPS = frozenset(
    {"count", "distinct", "sum", "first_seen", "last_seen", "rate_limited", "trending", "similar", "heavy"}
)
"""Nodes with memory; every one is asked at every event of its scope."""


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule: the node of its condition, the nodes of the values that a hit shows, what it proposes."""

    name: str
    file: str
    version: str
    root: int
    values: tuple[tuple[str, int], ...]
    template: tuple[str | Slot, ...]
    effects: tuple[EffectTerm, ...]
    limits: Limits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules on one set of event kinds; they see only those rows, and share nodes."""

    on: tuple[str, ...]
    nodes: tuple[Node, ...]
    rules: tuple[RulePlan, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the engine needs; a value, made by `compile_rules`."""

    scopes: tuple[Scope, ...]
    sets: Mapping[str, frozenset[str]]
    other_sets: Mapping[SetRef, frozenset[str]] = field(default_factory=dict)
    """What versions read that are not those of the rule folder, where it is not what the folder's set of that name is.
    """

    def entries(self, ref: SetRef) -> frozenset[str]:
        """What a set holds that an operator reads."""
        other = self.other_sets.get(ref)
        return self.sets[ref.name] if other is None else other

    @property
    def rules(self) -> tuple[RulePlan, ...]:
        """Every rule that somebody wrote, in the order of scopes."""
        return tuple(rule for scope in self.scopes for rule in scope.rules if not rule.name.endswith(AGAIN))

    @property
    def versions(self) -> dict[str, str]:
        """Content hash of each rule, hidden ones too: one that computes or proposes something else has another."""
        return {rule.name: rule.version for scope in self.scopes for rule in scope.rules}
