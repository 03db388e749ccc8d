"""Operators that take texts apart with a pattern: how often it is found, what it found, what stands in its place."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import re2

from skywarden.engine.columns import Column, Flat, Text, known_rows, without_nulls
from skywarden.engine.operators.contract import Frame, Operator, text
from skywarden.engine.operators.once import once_a_text
from skywarden.rules.plan.nodes import Node


def _count(pattern: Any, entry: str) -> int:
    return sum(1 for _ in pattern.finditer(entry))


def _capture(pattern: Any, entry: str) -> str | None:
    """The first group of the first match, or the whole match of a pattern without groups."""
    found = pattern.search(entry)
    if found is None:
        return None
    group: str | None = found.group(1 if pattern.groups else 0)
    return group


def _each(function: Callable[[Any, str], object], kind: pa.DataType) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        pattern = re2.compile(str(node.params[0]))
        made = once_a_text(lambda entry: function(pattern, entry), text(args[0]).array, kind)
        return Text(made) if kind == pa.string() else Flat(without_nulls(made, 0), known_rows(made))

    return run


MATCHES: dict[str, Operator] = {
    "count_matches": _each(_count, pa.int64()),
    "capture": _each(_capture, pa.string()),
}
