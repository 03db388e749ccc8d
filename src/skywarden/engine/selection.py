"""Choose the rows of a batch that a scope's rules are on."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.columns import Bools, Ints, known_rows, without_nulls
from skywarden.model.event import NETWORK_KINDS, SCHEMA, EventBatch
from skywarden.rules.catalog import EventKind, known_kind
from skywarden.rules.plan.nodes import Scope

_NONE, _ABSENT = -1, -2
_ALWAYS = frozenset({"did", "collection", "rkey", "cid"})
"""Columns that name the event's own account and record."""


class Selector:
    """Kind, action and collection of one batch as small numbers."""

    def __init__(self, batch: EventBatch) -> None:
        self._rows = rows = batch.rows
        self._kinds = rows.column("kind").to_numpy(zero_copy_only=False)
        self._actions = rows.column("action").fill_null(_NONE).to_numpy(zero_copy_only=False)
        coded = rows.column("collection").dictionary_encode()
        self._codes = coded.indices.fill_null(_NONE).to_numpy(zero_copy_only=False)
        self._found: dict[str, Bools] = {}
        self._numbers = {name: number for number, name in enumerate(coded.dictionary.to_pylist())}

    def rows_on(self, paths: tuple[str, ...]) -> Ints:
        """Numbers of the rows that are of one of the kinds, ascending."""
        chosen = self._rows_of(paths[0])
        for path in paths[1:]:
            chosen = chosen | self._rows_of(path)
        return np.flatnonzero(chosen)

    def _rows_of(self, path: str) -> Bools:
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._is(known_kind(path))
        return found

    def _is(self, kind: EventKind) -> Bools:
        chosen: Bools = self._kinds == kind.kind
        if kind.actions:
            acted = self._actions == kind.actions[0]
            for action in kind.actions[1:]:
                acted = acted | (self._actions == action)
            chosen = chosen & acted
        if kind.collection is not None:
            chosen = chosen & (self._codes == self._numbers.get(kind.collection, _ABSENT))
        if kind.present is not None:
            chosen = chosen & known_rows(self._rows.column(kind.present))
        if kind.changed is not None:
            new, old = (self._rows.column(name) for name in kind.changed)
            chosen = chosen & without_nulls(pc.not_equal(new, old), False)
        return chosen


def take_rows(batch: EventBatch, rows: Ints, columns: tuple[str, ...]) -> pa.RecordBatch:
    """The chosen rows of the columns that a scope reads."""
    chosen = batch.rows.select(columns)
    return chosen if len(rows) == len(batch) else chosen.take(pa.array(rows))


def columns_of(scope: Scope) -> tuple[str, ...]:
    """The columns that a scope's operators, hits and effects read, in the order of the schema."""
    read = {str(node.params[0]) for node in scope.nodes if node.op == "column"} | _ALWAYS
    for rule in scope.rules:
        for effect in rule.effects:
            read |= {name for name in (effect.subject.uri_column, effect.subject.did_column) if name is not None}
    if any(known_kind(path).kind not in NETWORK_KINDS for path in scope.on):
        read.add("caused_by")
    return tuple(name for name in SCHEMA.names if name in read)
