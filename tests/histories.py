"""Make histories for questions: a log in memory with rows in small batches."""

from collections.abc import Sequence

import pyarrow as pa

from event_rows import Row
from skywarden.log.memory import MemoryLog
from skywarden.model.event import SCHEMA
from skywarden.model.log_history import LogHistory


def history_of(rows: Sequence[Row], *, batch_rows: int = 3) -> LogHistory:
    """A history that was written in batches of a few rows."""
    log = MemoryLog()
    for start in range(0, len(rows), batch_rows):
        log.append(pa.RecordBatch.from_pylist(list(rows[start : start + batch_rows]), schema=SCHEMA), {})
    return LogHistory(log)
