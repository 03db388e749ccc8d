"""Answer the statements of jobs over Arrow tables in memory: for measurements and tests."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from skywarden.warehouse.jobs.contract import Parameters


class MemoryTables:
    """Arrow tables under their names; `put` adds or replaces one. For one thread."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._connection = duckdb.connect(":memory:", config={"threads": 2})
        for name, table in tables.items():
            self.put(name, table)

    def put(self, name: str, table: pa.Table) -> None:
        """Have statements see this table."""
        self._connection.register(name, table)

    def __call__(self, sql: str, parameters: Parameters) -> pa.Table:
        return self._connection.sql(sql, params=dict(parameters)).to_arrow_table()

    def close(self) -> None:
        """Let go of the tables."""
        self._connection.close()
