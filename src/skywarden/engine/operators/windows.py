"""Run stateful functions: one operation a row and key, in log order, each answered as of its event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skywarden.engine.columns import Bools, Column, Flat, Ints, Lists, full
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.engine.operators.keys import Hashes
from skywarden.rules.plan.nodes import Node, WindowParams


@dataclass(frozen=True, slots=True)
class _Operations:
    """What the window is asked: for each operation its row, key, whether it adds, and the value added."""

    rows: Ints
    keys: Hashes
    adds: Bools
    members: Hashes


def _window(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """The largest answer of a row's operations; unknown where no key is known."""
    params = WindowParams.of(node)
    where = args[-1] if params.has_where else None
    asked = _by_key(args[0], _adding(where, len(frame)))
    if params.has_value:
        asked = _by_member(asked, args[1], len(frame))
    window = frame.windows[node.digest]
    answers = window.observe(asked.keys, frame.times_us[asked.rows], asked.adds, asked.members)
    result, valid = np.zeros(len(frame), dtype=np.int64), np.zeros(len(frame), dtype=np.bool_)
    np.maximum.at(result, asked.rows, answers)
    valid[asked.rows] = True
    return Flat(result, valid)


def _adding(where: Column | None, length: int) -> Bools:
    """Rows whose event counts: those where the condition is true, not those where it is unknown."""
    if where is None:
        return np.ones(length, dtype=np.bool_)
    condition = full(flat(where), length)
    return condition.values & condition.valid


def _by_key(keys: Column, adding: Bools) -> _Operations:
    """One operation for each row with a known key; for a list key, one for each different element."""
    if isinstance(keys, Lists):
        hashes = flat(keys.items)
        known = hashes.valid & keys.valid[keys.parents]
        rows, values = _without_repeats(keys.parents[known], hashes.values[known])
    else:
        hashes = flat(keys)
        rows = np.flatnonzero(hashes.valid)
        values = hashes.values[rows]
    return _Operations(rows, values, adding[rows], np.zeros(len(rows), dtype=np.uint64))


def _without_repeats(rows: Ints, values: Hashes) -> tuple[Ints, Hashes]:
    """Drop values that a row has already; the order of rows stays."""
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
    return rows[first], values[first]


def _by_member(asked: _Operations, value: Column, length: int) -> _Operations:
    """Give each operation the value it adds; a list adds its elements one by one, an empty one only reads."""
    if not isinstance(value, Lists):
        hashes = full(flat(value), length)
        adds = asked.adds & hashes.valid[asked.rows]
        return _Operations(asked.rows, asked.keys, adds, hashes.values[asked.rows])
    items = flat(value.items)
    known = items.valid & value.valid[value.parents]
    parents, hashed = value.parents[known], items.values[known]
    sizes = np.bincount(parents, minlength=length)
    starts = np.cumsum(sizes) - sizes
    repeats = np.where(asked.adds, np.maximum(sizes[asked.rows], 1), 1)
    which = np.repeat(np.arange(len(asked.rows)), repeats)
    within = np.arange(len(which)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    rows = asked.rows[which]
    adds = asked.adds[which] & (sizes[rows] > 0)
    members = np.zeros(len(which), dtype=np.uint64)
    members[adds] = hashed[(starts[rows] + within)[adds]]
    return _Operations(rows, asked.keys[which], adds, members)


WINDOWS: dict[str, Operator] = {"count": _window, "distinct": _window}
