"""Read the event's own columns, and what is made of them without a rule's help."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.columns import Column, Flat, Lists, Text, constant, known_rows
from skywarden.engine.operators.contract import Frame, Operator, flat, lists, text
from skywarden.model.event import Action
from skywarden.rules.plan.nodes import Node
from skywarden.rules.source import SetRef

_ACTION_NAMES = pa.array([action.name.lower() for action in sorted(Action)], pa.string())


def _column(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    name = str(node.params[0])
    if name == "time_us":
        return Flat(frame.times_us, np.ones(len(frame), dtype=np.bool_))
    return frame.rows.values(name)


def _const(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    value = node.params[0]
    assert not isinstance(value, SetRef | tuple)
    return constant(value)


def _has_record(action: Flat) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(action.valid & (action.values != Action.DELETE))


def _present(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Is the field there? Unknown where the event has no record."""
    there = known_rows(text(args[0]).array)
    return Flat(there, _has_record(flat(args[1])))


def _record_list(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """A list of the record: absent is empty; unknown where the event has no record."""
    column = lists(args[0])
    return Lists(column.parents, column.items, column.valid | _has_record(flat(args[1])))


def _record_uri(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    did, collection, rkey = (text(arg).array for arg in args)
    return Text(pc.binary_join_element_wise(pc.binary_join_element_wise("at://", did, ""), collection, rkey, "/"))


def _action_name(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    action = flat(args[0])
    return Text(_ACTION_NAMES.take(pa.array(action.values, mask=~action.valid)))


EVENTS: dict[str, Operator] = {
    "column": _column,
    "const": _const,
    "present": _present,
    "record_list": _record_list,
    "record_uri": _record_uri,
    "action_name": _action_name,
}
