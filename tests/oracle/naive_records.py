"""Read fields of one record by path, plainly: what the engine's columnar reader must agree with."""

import json
import math
from collections.abc import Callable

from oracle.naive_windows import Plain
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected


def _steps(value: object, path: list[str]) -> list[object]:
    """Everything that a path leads to: one thing, or none, or with `*` any number."""
    if not path:
        return [value]
    head, rest = path[0], path[1:]
    if head == "*" and isinstance(value, list):
        return [found for item in value for found in _steps(item, rest)]
    if isinstance(value, dict) and head in value:
        return _steps(value[head], rest)
    if isinstance(value, list) and head.isdigit() and int(head) < len(value):
        return _steps(value[int(head)], rest)
    return []


def _texts(record: object, path: list[str]) -> Plain:
    if "*" not in path:
        found = [value for value in _steps(record, path) if value is not None]
        if not found:
            return []
        return [item for item in found[0] if isinstance(item, str)] if isinstance(found[0], list) else None
    before = [value for value in _steps(record, path[: path.index("*")]) if value is not None]
    if before and not isinstance(before[0], list):
        return None
    found = _steps(record, path)
    return [item for item in found if isinstance(item, str)]


def _int(value: object) -> Plain:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _float(value: object) -> Plain:
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None  # type: ignore[arg-type]  # a number


def _time(value: object) -> Plain:
    try:
        return datetime_micros(value) if isinstance(value, str) else None
    except Rejected:
        return None


_TAKES: dict[str, Callable[[object], Plain]] = {
    "record_text": lambda value: value if isinstance(value, str) else None,
    "record_int": _int,
    "record_float": _float,
    "record_bool": lambda value: value if isinstance(value, bool) else None,
    "record_time": _time,
    "record_has": lambda value: value is not None,
}


def _reader(op: str) -> Callable[[Plain, object], Plain]:
    def read(record: Plain, path: object) -> Plain:
        assert isinstance(path, tuple)
        if not isinstance(record, str):
            return None
        parsed = json.loads(record)
        if op == "record_texts":
            return _texts(parsed, list(path))
        found = _steps(parsed, list(path))
        return _TAKES[op](found[0] if found else None)

    return read


RECORD_READS: dict[str, Callable[[Plain, object], Plain]] = {op: _reader(op) for op in (*_TAKES, "record_texts")}
