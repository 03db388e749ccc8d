"""Turn an answer of getRecord or a stored row into a record that can be shown: checked CID, value, blobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from skywarden.atproto.cid import cid_parse
from skywarden.kernel.errors import Rejected

MAX_BLOBS = 100
_MAX_DEPTH = 64
_LEGACY_SIZE = 0


@dataclass(frozen=True, slots=True)
class Blob:
    """A file that a record refers to. Size 0 where an old record does not say."""

    cid: str
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class RecordInfo:
    """One version of a record; `value` is its JSON, `self_labels` what its author calls it."""

    uri: str
    cid: str
    value: msgspec.Raw
    indexed_at: str
    blobs: tuple[Blob, ...] = ()
    self_labels: tuple[str, ...] = ()


def record_info(uri: str, cid: str, value: msgspec.Raw, indexed_at: str) -> RecordInfo:
    """Check and read a record.

    Raises: Rejected `record-form` for a CID that is none or a value that is no JSON object: a client that checks its
    answers would show nothing at all.
    """
    try:
        cid_parse(cid)
        record = msgspec.json.decode(value, type=dict[str, Any])
        blobs = tuple(_distinct(_blobs(record, 0)))
    except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("record-form", place=uri[:200], expected="a CID and a JSON object", found=str(error)) from error
    return RecordInfo(uri, cid, value, indexed_at, blobs, _self_labels(record))


def _blobs(value: Any, depth: int) -> Iterator[Blob]:  # Any: JSON of any lexicon
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _blobs(item, depth + 1)
    elif isinstance(value, dict):
        blob = _blob(value)
        if blob is not None:
            yield blob
            return
        for item in value.values():
            yield from _blobs(item, depth + 1)


def _blob(value: dict[str, Any]) -> Blob | None:
    """Read a blob of today's form, or the form of 2022: {cid, mimeType}."""
    mime, size = value.get("mimeType"), value.get("size", _LEGACY_SIZE)
    ref = value.get("ref")
    if value.get("$type") == "blob":
        cid = ref.get("$link") if isinstance(ref, dict) else None
    else:
        cid = value.get("cid") if set(value) == {"cid", "mimeType"} else None
    if not isinstance(cid, str) or not isinstance(mime, str) or not isinstance(size, int) or size < 0:
        return None
    try:
        cid_parse(cid)
    except Rejected:
        return None
    return Blob(cid, mime, size)


def _distinct(blobs: Iterator[Blob]) -> list[Blob]:
    found: dict[str, Blob] = {}
    for blob in blobs:
        found.setdefault(blob.cid, blob)
        if len(found) == MAX_BLOBS:
            break
    return list(found.values())


def _self_labels(record: dict[str, Any]) -> tuple[str, ...]:
    """Read com.atproto.label.defs#selfLabels; what is malformed labels nothing."""
    labels = record.get("labels")
    values = labels.get("values") if isinstance(labels, dict) else None
    if not isinstance(values, list):
        return ()
    found = [item.get("val") for item in values[:10] if isinstance(item, dict)]
    return tuple(val for val in found if isinstance(val, str) and 0 < len(val.encode()) <= 128)
