"""Turn single operations, identity, account and sync events into one Arrow record batch of `ROW_SCHEMA`."""

from collections import defaultdict

import numpy as np
import pyarrow as pa

from skywarden.ingest.contract import ROW_SCHEMA
from skywarden.ingest.normalize.columns import POST, POST_LISTS, RecordColumns
from skywarden.model.event import Action, Kind

_HEAD = ("seq", "time_us", "did", "kind", "action", "collection", "rkey", "cid", "rev", "record")
"""Columns that most rows fill; they are kept as one tuple a row, all others as (row, value) pairs."""

_Head = tuple[int | None, int, str, int, int | None, str | None, str | None, str | None, str | None, bytes | None]
_Pairs = list[tuple[int, object]]

_COMMIT, _IDENTITY, _ACCOUNT, _SYNC = map(int, (Kind.COMMIT, Kind.IDENTITY, Kind.ACCOUNT, Kind.SYNC))
_STRINGS = pa.list_(pa.string())


class RowBuilder:
    """Collects rows of one source in their order. Not for two threads."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._heads: list[_Head] = []
        self._posts: list[int] = []
        self._sparse: defaultdict[str, _Pairs] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._heads)

    def add_operation(
        self,
        seq: int | None,
        time_us: int,
        did: str,
        rev: str | None,
        action: Action,
        collection: str,
        rkey: str,
        cid: str | None = None,
        record: bytes | None = None,
        columns: RecordColumns | None = None,
    ) -> None:
        """Add one repo operation; `record` is its compact JSON in UTF-8 and `columns` what `normalize` read from it."""
        if columns is not None:
            row = len(self._heads)
            if collection == POST:
                self._posts.append(row)
            for pair in columns.items():
                self._sparse[pair[0]].append((row, pair[1]))
        self._heads.append((seq, time_us, did, _COMMIT, action, collection, rkey, cid, rev, record))

    def add_identity(self, *, seq: int | None, time_us: int, did: str, handle: str | None) -> None:
        """Add a change of identity; the handle is only what the message claims."""
        if handle is not None:
            self._sparse["handle"].append((len(self._heads), handle))
        self._heads.append((seq, time_us, did, _IDENTITY, None, None, None, None, None, None))

    def add_account(self, *, seq: int | None, time_us: int, did: str, active: bool, status: str | None) -> None:
        """Add a change of an account's hosting status."""
        self._sparse["account_active"].append((len(self._heads), active))
        if status is not None:
            self._sparse["account_status"].append((len(self._heads), status))
        self._heads.append((seq, time_us, did, _ACCOUNT, None, None, None, None, None, None))

    def add_sync(self, *, seq: int | None, time_us: int, did: str, rev: str | None) -> None:
        """Add a repository's declaration of its own state."""
        self._heads.append((seq, time_us, did, _SYNC, None, None, None, None, rev, None))

    def finish(self) -> pa.RecordBatch:
        """Give all rows as one batch and begin anew."""
        count = len(self._heads)
        heads = dict(zip(_HEAD, zip(*self._heads, strict=True), strict=True)) if count else {}
        arrays = []
        for field in ROW_SCHEMA:
            if field.name == "source":
                arrays.append(pa.repeat(pa.scalar(self._source), count))
            elif field.name in heads:
                arrays.append(pa.array(heads[field.name], field.type))
            elif field.type == _STRINGS:
                arrays.append(self._list_array(field.name, count))
            else:
                arrays.append(self._sparse_array(field, count))
        self._heads, self._posts, self._sparse = [], [], defaultdict(list)
        return pa.RecordBatch.from_arrays(arrays, schema=ROW_SCHEMA)

    def _sparse_array(self, field: pa.Field, count: int) -> pa.Array:
        if field.name not in self._sparse:
            return pa.nulls(count, field.type)
        values: list[object] = [None] * count
        for row, value in self._sparse[field.name]:
            values[row] = value
        return pa.array(values, field.type)

    def _list_array(self, name: str, count: int) -> pa.Array:
        """A list that a post does not have is empty; every other row's is null."""
        pairs = self._sparse[name]
        lengths = np.full(count, -1, np.int64)
        if name in POST_LISTS:
            lengths[self._posts] = 0
        items: list[str | None] = []
        for row, values in pairs:
            assert isinstance(values, list)
            lengths[row] = len(values)
            items += values
        offsets = np.zeros(count + 1, np.int32)
        np.cumsum(np.maximum(lengths, 0), out=offsets[1:])
        validity = pa.py_buffer(np.packbits(lengths >= 0, bitorder="little"))
        parts = [validity, pa.py_buffer(offsets)]
        return pa.ListArray.from_buffers(_STRINGS, count, parts, children=[pa.array(items, pa.string())])
