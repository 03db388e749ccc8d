"""Turn nodes on numbers and bools into one program for the kernel, instead of one numpy call each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skywarden.engine.program import opcodes as oc
from skywarden.engine.program.registers import BOOL, FLOAT, INT, Instruction, Register, allocate
from skywarden.rules.plan.nodes import Node, Shape
from skywarden.rules.types import Base, Form

_COMPARISONS = {  # op -> (opcode, operands exchanged, outcome flipped)
    "lt": (oc.LESS, False, False),
    "le": (oc.LESS_EQUAL, False, False),
    "gt": (oc.LESS, True, False),
    "ge": (oc.LESS_EQUAL, True, False),
    "eq": (oc.EQUAL, False, False),
    "ne": (oc.EQUAL, False, True),
}
_WITH_RIGHT = {oc.LESS: oc.LESS_RC, oc.LESS_EQUAL: oc.LESS_EQUAL_RC, oc.EQUAL: oc.EQUAL_RC}
_WITH_LEFT = {oc.LESS: oc.LESS_CR, oc.LESS_EQUAL: oc.LESS_EQUAL_CR, oc.EQUAL: oc.EQUAL_RC}
_ARITHMETIC = {
    "add": (oc.ADD, oc.ADD_FLOAT),
    "sub": (oc.SUB, oc.SUB_FLOAT),
    "mul": (oc.MUL, oc.MUL_FLOAT),
    "floordiv": (oc.FLOORDIV, oc.FLOORDIV_FLOAT),
    "mod": (oc.MOD, oc.MOD_FLOAT),
    "minimum": (oc.MINIMUM, oc.MIN_FLOAT),
    "maximum": (oc.MAXIMUM, oc.MAX_FLOAT),
}
_LOGIC = {"and": oc.AND, "or": oc.OR}
_NUMERIC = frozenset({*_COMPARISONS, *_ARITHMETIC, "div", "neg"})
_ANY_FLAT = frozenset({"and", "or", "not", "known", "or_else"})
COMPILED = _NUMERIC | _ANY_FLAT | {"const", "present", "list_length"}
"""Operators that the kernel knows; what it computes is what the operator of that name computes."""
_BANKS = {Base.BOOL: BOOL, Base.FLOAT: FLOAT, Base.INT: INT, Base.DURATION: INT, Base.TIME: INT}


@dataclass(frozen=True, slots=True)
class Input:
    """What a program reads: a column of the event (`what` of it), or another node's result (`what` is "node")."""

    what: str
    name: str = ""
    number: int = -1
    bank: str = BOOL


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """A program. `outputs` are the nodes whose columns it makes, by bank; `truths` counts its conjunctions."""

    nodes: tuple[int, ...]
    code: oc.Code
    whole: oc.Whole
    real: oc.Real
    inputs: tuple[Input, ...]
    outputs: Mapping[str, tuple[int, ...]]
    registers: Mapping[str, int]
    truths: int


def bank_of(node: Node) -> str | None:
    """Where the values of a node are kept; None where they are no numbers or bools, or not one a row."""
    if node.type.form is not Form.ONE or node.shape not in (Shape.ROWS, Shape.ONE):
        return None
    return _BANKS.get(node.type.base)


def compiles(node: Node, nodes: Sequence[Node]) -> bool:
    """Can the kernel compute this node?"""
    if node.op not in COMPILED or bank_of(node) is None:
        return False
    args = [nodes[arg] for arg in node.args]
    if node.op == "present":
        return all(arg.op == "column" for arg in args)
    if node.op == "list_length":
        return _list_column(args[0], nodes) is not None
    banks = {bank_of(arg) for arg in args}
    if None in banks or (node.op == "or_else" and not banks <= {bank_of(node), INT}):
        return False
    return node.op in _ANY_FLAT or node.op == "const" or BOOL not in banks


def _list_column(node: Node, nodes: Sequence[Node]) -> str | None:
    """The column that a list is read from, where it is read as it is."""
    if node.op == "record_list":
        inner, action = nodes[node.args[0]], nodes[node.args[1]]
        return str(inner.params[0]) if inner.op == "column" and action.op == "column" else None
    return str(node.params[0]) if node.op == "column" else None


class Assembler:
    """Writes the program of some nodes of a scope. `compiled` are the nodes it computes; others it takes as inputs."""

    def __init__(self, nodes: Sequence[Node], compiled: frozenset[int]) -> None:
        self._nodes = nodes
        self._compiled = compiled
        self._code: list[Instruction] = []
        self._registers: dict[tuple[int, str], Register] = {}
        self._inputs: dict[Input, int] = {}
        self._whole: dict[int, int] = {}
        self._real: dict[float, int] = {}
        self._outputs: dict[str, list[int]] = {BOOL: [], INT: [], FLOAT: []}
        self._made = 0
        self._truths = 0

    def output(self, number: int) -> None:
        """Let the program make a node's column."""
        register = self._register(number)
        listed = self._outputs[register.bank]
        stores = {BOOL: oc.STORE_BOOL, INT: oc.STORE_INT, FLOAT: oc.STORE_FLOAT}
        self._code.append(Instruction(stores[register.bank], len(listed), register))
        listed.append(number)

    def truth(self, parts: Sequence[int]) -> int:
        """Let the program decide where all parts, one at least, are true; the number of the answer."""
        joined = self._register(parts[0])
        for part in parts[1:]:
            joined = self._emit(BOOL, oc.AND, joined, self._register(part))
        self._code.append(Instruction(oc.STORE_TRUE, self._truths, joined))
        self._truths += 1
        return self._truths - 1

    def finish(self) -> Assembled:
        """The whole program."""
        code, registers = allocate(self._code)
        table = np.array([_row(step) for step in code], np.int32).reshape(len(code), oc.FIELDS)
        whole = np.array([*self._whole] or [0], np.int64)
        real = np.array([*self._real] or [0.0], np.float64)
        outputs = {bank: tuple(numbers) for bank, numbers in self._outputs.items()}
        nodes = tuple(sorted(self._compiled))
        return Assembled(nodes, table, whole, real, tuple(self._inputs), outputs, registers, self._truths)

    def _register(self, number: int) -> Register:
        """Where the value of a node is; it is computed on first use."""
        node = self._nodes[number]
        bank = bank_of(node)
        assert bank is not None, "the caller has asked `compiles`"
        found = self._registers.get((number, bank))
        if found is None:
            found = self._compute(number, node, bank) if number in self._compiled else self._load(number, node, bank)
            self._registers[number, bank] = found
        return found

    def _load(self, number: int, node: Node, bank: str) -> Register:
        loads = {BOOL: oc.LOAD_BOOL, INT: oc.LOAD_INT, FLOAT: oc.LOAD_FLOAT}
        what = (
            Input("column", str(node.params[0]), number, bank)
            if node.op == "column"
            else Input("node", "", number, bank)
        )
        return self._emit(bank, loads[bank], self._input(what))

    def _compute(self, number: int, node: Node, bank: str) -> Register:
        op, args = node.op, node.args
        if op == "const":
            return self._fill(node.params[0], bank)
        if op in _LOGIC:
            joined = self._register(args[0])
            for arg in args[1:]:
                joined = self._emit(BOOL, _LOGIC[op], joined, self._register(arg))
            return joined
        if op == "not":
            return self._emit(BOOL, oc.NOT, self._register(args[0]))
        if op == "known":
            operand = self._register(args[0])
            return self._known(operand)
        if op == "or_else":
            return self._or_else(args[0], args[1], bank)
        if op in _COMPARISONS:
            return self._compare(op, args[0], args[1])
        if op == "present":
            name = str(self._nodes[args[0]].params[0])
            return self._emit(BOOL, oc.LOAD_PRESENT, self._input(Input("valid", name)), self._register(args[1]))
        if op == "list_length":
            return self._length(self._nodes[args[0]])
        return self._arithmetic(op, args, bank)

    def _known(self, operand: Register) -> Register:
        if operand.bank == BOOL:
            return self._emit(BOOL, oc.KNOWN_BOOL, operand)
        if operand.bank == FLOAT:  # the plane of known flags is all that is read; comparing with itself reads it
            compared = self._emit(BOOL, oc.EQUAL + oc.FLOATS, operand, operand)
            return self._emit(BOOL, oc.KNOWN_BOOL, compared)
        return self._emit(BOOL, oc.KNOWN_NUMBER, operand)

    def _or_else(self, first: int, second: int, bank: str) -> Register:
        ops = {BOOL: oc.OR_ELSE_BOOL, INT: oc.OR_ELSE_INT, FLOAT: oc.OR_ELSE_FLOAT}
        return self._emit(bank, ops[bank], self._as(first, bank), self._as(second, bank))

    def _length(self, source: Node) -> Register:
        name = _list_column(source, self._nodes)
        assert name is not None
        action = self._register(source.args[1]) if source.op == "record_list" else -1
        return self._emit(INT, oc.LOAD_LENGTH, self._input(Input("lengths", name)), action)

    def _compare(self, op: str, left: int, right: int) -> Register:
        opcode, exchanged, flip = _COMPARISONS[op]
        if exchanged:
            left, right = right, left
        bank = FLOAT if FLOAT in (bank_of(self._nodes[left]), bank_of(self._nodes[right])) else INT
        shift = oc.FLOATS if bank == FLOAT else 0
        constant = self._constant(right, bank)
        if constant is not None:
            operand = self._as(left, bank)
            return self._emit(BOOL, _WITH_RIGHT[opcode] + shift, operand, constant=constant, flip=flip)
        constant = self._constant(left, bank)
        if constant is not None:
            operand = self._as(right, bank)
            return self._emit(BOOL, _WITH_LEFT[opcode] + shift, operand, constant=constant, flip=flip)
        return self._emit(BOOL, opcode + shift, self._as(left, bank), self._as(right, bank), flip=flip)

    def _arithmetic(self, op: str, args: tuple[int, ...], bank: str) -> Register:
        inputs = {bank_of(self._nodes[arg]) for arg in args}
        made_in = FLOAT if FLOAT in inputs or bank == FLOAT or op == "div" else INT
        operands = [self._as(arg, made_in) for arg in args]
        if op == "neg":
            made = self._emit(made_in, oc.NEG if made_in == INT else oc.NEG_FLOAT, operands[0], operands[0])
        elif op == "div":
            made = self._emit(FLOAT, oc.DIV_FLOAT, *operands)
        else:
            made = self._emit(made_in, _ARITHMETIC[op][made_in == FLOAT], *operands)
        return made if made_in == bank else self._emit(INT, oc.ROUND, made)

    def _as(self, number: int, bank: str) -> Register:
        """A node's value in another bank: whole numbers as floats."""
        register = self._register(number)
        if register.bank == bank:
            return register
        found = self._registers.get((number, bank))
        if found is None:
            found = self._registers[number, bank] = self._emit(FLOAT, oc.TO_FLOAT, register)
        return found

    def _constant(self, number: int, bank: str) -> int | None:
        node = self._nodes[number]
        if node.op != "const" or number not in self._compiled:
            return None
        value = node.params[0]
        assert isinstance(value, int | float)
        return self._number(value, bank)

    def _number(self, value: int | float, bank: str) -> int:
        if bank == FLOAT:
            return self._real.setdefault(float(value), len(self._real))
        return self._whole.setdefault(int(value), len(self._whole))

    def _fill(self, value: object, bank: str) -> Register:
        assert isinstance(value, bool | int | float)
        if bank == BOOL:
            return self._fill_bool(bool(value))
        return self._emit(bank, oc.FILL_INT if bank == INT else oc.FILL_FLOAT, constant=self._number(value, bank))

    def _fill_bool(self, value: bool) -> Register:
        return self._emit(BOOL, oc.FILL_BOOL, constant=int(value))

    def _input(self, wanted: Input) -> int:
        return self._inputs.setdefault(wanted, len(self._inputs))

    def _emit(
        self,
        bank: str,
        op: int,
        left: Register | int = -1,
        right: Register | int = -1,
        *,
        constant: int = -1,
        flip: bool = False,
    ) -> Register:
        self._made += 1
        target = Register(bank, self._made)
        self._code.append(Instruction(op, target, left, right, constant, flip))
        return target


def _row(step: Instruction) -> tuple[int, ...]:
    target, left, right = (x.number if isinstance(x, Register) else x for x in (step.target, step.left, step.right))
    return step.op, target, left, right, step.constant, int(step.flip)
