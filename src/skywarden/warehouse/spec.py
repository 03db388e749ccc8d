"""Say what a table of the warehouse is: its columns, its order, and what of it is a person's content."""

from dataclasses import dataclass, field

import pyarrow as pa

PART_OF_ALL = "all"
"""The part of rows of tables that are not cut into parts."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table.

    `key` is the column of integers by which rows were numbered at their source; `time` the column of microseconds
    that gives their day; `sort` the order of rows within a segment. `account` is the column that names whose content
    a row holds ("" when nobody's), `content` the columns that are blanked when that account is forgotten. `computed`
    are columns that no segment holds: name and SQL expression over the others.
    """

    name: str
    about: str
    columns: pa.Schema
    key: str
    time: str
    sort: tuple[str, ...]
    account: str = "did"
    content: tuple[str, ...] = ()
    computed: tuple[tuple[str, str], ...] = ()
    row_group: int = 131_072
    few_values: frozenset[str] = field(default=frozenset())
    """Columns of few different texts, which are stored by number."""

    def __post_init__(self) -> None:
        known = set(self.columns.names)
        asked = {self.key, self.time, *self.sort, *self.content, *([self.account] if self.account else [])}
        if asked - known:
            raise ValueError(f"table {self.name}: no columns {sorted(asked - known)}")

    def conform(self, rows: pa.Table) -> pa.Table:
        """Rows with exactly the table's columns, in their order; what is lacking is null."""
        held = frozenset(rows.schema.names)
        columns = [
            rows.column(one.name).cast(one.type) if one.name in held else pa.nulls(len(rows), one.type)
            for one in self.columns
        ]
        return pa.Table.from_arrays(columns, schema=self.columns)
