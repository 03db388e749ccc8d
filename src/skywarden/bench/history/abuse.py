"""Copy the abuse that a simulated network commits, again and again over a history, each time by other accounts."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.bench.detect.history import History
from skywarden.bench.history.names import Ints
from skywarden.model.event import SCHEMA

_DID = r"did:plc:([a-z2-7]{21})[a-z2-7]{3}"
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_MOVED = ("time_us", "created_at_us", "author_created_us", "author_first_seen_us")

TRUTH = pa.schema(
    [("did", pa.string()), ("kind", pa.string()), ("campaign", pa.string()), ("acts", pa.int64()), ("copy", pa.int64())]
)


class AbuseCopies:
    """Copies of the abusers' events, beginning at even distances within a span of time; of each the first `most`."""

    def __init__(self, source: History, copies: int, span_us: tuple[int, int], most: int) -> None:
        dids = sorted({str(line.did) for line in source.truth})
        wanted = pc.is_in(source.rows.column("did"), value_set=pa.array(dids))
        self._rows: pa.RecordBatch = source.rows.filter(wanted).slice(0, most)
        there = set(self._rows.column("did").to_pylist())
        self._truth = [line for line in source.truth if line.did in there]
        self._copies = copies
        times = self._rows.column("time_us").to_numpy()
        first_us, last_us = span_us
        room = last_us - first_us - int(times[-1] - times[0])
        self._moves = [first_us - int(times[0]) + room * copy // max(copies, 1) for copy in range(copies)]

    def __len__(self) -> int:
        return self._copies * len(self._rows)

    def by_time(self) -> Iterator[pa.RecordBatch]:
        """Every copy, in the order of where it begins."""
        for copy, move_us in enumerate(self._moves):
            yield _moved(_renamed(self._rows, copy), move_us)

    def truth(self) -> pa.Table:
        """Who commits what, in which copy. Shape: `TRUTH`."""
        acts: dict[tuple[str, str, str], int] = {}
        for line in self._truth:
            key = str(line.did), line.kind, line.campaign
            acts[key] = acts.get(key, 0) + 1
        names = pa.array([did for did, _, _ in acts])
        parts = [
            pa.table(
                [
                    _other_dids(names, copy),
                    [kind for _, kind, _ in acts],
                    [f"{campaign}-{copy}" for _, _, campaign in acts],
                    list(acts.values()),
                    [copy] * len(acts),
                ],
                schema=TRUTH,
            )
            for copy in range(self._copies)
        ]
        return pa.concat_tables(parts) if parts else TRUTH.empty_table()


class Mixed:
    """Hands out rows of several sorted batches up to a time, in the order of time."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._coming = batches
        self._open: list[pa.RecordBatch] = []
        self._next = next(batches, None)

    def until(self, time_us: int) -> Sequence[pa.RecordBatch]:
        """What is before this time and was not handed out yet; not sorted between batches."""
        while self._next is not None and _times(self._next)[0] < time_us:
            self._open.append(self._next)
            self._next = next(self._coming, None)
        cuts = [(batch, int(np.searchsorted(_times(batch), time_us))) for batch in self._open]
        self._open = [batch.slice(cut) for batch, cut in cuts if cut < len(batch)]
        return [batch.slice(0, cut) for batch, cut in cuts if cut]


def _times(batch: pa.RecordBatch) -> Ints:
    times: Ints = batch.column("time_us").to_numpy()
    return times


def _renamed(rows: pa.RecordBatch, copy: int) -> pa.RecordBatch:
    """The same events of other accounts: every DID anywhere in them has another end."""
    columns = []
    for field, column in zip(SCHEMA, rows.columns, strict=True):
        if pa.types.is_string(field.type):
            column = _other_dids(column, copy)
        elif pa.types.is_list(field.type) and pa.types.is_string(field.type.value_type):
            values = _other_dids(column.flatten(), copy)
            lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
            column = pa.ListArray.from_arrays(pa.array(offsets), values, mask=column.is_null())
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _other_dids(texts: pa.StringArray, copy: int) -> pa.StringArray:
    end = "".join(_LETTERS[copy >> shift & 31] for shift in (10, 5, 0))
    return pc.replace_substring_regex(texts, _DID, rf"did:plc:\1{end}")


def _moved(rows: pa.RecordBatch, move_us: int) -> pa.RecordBatch:
    for name in _MOVED:
        at = SCHEMA.get_field_index(name)
        rows = rows.set_column(at, SCHEMA.field(name), pc.add(rows.column(name), move_us))
    return rows
