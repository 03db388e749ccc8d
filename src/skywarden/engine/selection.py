"""Choose the rows of a batch that a scope's rules are on."""

import numpy as np
import pyarrow as pa

from skywarden.engine.columns import Bools, Ints
from skywarden.model.event import EventBatch
from skywarden.rules.catalog import EVENT_KINDS, EventKind

_NONE = -1


class Selector:
    """Kind, action and collection of one batch as small numbers."""

    def __init__(self, batch: EventBatch) -> None:
        rows = batch.rows
        self._kinds = rows.column("kind").to_numpy(zero_copy_only=False)
        self._actions = rows.column("action").fill_null(_NONE).to_numpy(zero_copy_only=False)
        coded = rows.column("collection").dictionary_encode()
        self._codes = coded.indices.fill_null(_NONE).to_numpy(zero_copy_only=False)
        self._numbers = {name: number for number, name in enumerate(coded.dictionary.to_pylist())}

    def rows_on(self, paths: tuple[str, ...]) -> Ints:
        """Numbers of the rows that are of one of the kinds, ascending."""
        chosen = np.zeros(len(self._kinds), dtype=np.bool_)
        for path in paths:
            chosen |= self._is(EVENT_KINDS[path])
        return np.flatnonzero(chosen)

    def _is(self, kind: EventKind) -> Bools:
        chosen: Bools = self._kinds == kind.kind
        if kind.actions:
            chosen = chosen & np.isin(self._actions, [int(action) for action in kind.actions])
        if kind.collection is not None:
            number = self._numbers.get(kind.collection)
            chosen = chosen & (self._codes == number) if number is not None else np.zeros_like(chosen)
        return chosen


def take_rows(batch: EventBatch, rows: Ints) -> pa.RecordBatch:
    """The chosen rows; the batch itself when they are all of it."""
    if len(rows) == len(batch):
        return batch.rows
    return batch.rows.take(pa.array(rows))
