"""Plan the work on a scope: which nodes run on every row and in which order, which only where a rule may still be true.

First what memory needs, and the cheap conditions: numbers and logic joined into programs, between them the operators
that programs cannot do, then the stateful ones, then one more program that decides every rule's cheap conditions. The
costly conditions of a rule wait in `Decision.later` until its cheap ones have left rows over.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from skywarden.engine.operators.costs import CHEAP, CLASSES, cost_of
from skywarden.engine.program import Assembled, Assembler, bank_of, compiles
from skywarden.rules.plan.nodes import WINDOW_OPS, Node, RulePlan, Scope

_READ_IN_PLACE = frozenset({"column", "const"})
"""Nodes that cost nothing until another asks for them."""
SCANS = frozenset({"matches", "contains_any"})
"""One pass over a text column answers all nodes of one of these that ask about it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How one rule is decided: `truth` is its cheap conditions' row in the last program, -1 where it has none.

    Shape: `later` has, for each class of cost above the cheap one, the conditions of that class; `scans` has, for each
    of these classes, the nodes in its conditions that one scan answers for all rules at once.
    """

    rule: RulePlan
    truth: int
    cheap: tuple[int, ...]
    later: tuple[tuple[int, ...], ...]
    scans: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The work on one scope. `stateful` has the numbers of the first and behind the last step that touch memory."""

    scope: Scope
    steps: tuple[int | Assembled, ...]
    stateful: tuple[int, int]
    last: Assembled
    decisions: tuple[Decision, ...]
    users: tuple[tuple[str, ...], ...]
    """For each node the rules that need it."""


def make_schedule(scope: Scope, rules: Sequence[RulePlan], compiled: Callable[[Node], bool]) -> Schedule:
    """Plan the work. `compiled`: may the program's instruction stand for this operator?"""
    return _Planner(scope, rules, compiled).schedule()


def needed_by(scope: Scope, roots: Iterable[int]) -> set[int]:
    """The nodes that some nodes depend on, themselves included."""
    found: set[int] = set()
    todo = list(roots)
    while todo:
        number = todo.pop()
        if number not in found:
            found.add(number)
            todo.extend(scope.nodes[number].args)
    return found


def rule_nodes(scope: Scope, rule: RulePlan) -> set[int]:
    """The nodes that a rule depends on."""
    return needed_by(scope, (rule.root, *(number for _, number in rule.values)))


class _Planner:
    def __init__(self, scope: Scope, rules: Sequence[RulePlan], compiled: Callable[[Node], bool]) -> None:
        self._scope = scope
        self._nodes = scope.nodes
        self._rules = rules
        every = set().union(*(rule_nodes(scope, rule) for rule in rules))
        self._windows = {number for number in every if self._nodes[number].op in WINDOW_OPS}
        self._forced = needed_by(scope, self._windows)
        self._costs = self._classes()
        self._programmable = {
            number for number in every if compiled(self._nodes[number]) and compiles(self._nodes[number], self._nodes)
        }
        self._constants = {number for number in self._programmable if self._nodes[number].op == "const"}
        self._parts = [self._by_cost(rule.root) for rule in rules]

    def schedule(self) -> Schedule:
        cheap = [part for parts in self._parts for part in parts[CHEAP]]
        wanted = self._walk([*self._windows, *cheap])
        numeric = wanted & self._programmable
        others = {number for number in wanted - numeric if self._nodes[number].op not in _READ_IN_PLACE}
        steps, stateful, made = self._order(numeric, others)
        last, decisions = self._finish(numeric - made, made)
        return Schedule(self._scope, tuple(steps), stateful, last, decisions, self._users())

    def _walk(self, roots: Iterable[int]) -> set[int]:
        """The nodes that must run for some nodes to be there."""
        found: set[int] = set()
        todo = list(roots)
        while todo:
            number = todo.pop()
            if number not in found:
                found.add(number)
                todo.extend(self._operands(number))
        return found

    def _classes(self) -> list[int]:
        """The class of each node with all that it needs; what memory needs is there anyway."""
        costs: list[int] = []
        for number, node in enumerate(self._nodes):
            own = CHEAP if number in self._forced else cost_of(node.op)
            inner = 0 if number in self._forced else max((costs[arg] for arg in node.args), default=0)
            costs.append(max(own, inner))
        return costs

    def _by_cost(self, root: int) -> tuple[tuple[int, ...], ...]:
        """The conditions that must all be true, by class of cost."""
        parts: dict[int, None] = {}
        todo = [root]
        while todo:
            number = todo.pop()
            if self._nodes[number].op == "and":
                todo.extend(reversed(self._nodes[number].args))
            else:
                parts[number] = None
        return tuple(tuple(part for part in parts if self._costs[part] == cost) for cost in CLASSES)

    def _order(self, numeric: set[int], others: set[int]) -> tuple[list[int | Assembled], tuple[int, int], set[int]]:
        """Steps until everything but the last program has run; which are stateful; which numeric nodes were made."""
        steps: list[int | Assembled] = []
        done = {n for n in range(len(self._nodes)) if self._nodes[n].op in _READ_IN_PLACE}
        made: set[int] = set()
        left = set(others)
        first = -1
        while left:
            ready = sorted(n for n in left if done.issuperset(self._nodes[n].args))
            stateless = [n for n in ready if n not in self._windows]
            operands = {arg for n in left - set(ready) for arg in self._nodes[n].args} & (numeric - made)
            possible = {n for n in operands if self._reachable(n, numeric, done)}
            if stateless:
                steps += stateless
                done |= set(stateless)
                left -= set(stateless)
            elif possible:
                steps.append(self._program(possible, numeric - made))
                done |= possible
                made |= possible
            else:
                assert ready, "the nodes of a plan stand after their operands"
                first = len(steps) if first < 0 else first
                steps += ready
                done |= set(ready)
                left -= set(ready)
        last = 1 + max((at for at, step in enumerate(steps) if step in self._windows), default=-1)
        return steps, (max(first, 0), last), made

    def _reachable(self, number: int, numeric: set[int], done: set[int]) -> bool:
        """Can a numeric node be computed from what is there?"""
        todo = [number]
        while todo:
            at = todo.pop()
            if at in done:
                continue
            if at not in numeric:
                return False
            todo.extend(self._operands(at))
        return True

    def _operands(self, number: int) -> Iterable[int]:
        """What a node takes from others; fields and lengths a program reads from the event's columns itself."""
        node = self._nodes[number]
        if number not in self._programmable:
            return node.args
        if node.op == "present":
            return node.args[1:]
        if node.op == "list_length":
            source = self._nodes[node.args[0]]
            return source.args[1:] if source.op == "record_list" else ()
        return node.args

    def _program(self, outputs: set[int], numeric: set[int]) -> Assembled:
        assembler = Assembler(self._nodes, frozenset(numeric | self._constants))
        for number in sorted(outputs):
            assembler.output(number)
        return assembler.finish()

    def _finish(self, numeric: set[int], made: set[int]) -> tuple[Assembled, tuple[Decision, ...]]:
        """The last program: every rule's cheap conditions, and the operands of its costly ones."""
        assembler = Assembler(self._nodes, frozenset(numeric | self._constants))
        decisions = []
        for rule, parts in zip(self._rules, self._parts, strict=True):
            cheap = parts[CHEAP]
            later = parts[CHEAP + 1 :]
            scans = tuple(self._scans(level) for level in later)
            decisions.append(Decision(rule, assembler.truth(cheap) if cheap else -1, cheap, later, scans))
        costly = needed_by(
            self._scope, (part for parts in self._parts for later in parts[CHEAP + 1 :] for part in later)
        )
        operands = {arg for number in costly for arg in self._nodes[number].args} & (numeric - made)
        for number in sorted(operands):
            if self._nodes[number].op != "const" and bank_of(self._nodes[number]) is not None:
                assembler.output(number)
        return assembler.finish(), tuple(decisions)

    def _scans(self, conditions: Iterable[int]) -> tuple[int, ...]:
        needed = needed_by(self._scope, conditions)
        return tuple(number for number in sorted(needed) if self._nodes[number].op in SCANS)

    def _users(self) -> tuple[tuple[str, ...], ...]:
        users: list[list[str]] = [[] for _ in self._nodes]
        for rule in self._rules:
            for number in rule_nodes(self._scope, rule):
                users[number].append(rule.name)
        return tuple(tuple(found) for found in users)
