"""Turn what a person says of an event, an offset or an at-uri, into its offset in the log."""

from functools import reduce

import numpy as np
import pyarrow.compute as pc

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.log.contract import LogReader

_STRETCH = 65_536
_KEYS = ("did", "collection", "rkey")


def find_event(log: LogReader, event: str) -> Offset:
    """Find one event; of several on one record the newest that is not its deletion, else its deletion.

    Raises: Rejected, when the log does not hold it.
    """
    if event.isdecimal():
        if int(event) < log.end_offset():
            return Offset(int(event))
        raise Rejected("unknown event", found=event, expected=f"an offset below {log.end_offset()}, the end of the log")
    if not event.startswith("at://") or event.count("/") != 4:
        raise Rejected("unknown event", found=event, expected="an offset or at://DID/COLLECTION/RKEY")
    return _by_uri(log, event)


def _by_uri(log: LogReader, uri: str) -> Offset:
    parts = uri.removeprefix("at://").split("/")
    deleted: Offset | None = None
    stop = int(log.end_offset())
    while stop > 0:
        start = max(0, stop - _STRETCH)
        for batch in reversed(list(log.read(Offset(start), Offset(stop)))):
            rows = batch.rows
            same = [pc.equal(rows.column(name), part) for name, part in zip(_KEYS, parts, strict=True)]
            found = np.flatnonzero(reduce(pc.and_, same).fill_null(False).to_numpy(zero_copy_only=False))
            for row in found[::-1].tolist():
                if rows.column("cid")[row].is_valid:
                    return Offset(batch.base + row)
                deleted = deleted if deleted is not None else Offset(batch.base + row)
        stop = start
    if deleted is None:
        raise Rejected("unknown event", found=uri, expected="a record whose event is in the log")
    return deleted
