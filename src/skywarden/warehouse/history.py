"""Turn segments back into events in the order of the log, reading only the columns and parts that are asked for.

A part is a stream of rows in ascending offsets; a batch is what all streams hold up to the least offset that every
stream has reached. Files that a merge took away meanwhile are looked up anew: the rows in them are the same.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import SCHEMA, EventBatch
from skywarden.warehouse.manifest import Segment
from skywarden.warehouse.segment import read_rows
from skywarden.warehouse.store import Store
from skywarden.warehouse.stream import Piece, Stream
from skywarden.warehouse.tables import EVENT

_ALWAYS = ("offset", "source", "time_us", "did", "kind")
"""Columns that no event is without: read whatever is asked for."""


_SHARED_ROWS = 262_144


class SegmentHistory:
    """The history that segments hold: everything below the cursor of events."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def span(self) -> tuple[Offset, Offset]:
        manifest = self._store.manifest()
        end = manifest.cursor(EVENT.name)
        first = min((one.first for one in manifest.segments if one.table == EVENT.name), default=end)
        return Offset(first), Offset(end)

    def offset_at(self, time_us: UtcMicros) -> Offset:
        """Reads the times of one segment of each part: those in which the time falls."""
        found = self.span()[1]
        with self._store.pinned() as manifest:
            parts: dict[str, list[Segment]] = {}
            for one in manifest.of(EVENT.name):
                parts.setdefault(one.part, []).append(one)
            for segments in parts.values():
                place = bisect_left(segments, int(time_us), key=lambda one: one.last_us)
                if place < len(segments):
                    found = min(found, self._first_from(segments[place], time_us))
        return found

    def _first_from(self, segment: Segment, time_us: int) -> Offset:
        if segment.first_us >= time_us:
            return Offset(segment.first)
        rows = read_rows(self._store.path(segment.path), ("offset", "time_us"))
        place = int(np.searchsorted(rows.column("time_us").to_numpy(), time_us))
        return Offset(rows.column("offset")[place].as_py())

    def batches(
        self,
        start: Offset,
        stop: Offset | None = None,
        *,
        columns: Sequence[str] | None = None,
        parts: frozenset[str] | None = None,
    ) -> Iterator[EventBatch]:
        at, end = int(start), int(self.span()[1] if stop is None else min(stop, self.span()[1]))
        wanted = SCHEMA.names if columns is None else [one for one in SCHEMA.names if one in {*columns, *_ALWAYS}]
        while at < end:
            try:
                for batch in self._read(at, end, ("offset", *wanted), parts):
                    yield batch
                    at = int(batch.end)
                return
            except FileNotFoundError:  # merged or forgotten meanwhile, and past its time
                continue

    def _read(self, start: int, end: int, columns: Sequence[str], parts: frozenset[str] | None) -> Iterator[EventBatch]:
        by_part: dict[str, list[Segment]] = {}
        for one in self._store.manifest().of(EVENT.name):
            if one.last >= start and one.first < end and (parts is None or one.part in parts):
                by_part.setdefault(one.part, []).append(one)
        streams = [Stream(self._store.folder, found, columns, start, end) for found in by_part.values()]
        try:
            yield from _joined([stream for stream in streams if stream.fill()], frozenset(columns))
        finally:
            for stream in streams:
                stream.close()


def _joined(streams: list[Stream], wanted: frozenset[str]) -> Iterator[EventBatch]:
    while streams:
        upto = min(stream.last for stream in streams)
        pieces = [piece for stream in streams if (piece := stream.take(upto)) is not None]
        yield _batch(pieces, wanted)
        streams = [stream for stream in streams if stream.fill()]


def _batch(pieces: Sequence[Piece], wanted: frozenset[str]) -> EventBatch:
    """Rows of several parts as one batch in the order of their offsets."""
    offsets = np.concatenate([piece.offsets for piece in pieces])
    order = None if len(pieces) == 1 else np.argsort(offsets, kind="stable")
    size, take = len(offsets), None if order is None else pa.array(order)
    columns = [_column(one, pieces, size, take) if one.name in wanted else _nulls(one.type, size) for one in SCHEMA]
    rows = pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
    given = offsets if order is None else offsets[order]
    first, last = int(given[0]), int(given[-1])
    if last - first + 1 == size:
        return EventBatch(Offset(first), rows)
    return EventBatch.scattered(pa.array(given), rows, Offset(first))


def _nulls(kind: pa.DataType, size: int) -> pa.Array:
    """Nulls that all batches share."""
    return (_shared_nulls(kind) if size <= _SHARED_ROWS else pa.nulls(size, kind)).slice(0, size)


@cache
def _shared_nulls(kind: pa.DataType) -> pa.Array:
    return pa.nulls(_SHARED_ROWS, kind)


def _column(field: pa.Field, pieces: Sequence[Piece], size: int, order: pa.Array | None) -> pa.Array:
    held = [piece.column(field.name) for piece in pieces]
    if all(one is None for one in held):
        return _nulls(field.type, size)
    arrays = [
        _nulls(field.type, len(piece.offsets)) if one is None else one for piece, one in zip(pieces, held, strict=True)
    ]
    if order is None:
        return arrays[0]
    return pc.take(pa.concat_arrays(arrays), order)
