"""Hold the columns of a scope's nodes for some rows, each made when first asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from skywarden.engine.columns import Bools, Column, Flat, Ints, bytes_of, full, take_rows
from skywarden.engine.operators.contract import Frame, Operator
from skywarden.engine.schedule import Schedule
from skywarden.rules.plan.nodes import Node, Shape


class OperatorFailed(Exception):
    """An operator raised; what depends on it has no value."""

    def __init__(self, operator: str, error: Exception) -> None:
        self.operator = operator
        self.error = error
        super().__init__(f"{operator}: {error}")


@dataclass(slots=True)
class Costs:
    """What each node of a scope has cost, in seconds of processor time; programs are all rules' together."""

    nodes: list[float]
    programs: float = 0.0


@dataclass(frozen=True, slots=True)
class Bound:
    """What runs are made of that are the same for every chunk: operators by node, the clock, the largest column."""

    schedule: Schedule
    operators: Sequence[Operator]
    clock: Callable[[], float]
    column_bytes: int

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.schedule.scope.nodes


@dataclass(slots=True)
class Results:
    """The columns of a scope's nodes for one frame, each made when first asked for.

    With a `parent` the frame is some rows of the parent's, and what the parent has is taken from there.
    """

    bound: Bound
    frame: Frame
    costs: Costs
    parent: "Results | None" = None
    rows: Ints | None = None
    found: list[Column | OperatorFailed | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found = [None] * len(self.bound.nodes)

    def at(self, rows: Ints) -> "Results":
        """The same for some rows, which ascend."""
        frame = Frame(self.frame.rows.at(rows), self.frame.times_us[rows], self.frame.windows, self.frame.lookups)
        return Results(self.bound, frame, self.costs, self, rows)

    def ask(self, number: int) -> Column | OperatorFailed:
        """The column of a node, or why there is none."""
        result = self.found[number]
        if result is None:
            result = self.found[number] = self._make(number)
        return result

    def column(self, number: int) -> Column:
        """The column of a node. Raises: OperatorFailed."""
        result = self.ask(number)
        if isinstance(result, OperatorFailed):
            raise result
        return result

    def true(self, number: int) -> Bools:
        """Where a condition is true. Raises: OperatorFailed."""
        column = self.column(number)
        assert isinstance(column, Flat)
        known = full(column, len(self.frame))
        return known.values & known.valid

    def _make(self, number: int) -> Column | OperatorFailed:
        bound = self.bound
        node = bound.nodes[number]
        if self.parent is not None and self.rows is not None:
            there = self.parent.found[number]
            if isinstance(there, OperatorFailed):
                return there
            if there is not None and node.op != "column" and node.shape is not Shape.ELEMENTS:
                return take_rows(there, self.rows)
        try:
            args = [self.column(arg) for arg in node.args]
            began = bound.clock()
            made = bound.operators[number](node, args, self.frame)
            self.costs.nodes[number] += bound.clock() - began
            if node.op != "column" and bytes_of(made) > bound.column_bytes:
                raise MemoryError(f"a column of {bytes_of(made)} bytes, the limit is {bound.column_bytes}")
            return made
        except OperatorFailed as failed:
            return failed
        except Exception as error:  # noqa: BLE001  # a rule's fault must not stop the stream; the engine counts it
            return OperatorFailed(node.op, error)
