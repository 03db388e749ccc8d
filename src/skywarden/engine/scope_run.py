"""Run one scope's operators over its rows; a failing operator spoils only what depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skywarden.engine.columns import Column, Flat, Ints
from skywarden.engine.operators.contract import Frame, Operator
from skywarden.engine.values import value_at
from skywarden.model.hit import Value
from skywarden.rules.plan.nodes import RulePlan, Scope


@dataclass(frozen=True, slots=True)
class Failure:
    """What an operator raised instead of giving a column."""

    op: str
    error: Exception


Result = Column | Failure


class ScopeRun:
    """The columns of every node of a scope, for one frame."""

    def __init__(self, scope: Scope, frame: Frame, operators: Mapping[str, Operator], needed: frozenset[int]) -> None:
        self.scope = scope
        self.frame = frame
        self._results: list[Result | None] = [None] * len(scope.nodes)
        for number in range(len(scope.nodes)):
            if number in needed:
                self._results[number] = self._run(number, operators)

    def _run(self, number: int, operators: Mapping[str, Operator]) -> Result:
        node = self.scope.nodes[number]
        args: list[Column] = []
        for arg in node.args:
            result = self._results[arg]
            if isinstance(result, Failure):
                return result
            assert result is not None
            args.append(result)
        try:
            return operators[node.op](node, args, self.frame)
        except Exception as error:  # noqa: BLE001  # a rule's fault must not stop the stream; the engine counts it
            return Failure(node.op, error)

    def failure(self, rule: RulePlan) -> Failure | None:
        """Why the rule cannot be decided, if it cannot."""
        for number in (rule.root, *(node for _, node in rule.values)):
            result = self._results[number]
            if isinstance(result, Failure):
                return result
        return None

    def true_rows(self, rule: RulePlan) -> Ints:
        """Rows for which the rule's condition is true; unknown is not true."""
        root = self._results[rule.root]
        assert isinstance(root, Flat)
        true = root.values & root.valid
        if len(true) == 1 and len(self.frame) != 1:
            return np.arange(len(self.frame) if true[0] else 0)
        return np.flatnonzero(true)

    def values(self, rule: RulePlan, row: int) -> dict[str, Value]:
        """The rule's named values at one row."""
        found: dict[str, Value] = {}
        for name, number in rule.values:
            column = self._results[number]
            assert column is not None
            assert not isinstance(column, Failure)
            found[name] = value_at(column, row, self.scope.nodes[number].type)
        return found


def needed_nodes(scope: Scope, rules: list[RulePlan]) -> frozenset[int]:
    """The nodes that some of the scope's rules depend on."""
    needed: set[int] = set()
    todo = [number for rule in rules for number in (rule.root, *(node for _, node in rule.values))]
    while todo:
        number = todo.pop()
        if number not in needed:
            needed.add(number)
            todo.extend(scope.nodes[number].args)
    return frozenset(needed)
