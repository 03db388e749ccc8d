"""Turn DIDs and at-uris whose content must go into the rows that hold it, and those rows into blank ones.

A blank row keeps its number, time, account, kind and record key; what the person wrote, showed or was called is null.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.tables import CONTENT

_AT = "at://"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Accounts that are forgotten whole, and single records by at-uri."""

    accounts: frozenset[str]
    records: frozenset[str]

    @classmethod
    def of(cls, uris: Iterable[str]) -> "Forgotten":
        """Tell records from accounts."""
        given = frozenset(uris)
        records = frozenset(uri for uri in given if uri.startswith(_AT))
        return cls(given - records, records)

    @property
    def dids(self) -> frozenset[str]:
        """Whose rows must be looked at."""
        return self.accounts | {uri.removeprefix(_AT).partition("/")[0] for uri in self.records}

    def mask(self, rows: pa.Table | pa.RecordBatch) -> pa.BooleanArray:
        """Which rows are about what is forgotten. `rows` has `did`, and `uri` or both of `collection` and `rkey`."""
        found = pc.is_in(rows.column("did"), value_set=pa.array(sorted(self.accounts), pa.string()))
        if self.records:
            uris = pa.array(sorted(self.records), pa.string())
            found = pc.or_(found, pc.is_in(_uris(rows), value_set=uris))
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _uris(rows: pa.Table | pa.RecordBatch) -> pa.Array:
    if "uri" in rows.schema.names:
        return rows.column("uri")
    path = pc.binary_join_element_wise(rows.column("did"), rows.column("collection"), rows.column("rkey"), "/")
    return pc.binary_join_element_wise(pa.scalar("at:/"), path, "/")


def blank_batch(batch: pa.RecordBatch, places: Sequence[int]) -> pa.RecordBatch:
    """Rows of the log, some of them without what their author wrote."""
    mask = pc.is_in(pa.array(range(len(batch))), value_set=pa.array(list(places), pa.int64()))
    held = [name for name in CONTENT if name in batch.schema.names]
    [whole] = blank_columns(pa.Table.from_batches([batch]), held, mask).combine_chunks().to_batches()
    return whole


def blank_rows(spec: TableSpec, rows: pa.Table, mask: pa.BooleanArray) -> pa.Table:
    """Rows of a table, those of the mask without content."""
    return blank_columns(rows, spec.content, mask)


def blank_columns(rows: pa.Table, names: Iterable[str], mask: pa.BooleanArray) -> pa.Table:
    """Null in these columns where the mask is true; columns that are null there already are left as they are."""
    for name in names:
        place = rows.schema.get_field_index(name)
        kept = pc.if_else(mask, None, pa.array(range(len(rows)), pa.int64()))
        rows = rows.set_column(place, rows.schema.field(place), rows.column(name).take(kept))
    return rows


def has_content(spec: TableSpec, rows: pa.Table, mask: pa.BooleanArray) -> bool:
    """Whether any row of the mask still holds content."""
    chosen = rows.filter(mask)
    return any(chosen.column(name).null_count < len(chosen) for name in spec.content)
