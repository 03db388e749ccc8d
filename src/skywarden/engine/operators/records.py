"""Read fields of records by path; each record is parsed once a batch, whatever the number of paths."""

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pyarrow as pa

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.engine.columns import Column, Flat, Lists, Text
from skywarden.engine.operators.contract import Frame, Operator, text
from skywarden.kernel.errors import Rejected
from skywarden.rules.plan.nodes import Node

_MAX_CHARS = 1 << 20
"""No repository may hold larger records; what is larger is unknown."""
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_SHARED = "parsed records"

_decode = msgspec.json.Decoder().decode
Plain = bool | int | float | str | None


def read_path(value: object, path: Sequence[str]) -> object:
    """What stands at a path; None where nothing does."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def read_texts(value: object, path: Sequence[str]) -> list[str] | None:
    """The texts of the list at a path; `*` goes on in every element. Absent is empty; None where it is no list."""
    if "*" not in path:
        found = read_path(value, path)
        if isinstance(found, list):
            return [item for item in found if isinstance(item, str)]
        return [] if found is None else None
    at = path.index("*")
    items = read_path(value, path[:at])
    if not isinstance(items, list):
        return [] if items is None else None
    rest = path[at + 1 :]
    if "*" not in rest:
        return [text for text in (read_path(item, rest) for item in items) if isinstance(text, str)]
    return [text for item in items for text in read_texts(item, rest) or ()]


def _parse(record: str | None) -> object:
    """The record as an object; None where there is none, or it is none that a repository may hold."""
    if record is None or len(record) > _MAX_CHARS:
        return None
    try:
        return _decode(record)
    except (msgspec.DecodeError, RecursionError):
        return None


def _parsed(args: Sequence[Column], frame: Frame) -> list[object]:
    """The frame's records; the only operand of these operators is the column `record`."""
    found = frame.shared.get(_SHARED)
    if found is None:
        found = frame.shared[_SHARED] = [_parse(record) for record in text(args[0]).array.to_pylist()]
    assert isinstance(found, list)
    return found


def _path(node: Node) -> tuple[str, ...]:
    path = node.params[0]
    assert isinstance(path, tuple)
    return path


def _values(node: Node, args: Sequence[Column], frame: Frame, take: Callable[[object], Plain]) -> list[Plain]:
    path = _path(node)
    return [take(read_path(record, path)) for record in _parsed(args, frame)]


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _as_int(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not _INT64_MIN <= value <= _INT64_MAX:
        return None
    return value


def _as_float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _as_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _as_time(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime_micros(value)
    except Rejected:
        return None


def _texts_at(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    return Text(pa.array(_values(node, args, frame, _as_text), pa.string()))


def _flat_at(take: Callable[[object], Plain], kind: type[np.generic]) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        found = _values(node, args, frame, take)
        valid = np.array([value is not None for value in found], dtype=np.bool_)
        return Flat(np.array([value or 0 for value in found], dtype=kind), valid)

    return run


def _has(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    path, records = _path(node), _parsed(args, frame)
    there = np.array([read_path(record, path) is not None for record in records], dtype=np.bool_)
    return Flat(there, np.array([record is not None for record in records], dtype=np.bool_))


def _lists_at(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    path = _path(node)
    found = [None if record is None else read_texts(record, path) for record in _parsed(args, frame)]
    parents = np.repeat(np.arange(len(found), dtype=np.int64), [len(items or ()) for items in found])
    items = pa.array([item for items in found for item in items or ()], pa.string())
    return Lists(parents, Text(items), np.array([items is not None for items in found], dtype=np.bool_))


RECORDS: dict[str, Operator] = {
    "record_text": _texts_at,
    "record_int": _flat_at(_as_int, np.int64),
    "record_float": _flat_at(_as_float, np.float64),
    "record_bool": _flat_at(_as_bool, np.bool_),
    "record_time": _flat_at(_as_time, np.int64),
    "record_has": _has,
    "record_texts": _lists_at,
}
