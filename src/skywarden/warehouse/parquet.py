"""The embedded warehouse: segments on disk behind the contract, asked through DuckDB."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

import pyarrow as pa

from skywarden.kernel.ids import UtcMicros
from skywarden.warehouse.contract import DEFAULT_LIMITS, QueryLimits
from skywarden.warehouse.duckdb import Warehouse
from skywarden.warehouse.forget import blank_segments
from skywarden.warehouse.forgotten import Forgotten
from skywarden.warehouse.retention import expire
from skywarden.warehouse.store import Store, StoreTaking


class ParquetTables:
    """As the contract says; a second writer is refused by the store's own lock."""

    def __init__(self, store: Store, asked: Warehouse) -> None:
        self._store = store
        self._asked = asked

    def taking(self, source: str) -> AbstractContextManager[StoreTaking]:
        return self._store.taking(source)

    def query(
        self, sql: str, params: Mapping[str, object] | None = None, limits: QueryLimits = DEFAULT_LIMITS
    ) -> pa.Table:
        return self._asked.query(sql, params, limits)

    def forget(self, uris: Iterable[str]) -> int:
        return blank_segments(self._store, Forgotten.of(uris), lambda _done: None).rows

    def expire(self, days: Mapping[str, int], now_us: UtcMicros) -> int:
        return expire(self._store, days, now_us)
