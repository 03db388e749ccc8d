"""Turn what a person says of an event, an offset or an at-uri, into its offset in history."""

from functools import reduce

import numpy as np
import pyarrow.compute as pc

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.history import EventHistory

_STRETCH = 65_536
_KEYS = ("did", "collection", "rkey")


def find_event(history: EventHistory, event: str) -> Offset:
    """Find one event; of several on one record the newest that is not its deletion, else its deletion.

    Raises: Rejected, when history does not hold it.
    """
    first, end = history.span()
    if event.isdecimal():
        if first <= int(event) < end:
            return Offset(int(event))
        raise Rejected("unknown event", found=event, expected=f"an offset from {first} to below {end}")
    if not event.startswith("at://") or event.count("/") != 4:
        raise Rejected("unknown event", found=event, expected="an offset or at://DID/COLLECTION/RKEY")
    return _by_uri(history, event)


def _by_uri(history: EventHistory, uri: str) -> Offset:
    parts = uri.removeprefix("at://").split("/")
    deleted: Offset | None = None
    first, stop = history.span()
    while stop > first:
        start = max(first, Offset(stop - _STRETCH))
        for batch in reversed(list(history.batches(start, stop, columns=(*_KEYS, "cid")))):
            rows, offsets = batch.rows, batch.offsets()
            same = [pc.equal(rows.column(name), part) for name, part in zip(_KEYS, parts, strict=True)]
            found = np.flatnonzero(reduce(pc.and_, same).fill_null(False).to_numpy(zero_copy_only=False))
            for row in found[::-1].tolist():
                if rows.column("cid")[row].is_valid:
                    return Offset(int(offsets[row]))
                deleted = deleted if deleted is not None else Offset(int(offsets[row]))
        stop = start
    if deleted is None:
        raise Rejected("unknown event", found=uri, expected="a record whose event is in the history")
    return deleted
