"""Facts about records to #recordView, #recordViewDetail and #recordViewNotFound of tools.ozone.moderation.defs."""

import msgspec

from skywarden.api.directory import Blob, RecordInfo
from skywarden.api.views.facts import Facts, author_of
from skywarden.api.views.json import Json, given
from skywarden.api.views.labels import self_labels
from skywarden.api.views.repos import author_view
from skywarden.api.views.statuses import DEFS

_NOT_FOUND = DEFS + "recordViewNotFound"
_UNKNOWN_TIME = "1970-01-01T00:00:00.000Z"
"""When a blob was stored, which nobody says."""


def record_view(facts: Facts, uri: str) -> Json | None:
    """A record as lists show it; None when nobody has it."""
    record = facts.records.get(uri)
    if record is None:
        return None
    return _common(facts, record) | {"blobCids": [blob.cid for blob in record.blobs]}


def record_detail(facts: Facts, uri: str) -> Json | None:
    """A record as its own page shows it; None when nobody has it."""
    record = facts.records.get(uri)
    if record is None:
        return None
    labels = [*facts.labels.get(uri, ()), *self_labels(record, author_of(uri))]
    return _common(facts, record) | {"blobs": _blobs(facts, record), "labels": labels}


def record_not_found(uri: str) -> Json:
    """What stands for a record that nobody has."""
    return {"$type": _NOT_FOUND, "uri": uri}


def _common(facts: Facts, record: RecordInfo) -> Json:
    return {
        "uri": record.uri,
        "cid": record.cid,
        "value": record.value,
        "indexedAt": record.indexed_at,
        "moderation": facts.moderation(record.uri),
        "repo": author_view(facts, author_of(record.uri), record.indexed_at),
    }


def _blobs(facts: Facts, record: RecordInfo) -> list[Json]:
    row = facts.statuses.get(record.uri)
    blob_cids = None if row is None else row.blob_cids_json
    judged = frozenset(msgspec.json.decode(blob_cids, type=list[str])) if blob_cids else frozenset()
    return [_blob(facts, record, blob, is_judged=blob.cid in judged) for blob in record.blobs]


def _blob(facts: Facts, record: RecordInfo, blob: Blob, *, is_judged: bool) -> Json:
    """A file; decisions about it are those about its record that named it."""
    return given(
        {
            "cid": blob.cid,
            "mimeType": blob.mime_type,
            "size": blob.size,
            "createdAt": _UNKNOWN_TIME,
            "moderation": facts.moderation(record.uri) if is_judged else None,
        }
    )
