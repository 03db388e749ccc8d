"""Turn the records that rows point at into JSON and columns, in compiled code.

A record that is not as usual spoils its row: its frame goes the long way, and the row is dropped later.
"""

import numpy as np

from skywarden.ingest.columnar.json_kernel import LEVELS, put_record
from skywarden.ingest.columnar.layout import BLOCK, COLLECTION, FRAME, MAX_ITEMS, RECORD, SPOILT, Bytes, Ints
from skywarden.ingest.columnar.record_kernel import read_record
from skywarden.ingest.columnar.rows_kernel import begin, span
from skywarden.kernel.compiled import entry, kernel


@kernel
def _spoil(cells: Ints, row: int) -> None:
    """Make every column null, so that nothing unchecked is copied out."""
    begin(cells, row, cells[row, FRAME])
    cells[row, SPOILT] = 1


@entry
def write_records(buf: Bytes, cells: Ints, json: Bytes) -> int:
    """Check the record of each row and write it as JSON; how many bytes that took."""
    levels = np.empty(LEVELS, np.int64)
    at = 0
    for row in range(len(cells)):
        start, length = cells[row, BLOCK], cells[row, BLOCK + 1]
        if length >= 0:
            end = put_record(buf, start, start + length, json, at, levels)
            if end < 0:
                _spoil(cells, row)
            else:
                span(cells, row, RECORD, at, end - at)
                at = end
    return at


@entry
def read_records(buf: Bytes, cells: Ints, items: Ints) -> None:
    """Fill the columns of each row whose record was written; what the lists hold goes to `items`."""
    used = np.zeros(len(items), np.int64)
    items[:, 0, 0] = 0
    for row in range(len(cells)):
        if cells[row, RECORD + 1] < 0:
            continue
        used[:] = items[:, 0, 0]
        name, length = cells[row, COLLECTION], cells[row, COLLECTION + 1]
        start, end = cells[row, BLOCK], cells[row, BLOCK] + cells[row, BLOCK + 1]
        has_room = used.max() + MAX_ITEMS < items.shape[1]
        if not has_room or not read_record(buf, name, length, start, end, cells, row, items):
            items[:, 0, 0] = used
            _spoil(cells, row)
