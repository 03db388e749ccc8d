"""Run stateful functions: one operation a row and key, in log order, each answered as of its event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skywarden.engine.columns import Bools, Column, Flat, Ints, Lists, Numbers, full
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.features.contract import Answers, Asked, Hashes
from skywarden.features.open import FEATURES
from skywarden.rules.plan.nodes import Node, WindowParams


@dataclass(frozen=True, slots=True)
class _Keyed:
    """The operations that a key's column asks for: of each its row and its key; `rows` None is once for every row."""

    rows: Ints | None
    keys: Hashes


@dataclass(frozen=True, slots=True)
class _Operands:
    """The columns of a stateful node, by what they are for."""

    value: Column | None
    member: Column | None
    where: Column | None

    @classmethod
    def of(cls, node: Node, args: Sequence[Column]) -> "_Operands":
        params = WindowParams.of(node)
        rest = iter(args[1:])
        value = next(rest) if params.has_value else None
        member = next(rest) if params.has_member else None
        return cls(value, member, next(rest) if params.has_where else None)


def _window(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """A row's answers as one; unknown where no key is known."""
    operands = _Operands.of(node, args)
    keyed = frame.shared.get(("keyed", node.args[0])) or _by_key(args[0])
    frame.shared["keyed", node.args[0]] = keyed
    assert isinstance(keyed, _Keyed)
    rows, asked = _asked(keyed, operands, frame)
    answers = _by_row(node.op, rows, frame.windows[node.digest].observe(asked), len(frame))
    return _of_known(answers, operands.value) if node.op == "similar" else answers


def _by_key(keys: Column) -> _Keyed:
    """One operation for each row with a known key; for a list key, one for each different element."""
    if isinstance(keys, Lists):
        hashes = flat(keys.items)
        known = hashes.valid & keys.valid[keys.parents]
        return _Keyed(*_without_repeats(keys.parents[known], hashes.values[known]))
    hashes = flat(keys)
    if hashes.valid.all():
        return _Keyed(None, np.ascontiguousarray(hashes.values))
    rows = np.flatnonzero(hashes.valid)
    return _Keyed(rows, hashes.values[rows])


def _without_repeats(rows: Ints, values: Hashes) -> tuple[Ints, Hashes]:
    """Drop values that a row has already; the order of rows stays."""
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
    return rows[first], values[first]


def _adding(where: Column | None, length: int) -> Bools:
    """Rows whose event counts: those where the condition is true, not those where it is unknown."""
    if where is None:
        return np.ones(length, dtype=np.bool_)
    condition = full(flat(where), length)
    return condition.values & condition.valid


def _asked(keyed: _Keyed, operands: _Operands, frame: Frame) -> tuple[Ints | None, Asked]:
    """The operations and their rows: one a key, with the row's value; an unknown value is not added."""
    adding = _adding(operands.where, len(frame))
    if isinstance(operands.value, Lists):
        return _each_value(keyed, adding, operands.value, frame)
    columns: list[Numbers | None] = []
    for operand in (operands.value, operands.member):
        column = None if operand is None else full(flat(operand), len(frame))
        adding = adding if column is None else adding & column.valid
        columns.append(None if column is None else _taken(column.values, keyed.rows))
    times_us = _taken(frame.times_us, keyed.rows)
    return keyed.rows, Asked(keyed.keys, times_us, _taken(adding, keyed.rows), *columns)


def _taken(values: Numbers, rows: Ints | None) -> Numbers:
    return np.ascontiguousarray(values if rows is None else values[rows])


def _each_value(keyed: _Keyed, adding: Bools, value: Lists, frame: Frame) -> tuple[Ints, Asked]:
    """One operation a key and element of the row's list of values; an empty list only reads."""
    keyed_rows = np.arange(len(frame)) if keyed.rows is None else keyed.rows
    items = flat(value.items)
    known = items.valid & value.valid[value.parents]
    parents, hashed = value.parents[known], items.values[known]
    sizes = np.bincount(parents, minlength=len(frame))
    starts = np.cumsum(sizes) - sizes
    repeats = np.where(adding[keyed_rows], np.maximum(sizes[keyed_rows], 1), 1)
    which = np.repeat(np.arange(len(keyed_rows)), repeats)
    within = np.arange(len(which)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    rows = keyed_rows[which]
    adds = adding[rows] & (sizes[rows] > 0)
    values = np.zeros(len(which), dtype=np.uint64)
    values[adds] = hashed[(starts[rows] + within)[adds]]
    return rows, Asked(keyed.keys[which], frame.times_us[rows], adds, values)


def _by_row(op: str, rows: Ints | None, answers: Answers, length: int) -> Flat:
    """The largest known answer of a row's operations, the earliest of `first_seen`; bools: is one of them true?"""
    if rows is None:
        return Flat(answers.values, answers.valid)
    rows, found = rows[answers.valid], answers.values[answers.valid]
    values, valid = np.zeros(length, dtype=found.dtype), np.zeros(length, dtype=np.bool_)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    if len(starts):
        reduce = np.minimum if op == "first_seen" else np.maximum
        values[rows[starts]] = reduce.reduceat(found, starts)
        valid[rows[starts]] = True
    return Flat(values, valid)


def _of_known(answers: Flat, value: Column | None) -> Flat:
    """Unknown too where the value is: a text of which nothing can be said is like no other."""
    assert isinstance(value, Flat)
    return Flat(answers.values, answers.valid & value.valid)


WINDOWS: dict[str, Operator] = dict.fromkeys(FEATURES, _window)
