"""Turn rows of the log into segments of events, in the order of the log and in the order of accounts.

Retry and crash: the cursor moves in the same step in which the segments appear, so each row comes once.
"""

import numpy as np
import pyarrow as pa

from skywarden.kernel.ids import Offset
from skywarden.log.contract import LogReader
from skywarden.model.event import with_schema
from skywarden.model.partition import PARTS, part_codes
from skywarden.warehouse.contract import Adds, Takes
from skywarden.warehouse.spec import PART_OF_ALL
from skywarden.warehouse.store import Store
from skywarden.warehouse.tables import ACCOUNT_EVENT, EVENT

STEP_ROWS = 262_144
"""Rows that one commit takes over: about 300 MB while it is made."""


def rows_waiting(store: Store, log: LogReader) -> int:
    """Rows of the log that no segment holds yet."""
    return max(int(log.end_offset()) - store.manifest().cursor(EVENT.name), 0)


def compact_log(into: Takes, log: LogReader, limit: int = STEP_ROWS) -> int:
    """Take over up to `limit` rows that are durable in the log; return how many. Raises: as `taking` does."""
    with into.taking(EVENT.name) as taking:
        start = max(taking.cursor, int(log.start_offset()))
        stop = min(int(log.end_offset()), start + limit)
        if stop <= start:
            return 0
        batches = [with_schema(found.rows) for found in log.read(Offset(start), Offset(stop))]
        stage_events(taking, pa.Table.from_batches(batches), start)
        taking.finish(stop)
        return stop - start


def stage_events(into: Adds, rows: pa.Table, start: int) -> None:
    """Stage rows of the log, the first of which has this offset; the caller moves the cursor."""
    offsets = pa.array(np.arange(start, start + len(rows)), pa.int64())
    rows = rows.append_column("offset", offsets)
    codes = np.concatenate([part_codes(batch) for batch in rows.to_batches()])
    for code in np.unique(codes):
        into.add(EVENT, rows.filter(pa.array(codes == code)), PARTS[code])
    into.add(ACCOUNT_EVENT, rows, PART_OF_ALL)
