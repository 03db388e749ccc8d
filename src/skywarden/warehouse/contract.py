"""What every warehouse promises; the contract suite in tests/contracts/ runs over each implementation.

Retry: a take-over that raised is simply begun again at the cursor; its rows come once. Crash: what `finish` returned
for is there with its cursor; what came before it is not seen, or is cleared away by the next take-over.
Two writers: one process takes over at a time, which the lease of its job sees to.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from skywarden.kernel.ids import UtcMicros
from skywarden.warehouse.spec import TableSpec


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query may cost; a larger answer is cut at `rows`."""

    rows: int = 100_000
    seconds: float = 30.0


DEFAULT_LIMITS = QueryLimits()


class Adds(Protocol):
    """Takes rows in."""

    def add(self, spec: TableSpec, rows: pa.Table, part: str) -> object:
        """Rows of one part of a table; nobody is sure to see them before the end."""
        ...


class Taking(Adds, Protocol):
    """Rows that come in together, with how far their source was read."""

    @property
    def cursor(self) -> int:
        """Keys below this were taken over from the source before."""
        ...

    def finish(self, upto: int) -> None:
        """Make them part of the warehouse, durably, and move the cursor."""
        ...


class Takes(Protocol):
    """The side of a warehouse that fills it."""

    def taking(self, source: str) -> AbstractContextManager[Taking]:
        """Take rows over from a source, which is named like the first table that it fills."""
        ...


class Tables(Takes, Protocol):
    """The tables of `warehouse.tables` under their names, with the columns `day` and `part` beside their own."""

    def query(
        self, sql: str, params: Mapping[str, object] | None = None, limits: QueryLimits = DEFAULT_LIMITS
    ) -> pa.Table:
        """The rows of one SELECT whose `$names` are `params`. Raises: Rejected, Retryable, Broken."""
        ...

    def forget(self, uris: Iterable[str]) -> int:
        """Blank the content of accounts (DIDs) and records (at-uris); return how many rows, at least."""
        ...

    def expire(self, days: Mapping[str, int], now_us: UtcMicros) -> int:
        """Let go of days that are longer ago than each table's rows are kept (0: for ever); return how many rows."""
        ...
