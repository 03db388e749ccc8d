"""Read what few accounts did from the warehouse's copy of events in the order of accounts, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.app.investigate.reading import Reading, Wanted, joined
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import SCHEMA, EventBatch
from skywarden.warehouse import Store
from skywarden.warehouse.manifest import Segment
from skywarden.warehouse.segment import open_segment
from skywarden.warehouse.tables import ACCOUNT_EVENT, EVENT

_MOST_ACCOUNTS = 50
_TRIES = 3
_HELD = frozenset(ACCOUNT_EVENT.columns.names) | {"source"}
"""What the copy can give. Every query reads where an event came from, which it cannot say, and shows it to none."""


@dataclass(frozen=True, slots=True)
class AccountReading:
    """A reading that goes to the copy where few accounts are wanted, with columns that it has."""

    inner: Reading
    store: Store

    def span(self) -> tuple[Offset, Offset]:
        return self.inner.span()

    def offset_at(self, time_us: UtcMicros) -> Offset:
        return self.inner.offset_at(time_us)

    def batches(self, wanted: Wanted) -> Iterator[EventBatch]:
        accounts = _accounts(wanted)
        if not accounts or not wanted.columns <= _HELD:
            yield from self.inner.batches(wanted)
            return
        border = Offset(min(self.store.manifest().cursor(EVENT.name), wanted.stop))
        if wanted.start < border:
            yield from joined([self._held(accounts, wanted.start, border)])
        if border < wanted.stop:
            yield from self.inner.batches(replace(wanted, start=Offset(max(wanted.start, border))))

    def _held(self, accounts: Sequence[str], start: Offset, stop: Offset) -> EventBatch:
        for _ in range(_TRIES):
            try:
                with self.store.pinned() as manifest:
                    found = [
                        self._rows(one, accounts) for one in manifest.of(ACCOUNT_EVENT.name) if _meets(one, start, stop)
                    ]
                break
            except FileNotFoundError:  # merged by another process meanwhile, and past its time
                continue
        else:
            raise Broken(f"{self.store.folder}: segments go away faster than they are read")
        rows = pa.concat_tables([ACCOUNT_EVENT.columns.empty_table(), *found])
        offsets = rows.column("offset")
        rows = rows.filter(pc.and_(pc.greater_equal(offsets, int(start)), pc.less(offsets, int(stop))))
        return _batch(rows.sort_by("offset").combine_chunks(), start)

    def _rows(self, segment: Segment, accounts: Sequence[str]) -> pa.Table:
        """The accounts' rows of one file: only row groups are read in whose range an account lies."""
        with open_segment(self.store.path(segment.path)) as file:
            column = file.schema_arrow.get_field_index("did")
            ranges = [file.metadata.row_group(group).column(column).statistics for group in range(file.num_row_groups)]
            groups = [
                group
                for group, one in enumerate(ranges)
                if one is None or not one.has_min_max or any(one.min <= did <= one.max for did in accounts)
            ]
            mine = [_rows_of(file.read_row_group(group, ["did"]).column("did"), accounts) for group in groups]
            found = [
                file.read_row_group(group, use_threads=False).take(pa.array(rows))
                for group, rows in zip(groups, mine, strict=True)
                if len(rows)
            ]
        return pa.concat_tables([ACCOUNT_EVENT.columns.empty_table(), *map(ACCOUNT_EVENT.conform, found)])


def _rows_of(dids: pa.ChunkedArray, accounts: Sequence[str]) -> npt.NDArray[np.int64]:
    """The rows of some accounts; of most days an account has none, and then no text is read."""
    return np.flatnonzero(pc.is_in(dids, value_set=pa.array(accounts, pa.string())).to_numpy())


def _accounts(wanted: Wanted) -> Sequence[str]:
    found = next((one.values for one in wanted.demands if one.column == "did"), ())
    return found if len(found) <= _MOST_ACCOUNTS else ()


def _meets(segment: Segment, start: Offset, stop: Offset) -> bool:
    return segment.last >= start and segment.first < stop


def _batch(rows: pa.Table, start: Offset) -> EventBatch:
    """Rows of the copy as events: other columns are null, as those are that nobody asked for."""
    size = rows.num_rows
    columns = []
    for one in SCHEMA:
        if one.name in rows.schema.names:
            chunks = rows.column(one.name).combine_chunks()
            columns.append(pa.concat_arrays(chunks.chunks) if isinstance(chunks, pa.ChunkedArray) else chunks)
        elif one.name == "source":
            columns.append(pa.array(np.full(size, ""), pa.string()))
        else:
            columns.append(pa.nulls(size, one.type))
    offsets = pa.array(rows.column("offset").to_numpy())
    return EventBatch.scattered(offsets, pa.RecordBatch.from_arrays(columns, schema=SCHEMA), start)
