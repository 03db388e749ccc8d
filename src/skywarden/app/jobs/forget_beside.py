"""What else holds people's content, beside log, segments and database: the full-text index and what was backfilled."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from skywarden.ingest.backfill.state import places_of
from skywarden.kernel.ids import Did
from skywarden.log.sqlite import SqliteLog
from skywarden.model.event import with_schema
from skywarden.warehouse.forgotten import Forgotten, blank_batch

Blank = Callable[[Sequence[str]], int]
"""Blanks the content of accounts (DIDs) and records (at-uris) durably; says how many rows. Raises: Retryable."""


def blank_backfill(path: Path) -> Blank:
    """Blank rows of the log that backfill fills, beside a backfill too: it only ever adds rows behind them."""

    def blank(uris: Sequence[str]) -> int:
        if not path.exists():
            return 0
        log = SqliteLog(path, writable=False)  # a rewrite is a transaction by itself; the lock is for who appends
        try:
            forgotten = Forgotten.of(uris)
            return log.rewrite(_offsets(log, forgotten), blank_batch)
        finally:
            log.close()

    return blank


def _offsets(log: SqliteLog, forgotten: Forgotten) -> list[int]:
    found: list[int] = []
    for did in sorted(forgotten.dids):
        for start, end in places_of(log, Did(did)):
            for batch in log.read(start, end):
                mask = forgotten.mask(with_schema(batch.rows)).fill_null(False)
                places = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
                found += (places + int(batch.base)).tolist()
    return found
