"""Turn checked rules into a plan: passes, sharing, then numbered nodes scope by scope."""

import hashlib
from collections.abc import Mapping, Sequence

from skywarden.rules.core import Apply, CheckedRule, Column, Const, Core, Element, Named, Param, Quantify, Window
from skywarden.rules.plan.again import LaterLooks
from skywarden.rules.plan.nodes import WINDOW_OPS, Node, Plan, RulePlan, Scope, Shape, WindowParams
from skywarden.rules.plan.optimise import Optimiser
from skywarden.rules.source import SetRef
from skywarden.rules.types import INT, Form


class PlanBuilder:
    """Makes plans, one after another; each is what a new builder would make of the same rules."""

    def __init__(self) -> None:
        self._optimiser = Optimiser()
        self._later_looks = LaterLooks()

    def build(
        self,
        rules: Sequence[CheckedRule],
        sets: Mapping[str, frozenset[str]],
        other_sets: Mapping[SetRef, frozenset[str]] | None = None,
    ) -> Plan:
        """Make the plan. Shape: rules in any order -> scopes and rules sorted by name."""
        expanded = self._later_looks.expand(sorted(rules, key=lambda rule: rule.name))
        self._optimiser.begin(expanded)
        by_scope: dict[tuple[str, ...], list[CheckedRule]] = {}
        for rule in expanded:
            by_scope.setdefault(rule.on, []).append(rule)
        scopes = tuple(_build_scope(on, by_scope[on], self._optimiser) for on in sorted(by_scope))
        return Plan(scopes, dict(sets), dict(other_sets or {}))


def build_plan(rules: Sequence[CheckedRule], sets: Mapping[str, frozenset[str]]) -> Plan:
    """Make one plan."""
    return PlanBuilder().build(rules, sets)


def _build_scope(on: tuple[str, ...], rules: list[CheckedRule], optimiser: Optimiser) -> Scope:
    builder = _ScopeBuilder(on)
    plans = []
    for rule in rules:
        root = builder.number(optimiser.run(rule.condition))
        values = tuple((name, builder.number(optimiser.run(core))) for name, core in rule.values)
        version = _version(rule, on, builder, root, values)
        plans.append(RulePlan(rule.name, rule.file, version, root, values, rule.template, rule.effects, rule.limits))
    return Scope(on, tuple(builder.nodes), tuple(plans))


def _version(
    rule: CheckedRule, on: tuple[str, ...], builder: "_ScopeBuilder", root: int, values: tuple[tuple[str, int], ...]
) -> str:
    digests = [(name, builder.nodes[number].digest) for name, number in values]
    parts = (on, builder.nodes[root].digest, digests, rule.template, rule.effects, rule.limits, rule.after_us)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


class _ScopeBuilder:
    """Numbers the nodes of one scope; a node stands after its operands."""

    def __init__(self, on: tuple[str, ...]) -> None:
        self.on = on
        self.nodes: list[Node] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._by_digest: dict[str, int] = {}

    def number(self, tree: Core, items: int = -1) -> int:
        """The number of a tree's node; `items` is the list node whose elements it runs over (-1: rows)."""
        if items >= 0 and not _has_element(tree):
            return self._spread(self.number(tree), items)
        key = (id(tree), items)
        found = self._numbers.get(key)
        if found is None:
            found = self._make(tree, items)
            self._numbers[key] = found
        return found

    def _make(self, tree: Core, items: int) -> int:
        match tree:
            case Const(value=value):
                return self._add("const", (), tree, Shape.ONE, (value,))
            case Column(name=name):
                shape = Shape.LISTS if tree.type.form is Form.LIST else Shape.ROWS
                return self._add("column", (), tree, shape, (name,))
            case Element():
                return self._add("elements", (items,), tree, Shape.ELEMENTS, ())
            case Apply(op="list_has", args=(group, value)) if items >= 0:
                parts = (self.number(group), self.number(value, items), items)
                return self._add("list_has_each", parts, tree, Shape.ELEMENTS, tree.params)
            case Apply():
                args = tuple(self.number(arg, items) for arg in tree.args)
                return self._add(tree.op, args, tree, self._shape(tree, args), tree.params)
            case Quantify():
                source = self.number(tree.items)
                condition = self.number(tree.condition, source)
                return self._add(tree.op + "_of", (source, condition), tree, Shape.ROWS, ())
            case Window():
                return self._window(tree)
            case Named():
                raise AssertionError("names are inlined before the plan is built")

    def _window(self, tree: Window) -> int:
        """A window works on hashes of its keys, joined to one, and of the values that it counts."""
        parts = tuple(self._hash(key) for key in tree.keys)
        lists = any(self.nodes[part].shape is Shape.LISTS for part in parts)
        args = [self._inner("key", parts, Shape.LISTS if lists else Shape.ROWS)]
        if tree.value is not None:
            args.append(self._window_value(tree.op, tree.value))
        if tree.member is not None:
            args.append(self._hash(tree.member))
        if tree.where is not None:
            args.append(self.number(tree.where))
        params = WindowParams(
            over_us=tree.over_us,
            exact=tree.exact,
            has_value=tree.value is not None,
            has_where=tree.where is not None,
            extra=tree.params,
            has_member=tree.member is not None,
        )
        return self._add(tree.op, tuple(args), tree, Shape.ROWS, params.as_params())

    def _window_value(self, op: str, tree: Core) -> int:
        """Values are told apart by their hashes, texts compared by their signatures; numbers are added as they are."""
        if op == "sum":
            return self.number(tree)
        return self._inner("signature", (self.number(tree),), Shape.ROWS) if op == "similar" else self._hash(tree)

    def _hash(self, tree: Core) -> int:
        value = self.number(tree)
        return self._inner("hash", (value,), self.nodes[value].shape)

    def _inner(self, op: str, args: tuple[int, ...], shape: Shape) -> int:
        """A node that no rule wrote; it carries a 64-bit hash."""
        return self._append(Node(op, args, INT, shape, (), self._digest(op, args, ())))

    def _spread(self, number: int, items: int) -> int:
        """Repeat a row's value for each element of the list."""
        node = self.nodes[number]
        if node.shape is Shape.ONE:
            return number
        args = (number, items)
        return self._append(Node("spread", args, node.type, Shape.ELEMENTS, (), self._digest("spread", args, ())))

    def _shape(self, tree: Apply, args: tuple[int, ...]) -> Shape:
        if tree.type.form is Form.LIST:
            return Shape.LISTS
        shapes = {self.nodes[arg].shape for arg in args}
        if Shape.ELEMENTS in shapes:
            return Shape.ELEMENTS
        return Shape.ROWS if shapes & {Shape.ROWS, Shape.LISTS} else Shape.ONE

    def _add(self, op: str, args: tuple[int, ...], tree: Core, shape: Shape, params: tuple[Param, ...]) -> int:
        digest = self._digest(op, args, (str(tree.type), *params))
        return self._append(Node(op, args, tree.type, shape, params, digest))

    def _append(self, node: Node) -> int:
        """Add a node unless one computes the same already."""
        found = self._by_digest.get(node.digest)
        if found is None:
            found = len(self.nodes)
            self.nodes.append(node)
            self._by_digest[node.digest] = found
        return found

    def _digest(self, op: str, args: tuple[int, ...], params: tuple[object, ...]) -> str:
        parts = (op, self.on if op in WINDOW_OPS else (), params, [self.nodes[arg].digest for arg in args])
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _has_element(tree: Core) -> bool:
    seen: set[int] = set()
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, Element):
            return True
        if id(node) not in seen:
            seen.add(id(node))
            todo.extend(node.args if isinstance(node, Apply) else ())
    return False
