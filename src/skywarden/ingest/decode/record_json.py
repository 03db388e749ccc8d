"""Turn a record in its JSON form into the compact text of the `record` column."""

import msgspec

from skywarden.ingest.normalize.columns import JsonObject

_encode = msgspec.json.Encoder().encode


def record_text(record: JsonObject) -> str:
    """Write compact JSON, keys in the order they came in."""
    return _encode(record).decode()
