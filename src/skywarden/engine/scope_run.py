"""Run one scope's operators over its rows, each when first asked for; a failing one spoils only its dependents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skywarden.engine.columns import Bools, Column, Flat, Ints, full
from skywarden.engine.operators.contract import Frame, Operator
from skywarden.engine.values import value_at
from skywarden.model.hit import Value
from skywarden.rules.plan.nodes import WINDOW_OPS, RulePlan, Scope


class OperatorFailed(Exception):
    """An operator raised; what depends on it has no value."""

    def __init__(self, operator: str, error: Exception) -> None:
        self.operator = operator
        self.error = error
        super().__init__(f"{operator}: {error}")


@dataclass(frozen=True, slots=True)
class RuleRun:
    """Where a rule is true, and the means to read its values there."""

    rule: RulePlan
    rows: Ints
    columns: Mapping[str, Column]


class ScopeRun:
    """The columns of a scope for one frame, made on demand.

    Windows are asked first, whatever the rules' conditions turn out to be: their memory must see every event (INV-3).
    """

    def __init__(self, scope: Scope, frame: Frame, operators: Mapping[str, Operator], windows: Sequence[int]) -> None:
        self.scope = scope
        self.frame = frame
        self._operators = operators
        self._results: list[Column | OperatorFailed | None] = [None] * len(scope.nodes)
        for number in windows:
            self._result(number)

    def run(self, rule: RulePlan, *, everywhere: bool = False) -> RuleRun:
        """Decide a rule; its values are computed where it is true somewhere, or `everywhere`.

        Raises: OperatorFailed.
        """
        rows = np.flatnonzero(self._true(rule.root))
        columns = {}
        if len(rows) or everywhere:
            columns = {name: self._column(number) for name, number in rule.values}
        return RuleRun(rule, rows, columns)

    def values(self, run: RuleRun, row: int) -> dict[str, Value]:
        """A rule's named values at one row."""
        nodes = self.scope.nodes
        return {name: value_at(run.columns[name], row, nodes[number].type) for name, number in run.rule.values}

    def _true(self, number: int) -> Bools:
        """Where a condition is true; the parts of a conjunction are not asked once nothing is left."""
        node = self.scope.nodes[number]
        if node.op != "and" or self._results[number] is not None:
            column = self._column(number)
            assert isinstance(column, Flat)
            known = full(column, len(self.frame))
            return known.values & known.valid
        left = np.ones(len(self.frame), dtype=np.bool_)
        for arg in node.args:
            left = left & self._true(arg)
            if not left.any():
                break
        return left

    def _column(self, number: int) -> Column:
        result = self._result(number)
        if isinstance(result, OperatorFailed):
            raise result
        return result

    def _result(self, number: int) -> Column | OperatorFailed:
        found = self._results[number]
        if found is None:
            found = self._results[number] = self._compute(number)
        return found

    def _compute(self, number: int) -> Column | OperatorFailed:
        node = self.scope.nodes[number]
        try:
            args = [self._column(arg) for arg in node.args]
            return self._operators[node.op](node, args, self.frame)
        except OperatorFailed as failed:
            return failed
        except Exception as error:  # noqa: BLE001  # a rule's fault must not stop the stream; the engine counts it
            return OperatorFailed(node.op, error)


def windows_of(scope: Scope, rules: Sequence[RulePlan]) -> tuple[int, ...]:
    """The window nodes that some of the rules depend on, ascending."""
    needed: set[int] = set()
    todo = [number for rule in rules for number in (rule.root, *(node for _, node in rule.values))]
    while todo:
        number = todo.pop()
        if number not in needed:
            needed.add(number)
            todo.extend(scope.nodes[number].args)
    return tuple(sorted(number for number in needed if scope.nodes[number].op in WINDOW_OPS))
