"""Find conditions that can never be true, whatever the event: constants, and demands that exclude each other."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from skywarden.rules.check.ranges import Clash, Demand, Demands
from skywarden.rules.check.wording import demand_in_words
from skywarden.rules.core import Apply, Column, Const, Core, Element, Quantify, Window, unnamed
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.types import BOOL, DURATION, INT, TIME

_COMPARE = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_REFUSED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
_WHOLE = (INT, DURATION, TIME)
_COUNTS = frozenset({"length", "list_length", "count", "distinct", "similar", "heavy"})


@dataclass(frozen=True, slots=True)
class Never:
    """What something would need to be, which cannot be; or the constant that it is instead.

    `tunable`: only at the values that parameters have now.
    """

    needs: str
    constant: bool = False
    tunable: bool = False


class Reach:
    """Asks of the conditions of one file whether they can be true, and whether they can be false.

    Sound in Kleene's logic: what is said never to be true is false or unknown on every event.
    """

    def __init__(self) -> None:
        self._keys: dict[int, tuple[Core, int]] = {}
        self._numbers: dict[Hashable, int] = {}
        self._constants: dict[int, tuple[Core, Const | None]] = {}
        self._never: dict[tuple[int, bool], tuple[Core, Never | None]] = {}

    def never_true(self, node: Core) -> Never | None:
        """Why the condition cannot be true; None where it may be."""
        return self._ask(node, wanted=True)

    def never_false(self, node: Core) -> Never | None:
        """Why the condition cannot be false; None where it may be."""
        return self._ask(node, wanted=False)

    def _ask(self, node: Core, *, wanted: bool) -> Never | None:
        target = unnamed(node)
        found = self._never.get((id(target), wanted))
        if found is None:
            found = self._never[id(target), wanted] = (target, self._answer(target, wanted=wanted))
        return found[1]

    def _answer(self, node: Core, *, wanted: bool) -> Never | None:
        constant = self._constant(node)
        if constant is not None:
            return (
                Never(str(not wanted), constant=True, tunable=constant.tunable)
                if bool(constant.value) is not wanted
                else None
            )
        if isinstance(node, Quantify):
            fits = node.op == ("any" if wanted else "all")
            return self._ask(node.condition, wanted=wanted) if fits else None
        if not isinstance(node, Apply):
            return None
        if node.op == "not":
            return self._ask(node.args[0], wanted=not wanted)
        if node.op in ("and", "or"):
            return self._logic(node, wanted=wanted)
        if node.op == "or_else":
            return self._every(node.args, wanted=wanted)
        return self._clash([(node, wanted)]) if _has_nature(node) else None

    def _logic(self, node: Apply, *, wanted: bool) -> Never | None:
        """`and` is true only if all parts are, and false if one is; `or` the other way round."""
        if (node.op == "and") is not wanted:
            return self._every(node.args, wanted=wanted)
        for arg in node.args:
            found = self._ask(arg, wanted=wanted)
            if found is not None:
                return found
        return self._clash(self._literals(node, wanted=wanted))

    def _every(self, args: Sequence[Core], *, wanted: bool) -> Never | None:
        found = [self._ask(arg, wanted=wanted) for arg in args]
        reasons = [reason for reason in found if reason is not None]
        if len(reasons) < len(args):
            return None
        least = next((reason for reason in reasons if not reason.constant), reasons[0])
        return Never(least.needs, all(r.constant for r in reasons), any(r.tunable for r in reasons))

    def _literals(self, node: Core, *, wanted: bool) -> list[tuple[Core, bool]]:
        """The parts that all have to be true (or all false), each once, down to what is no `and`, `or` or `not`."""
        found: list[tuple[Core, bool]] = []
        seen: set[tuple[int, bool]] = set()
        todo = [(node, wanted)]
        while todo:
            part, wish = todo.pop()
            target = unnamed(part)
            if (id(target), wish) in seen:
                continue
            seen.add((id(target), wish))
            if isinstance(target, Apply) and target.op == ("and" if wish else "or"):
                todo += [(arg, wish) for arg in reversed(target.args)]
            elif isinstance(target, Apply) and target.op == "not":
                todo.append((target.args[0], not wish))
            else:
                found.append((part, wish))
        return found

    def _clash(self, literals: list[tuple[Core, bool]]) -> Never | None:
        demands = Demands()
        for node, wanted in literals:
            key, demand, least = self._demand(node, wanted=wanted)
            clash = demands.add(key, demand, least=least)
            if clash is not None:
                return _told(clash)
        return None

    def _demand(self, node: Core, *, wanted: bool) -> tuple[Hashable, Demand, float]:
        """What a literal demands of which value: `x > 3`, `x == "a"`, or that a bool is true."""
        target = unnamed(node)
        op = target.op.removeprefix("text_") if isinstance(target, Apply) else ""
        if isinstance(target, Apply) and op in _COMPARE:
            left, right = (self._constant(arg) for arg in target.args)
            if left is None and right is not None:
                return self._comparison(target.args[0], op, right, wanted=wanted)
            if right is None and left is not None:
                return self._comparison(target.args[1], _COMPARE[op], left, wanted=wanted)
        return self._key(target), Demand(node, "eq" if wanted else "ne", True, BOOL), -math.inf

    def _comparison(self, value: Core, op: str, constant: Const, *, wanted: bool) -> tuple[Hashable, Demand, float]:
        target = unnamed(value)
        name = target.op if isinstance(target, Apply | Window | Quantify) else ""
        least = 0.0 if name in _COUNTS else -math.inf
        op = op if wanted else _REFUSED[op]
        demand = Demand(value, op, constant.value, constant.type, target.type in _WHOLE, constant.tunable)
        return self._key(target), demand, least

    def _constant(self, node: Core) -> Const | None:
        """The constant that a tree comes to; tunable where a parameter is in it."""
        target = unnamed(node)
        found = self._constants.get(id(target))
        if found is None:
            found = self._constants[id(target)] = (target, self._fixed(target))
        return found[1]

    def _fixed(self, node: Core) -> Const | None:
        if isinstance(node, Const):
            return None if node.type.is_error else node
        if not isinstance(node, Apply) or not node.args:
            return None
        args = [self._constant(arg) for arg in node.args]
        known = tuple(arg for arg in args if arg is not None)
        if len(known) < len(args):
            return None
        value = constant_of(Apply(node.span, node.type, node.op, known, node.params))
        tunable = any(arg.tunable for arg in known)
        return None if value is None else Const(node.span, node.type, value, tunable)

    def _key(self, node: Core) -> int:
        """A number that equal expressions share."""
        node = unnamed(node)
        found = self._keys.get(id(node))
        if found is None:
            number = self._numbers.setdefault(self._form(node), len(self._numbers))
            found = self._keys[id(node)] = (node, number)
        return found[1]

    def _form(self, node: Core) -> Hashable:
        match node:
            case Const(value=value):
                return ("const", type(value), value)
            case Column(name=name):
                return ("column", name)
            case Element():
                return ("element", id(node))
            case Apply(op=op, params=params):
                return ("apply", op, params, *map(self._key, node.args))
            case Quantify(op=op):
                return ("quantify", op, self._key(node.items), self._key(node.condition))
            case Window():
                parts = [None if part is None else self._key(part) for part in (node.value, node.member, node.where)]
                keys = tuple(map(self._key, node.keys))
                return ("window", node.op, node.over_us, node.exact, node.params, keys, *parts)
        return ("other", id(node))


def _has_nature(node: Apply) -> bool:
    """A comparison of a count or length, which is never below zero: it may clash with that alone."""
    if node.op not in _COMPARE:
        return False
    sides = [unnamed(arg) for arg in node.args]
    return any(isinstance(side, Apply | Window | Quantify) and side.op in _COUNTS for side in sides)


def _told(clash: Clash) -> Never:
    first, second = clash
    tunable = first.tunable or (second is not None and second.tunable)
    if second is None:
        return Never(demand_in_words(first), tunable=tunable)
    return Never(f"{demand_in_words(second)} and {demand_in_words(first)} at once", tunable=tunable)
