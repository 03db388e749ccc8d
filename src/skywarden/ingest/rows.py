"""Turn single operations, identity, account and sync events into one Arrow record batch of `ROW_SCHEMA`."""

from collections.abc import Sequence

import pyarrow as pa

from skywarden.ingest.contract import ROW_SCHEMA
from skywarden.ingest.normalize.columns import RecordColumns
from skywarden.model.event import Action, Kind

_HEAD = ("seq", "time_us", "did", "kind", "action", "collection", "rkey", "cid", "rev", "record")
"""Columns that most rows fill; they are kept as one tuple a row, all others as (row, value) pairs."""

_Head = tuple[int | None, int, str, int, int | None, str | None, str | None, str | None, str | None, bytes | None]


class RowBuilder:
    """Collects rows of one source in their order. Not for two threads."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._heads: list[_Head] = []
        self._sparse: dict[str, tuple[list[int], list[object]]] = {}

    def __len__(self) -> int:
        return len(self._heads)

    def add_operation(
        self,
        *,
        seq: int | None,
        time_us: int,
        did: str,
        action: Action,
        collection: str,
        rkey: str,
        rev: str | None,
        cid: str | None = None,
        record: bytes | None = None,
        columns: RecordColumns | None = None,
    ) -> None:
        """Add one repo operation; `record` is its compact JSON in UTF-8 and `columns` what `normalize` read from it."""
        if columns:
            row = len(self._heads)
            for name, value in columns.items():
                self._set(row, name, value)
        self._heads.append((seq, time_us, did, Kind.COMMIT, action, collection, rkey, cid, rev, record))

    def add_identity(self, *, seq: int | None, time_us: int, did: str, handle: str | None) -> None:
        """Add a change of identity; the handle is only what the message claims."""
        if handle is not None:
            self._set(len(self._heads), "handle", handle)
        self._heads.append((seq, time_us, did, Kind.IDENTITY, None, None, None, None, None, None))

    def add_account(self, *, seq: int | None, time_us: int, did: str, active: bool, status: str | None) -> None:
        """Add a change of an account's hosting status."""
        row = len(self._heads)
        self._set(row, "account_active", active)
        if status is not None:
            self._set(row, "account_status", status)
        self._heads.append((seq, time_us, did, Kind.ACCOUNT, None, None, None, None, None, None))

    def add_sync(self, *, seq: int | None, time_us: int, did: str, rev: str | None) -> None:
        """Add a repository's declaration of its own state."""
        self._heads.append((seq, time_us, did, Kind.SYNC, None, None, None, None, rev, None))

    def finish(self) -> pa.RecordBatch:
        """Give all rows as one batch and begin anew."""
        count = len(self._heads)
        columns: dict[str, Sequence[object]] = {}
        if count:
            columns = dict(zip(_HEAD, zip(*self._heads, strict=True), strict=True))
            columns["source"] = [self._source] * count
        arrays = [
            pa.array(columns[field.name], field.type) if field.name in columns else self._sparse_array(field, count)
            for field in ROW_SCHEMA
        ]
        self._heads, self._sparse = [], {}
        return pa.RecordBatch.from_arrays(arrays, schema=ROW_SCHEMA)

    def _set(self, row: int, name: str, value: object) -> None:
        found = self._sparse.get(name)
        if found is None:
            found = self._sparse[name] = ([], [])
        found[0].append(row)
        found[1].append(value)

    def _sparse_array(self, field: pa.Field, count: int) -> pa.Array:
        pairs = self._sparse.get(field.name)
        if pairs is None:
            return pa.nulls(count, field.type)
        values: list[object] = [None] * count
        for row, value in zip(*pairs, strict=True):
            values[row] = value
        return pa.array(values, field.type)
