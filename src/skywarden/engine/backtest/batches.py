"""Turn batches as a history gives them, some of a few rows, into batches worth the engine's while."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from skywarden.model.event import EventBatch


def large_batches(batches: Iterable[EventBatch], columns: Sequence[str], least: int) -> Iterator[EventBatch]:
    """The same rows with some columns only, in batches of `least` rows or more but for the last."""
    held: list[EventBatch] = []
    count = 0
    for batch in batches:
        if len(batch):
            held.append(EventBatch(batch.base, batch.rows.select(columns), batch.given))
            count += len(batch)
        if count >= least:
            yield _joined(held)
            held, count = [], 0
    if held:
        yield _joined(held)


def _joined(batches: Sequence[EventBatch]) -> EventBatch:
    if len(batches) == 1:
        return batches[0]
    rows = pa.Table.from_batches([batch.rows for batch in batches]).combine_chunks().to_batches()[0]
    offsets = pa.array(np.concatenate([batch.offsets() for batch in batches]))
    return EventBatch.scattered(offsets, rows, batches[0].base)
