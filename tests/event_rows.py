"""Make rows of the log from a few fields, with everything else unknown."""

from collections.abc import Sequence

import pyarrow as pa

from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, Action, EventBatch, Kind

START_US = 1_750_000_000_000_000
SECOND_US = 1_000_000

Row = dict[str, object]


def post(number: int = 0, *, did: str = "did:plc:alice", **fields: object) -> Row:
    """A post; `number` is its record key and, in seconds, its time."""
    row: Row = dict.fromkeys(SCHEMA.names)
    row |= {
        "source": "test",
        "time_us": START_US + number * SECOND_US,
        "did": did,
        "kind": int(Kind.COMMIT),
        "action": int(Action.CREATE),
        "collection": "app.bsky.feed.post",
        "rkey": f"r{number}",
        "cid": f"c{number}",
        "text": "hello",
    }
    return row | fields


def batch(rows: Sequence[Row], base: int = 0) -> EventBatch:
    """Rows as a batch of the log from offset `base`."""
    return EventBatch(Offset(base), pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA))
