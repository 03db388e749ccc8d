"""Rows of moderation events to #modEventView and #modEventViewDetail of tools.ozone.moderation.defs."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from skywarden.api.directory import RecordInfo
from skywarden.api.views.json import Json, given
from skywarden.api.views.statuses import subject_ref
from skywarden.api.views.subjects_given import subject_json
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.new_event import StoredEvent

_NOT_KNOWN = "application/octet-stream"


def event_view(row: Row[Any], handles: Mapping[Did, str]) -> Json:
    """One event as lists show it. `row` is of `queries.events`."""
    view = _shared(row)
    view["subject"] = subject_ref(row)
    view["subjectBlobCids"] = blob_cids(row)
    if (by := handles.get(Did(row.created_by))) is not None:
        view["creatorHandle"] = by
    if (handle := handles.get(Did(row.did))) is not None:
        view["subjectHandle"] = handle
    return view


def event_detail(row: Row[Any], subject: Json, record: RecordInfo | None) -> Json:
    """One event as its own page shows it, with its subject and blobs as they are now."""
    view = _shared(row)
    view["subject"] = subject
    known = {} if record is None else {blob.cid: blob for blob in record.blobs}
    view["subjectBlobs"] = [
        {
            "cid": cid,
            "mimeType": known[cid].mime_type if cid in known else _NOT_KNOWN,
            "size": known[cid].size if cid in known else 0,
            "createdAt": view["createdAt"],
        }
        for cid in blob_cids(row)
    ]
    return view


def stored_event_view(stored: StoredEvent) -> Json:
    """An event that was just made, as whoever made it is told."""
    return given(
        {
            "id": stored.id,
            "event": stored.event,
            "subject": subject_json(stored.subject),
            "subjectBlobCids": stored.subject_blob_cids,
            "createdBy": stored.created_by,
            "createdAt": datetime_text(stored.created_us),
            "modTool": None if stored.mod_tool_json is None else msgspec.Raw(stored.mod_tool_json.encode()),
        }
    )


def blob_cids(row: Row[Any]) -> Sequence[str]:
    """CIDs of the blobs that an event was about."""
    return () if row.blob_cids_json is None else msgspec.json.decode(row.blob_cids_json, type=list[str])


def _shared(row: Row[Any]) -> Json:
    view: Json = {
        "id": row.id,
        "event": msgspec.Raw(row.event_json.encode()),
        "createdBy": row.created_by,
        "createdAt": datetime_text(row.created_us),
    }
    if row.tool_json is not None:
        view["modTool"] = msgspec.Raw(row.tool_json.encode())
    return view
