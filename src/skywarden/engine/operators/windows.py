"""Run stateful functions: one operation a row and key, in log order, each answered as of its event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skywarden.engine.columns import Bools, Column, Flat, Ints, Lists, Numbers, full
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.features.arrays import all_true
from skywarden.features.contract import Answers, Asked, Hashes
from skywarden.features.open import FEATURES
from skywarden.rules.plan.nodes import Node, WindowParams

_SHORT = 12
"""Elements are compared with those before them while no list has more, else sorted."""


@dataclass(frozen=True, slots=True)
class _Keyed:
    """The operations that a key's column asks for, made once for all windows of that key.

    Of each its row, its key and its time; `rows` None is once for every row. `single`: no row has two. `always`: true
    for every operation.
    """

    rows: Ints | None
    keys: Hashes
    single: bool
    times_us: Ints
    always: Bools


def _window(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """A row's answers as one; unknown where no key is known."""
    has_value, has_where, has_member = WindowParams.operands(node)
    rest = iter(args[1:])
    value = next(rest) if has_value else None
    member = next(rest) if has_member else None
    where = next(rest) if has_where else None
    name = "keyed", node.args[0]
    keyed = frame.shared.get(name)
    if keyed is None:
        keyed = frame.shared[name] = _by_key(args[0], frame)
    assert isinstance(keyed, _Keyed)
    rows, single = keyed.rows, keyed.single
    if isinstance(value, Lists):
        value = _as_flat(value, len(frame))
    if isinstance(value, Lists):
        single = False
        rows, asked = _each_value(keyed, _adding(where, len(frame)), value, frame)
    else:
        asked = _asked(keyed, value, member, where, len(frame))
    answers = _by_row(node.op, rows, frame.windows[node.digest].observe(asked), len(frame), single=single)
    return _of_known(answers, value) if node.op == "similar" else answers


def _by_key(keys: Column, frame: Frame) -> _Keyed:
    """One operation for each row with a known key; for a list key, one for each different element."""
    rows: Ints | None
    if isinstance(keys, Lists):
        hashes = flat(keys.items)
        known = hashes.valid & keys.valid[keys.parents]
        parents, found = keys.parents[known], hashes.values[known]
        single = bool((parents[1:] > parents[:-1]).all())
        rows, found = (parents, found) if single else _without_repeats(parents, found)
    else:
        hashes = flat(keys)
        single = True
        rows = None if hashes.valid.all() else np.flatnonzero(hashes.valid)
        found = _taken(hashes.values, rows)
    return _Keyed(rows, found, single, _taken(frame.times_us, rows), all_true(len(found)))


def _without_repeats(rows: Ints, values: Hashes) -> tuple[Ints, Hashes]:
    """Drop values that a row has already; the others stay in their order. `rows` ascend."""
    repeated = np.zeros(len(rows), dtype=np.bool_)
    for step in range(1, _SHORT):
        same_row = rows[step:] == rows[:-step]
        if not same_row.any():
            break
        repeated[step:] |= same_row & (values[step:] == values[:-step])
    else:
        order = np.lexsort((values, rows))
        same = (rows[order][1:] == rows[order][:-1]) & (values[order][1:] == values[order][:-1])
        repeated[order[1:][same]] = True
    return rows[~repeated], values[~repeated]


def _adding(where: Column | None, length: int) -> Bools:
    """Rows whose event counts: those where the condition is true, not those where it is unknown."""
    if where is None:
        return all_true(length)
    condition = full(flat(where), length)
    return condition.values & condition.valid


def _asked(keyed: _Keyed, value: Column | None, member: Column | None, where: Column | None, length: int) -> Asked:
    """The operations: one a key, with the row's value; an unknown value is not added."""
    if value is None and where is None:
        return Asked(keyed.keys, keyed.times_us, keyed.always)
    adding = None if where is None else _adding(where, length)
    columns: list[Numbers | None] = []
    for operand in (value, member):
        column = None if operand is None else full(flat(operand), length)
        columns.append(None if column is None else _taken(column.values, keyed.rows))
        if column is not None:
            adding = column.valid if adding is None else adding & column.valid
    assert adding is not None
    return Asked(keyed.keys, keyed.times_us, _taken(adding, keyed.rows), *columns)


def _taken(values: Numbers, rows: Ints | None) -> Numbers:
    return np.ascontiguousarray(values) if rows is None else values[rows]


def _as_flat(value: Lists, length: int) -> Flat | Lists:
    """Lists of which none has two known elements, as in most small batches, as one value a row."""
    items = flat(value.items)
    known = items.valid & value.valid[value.parents]
    parents = value.parents[known]
    if not (parents[1:] > parents[:-1]).all():
        return value
    values, valid = np.zeros(length, dtype=np.uint64), np.zeros(length, dtype=np.bool_)
    values[parents], valid[parents] = items.values[known], True
    return Flat(values, valid)


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


def _by_row(op: str, rows: Ints | None, answers: Answers, length: int, *, single: bool) -> Flat:
    """The largest known answer of a row's operations, the earliest of `first_seen`; bools: is one of them true?"""
    if rows is None:
        return Flat(answers.values, answers.valid)
    values, valid = np.zeros(length, dtype=answers.values.dtype), np.zeros(length, dtype=np.bool_)
    if single:
        values[rows], valid[rows] = answers.values, answers.valid
        return Flat(values, valid)
    rows, found = rows[answers.valid], answers.values[answers.valid]
    if len(rows):
        starts = np.append(0, 1 + np.flatnonzero(rows[1:] != rows[:-1]))
        reduce = np.minimum if op == "first_seen" else np.maximum
        values[rows[starts]] = reduce.reduceat(found, starts)
        valid[rows[starts]] = True
    return Flat(values, valid)


def _of_known(answers: Flat, value: Column | None) -> Flat:
    """Unknown too where the value is: a text of which nothing can be said is like no other."""
    assert isinstance(value, Flat)
    return Flat(answers.values, answers.valid & value.valid)


WINDOWS: dict[str, Operator] = dict.fromkeys(FEATURES, _window)
