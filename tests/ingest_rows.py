"""Make rows of events for tests in one line each."""

import pyarrow as pa

from skywarden.ingest.contract import ROW_SCHEMA
from skywarden.model.event import Action, Kind

START_US = 1_700_000_000_000_000


def row(did: str, at_s: float = 0.0, **columns: object) -> dict[str, object]:
    """One event `at_s` seconds after START_US; a commit unless `kind` says otherwise."""
    return {
        "did": did,
        "source": "relay",
        "kind": Kind.COMMIT,
        "time_us": START_US + round(at_s * 1_000_000),
        **columns,
    }


def post(did: str, rkey: str, at_s: float = 0.0, **columns: object) -> dict[str, object]:
    return row(did, at_s, action=Action.CREATE, collection="app.bsky.feed.post", rkey=rkey, **columns)


def follow(did: str, rkey: str, subject: str, at_s: float = 0.0) -> dict[str, object]:
    return row(did, at_s, action=Action.CREATE, collection="app.bsky.graph.follow", rkey=rkey, subject_did=subject)


def deleted(did: str, collection: str, rkey: str, at_s: float = 0.0) -> dict[str, object]:
    return row(did, at_s, action=Action.DELETE, collection=collection, rkey=rkey)


def profile(did: str, at_s: float = 0.0, **columns: object) -> dict[str, object]:
    return row(did, at_s, action=Action.CREATE, collection="app.bsky.actor.profile", rkey="self", **columns)


def batch(*rows: dict[str, object]) -> pa.RecordBatch:
    """Rows of `ROW_SCHEMA`."""
    return pa.RecordBatch.from_pylist(list(rows), schema=ROW_SCHEMA)
