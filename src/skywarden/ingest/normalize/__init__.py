"""Turn a record of a known collection into columns; unknown collections keep only their JSON."""

from collections.abc import Callable
from contextlib import suppress

from skywarden.ingest.normalize.columns import POST, Json, JsonObject, RecordColumns
from skywarden.ingest.normalize.described import described_columns
from skywarden.ingest.normalize.post import post_columns
from skywarden.ingest.normalize.subject import subject_columns
from skywarden.ingest.normalize.times import datetime_micros
from skywarden.kernel.errors import Rejected

__all__ = ["NORMALIZERS", "Json", "JsonObject", "RecordColumns", "normalize"]

NORMALIZERS: dict[str, Callable[[JsonObject], RecordColumns]] = {
    POST: post_columns,
    "app.bsky.feed.like": subject_columns,
    "app.bsky.feed.repost": subject_columns,
    "app.bsky.graph.follow": subject_columns,
    "app.bsky.graph.block": subject_columns,
    "app.bsky.graph.listitem": subject_columns,
    "app.bsky.graph.listblock": subject_columns,
    "app.bsky.actor.profile": described_columns,
    "app.bsky.graph.list": described_columns,
    "app.bsky.graph.starterpack": described_columns,
    "app.bsky.feed.generator": described_columns,
    "app.bsky.labeler.service": described_columns,
}


def normalize(collection: str, record: JsonObject) -> RecordColumns:
    """Read what `collection` defines; a field of a wrong type is left out, nothing raises."""
    known = NORMALIZERS.get(collection)
    if known is None:
        return {}
    columns = known(record)
    created_at = record.get("createdAt")
    if type(created_at) is str:
        with suppress(Rejected):  # authors write anything
            columns["created_at_us"] = datetime_micros(created_at)
    return columns
