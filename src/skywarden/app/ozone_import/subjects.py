"""Turn a row of an Ozone's moderation_subject_status into our subject and its tags. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from skywarden.app.ozone_import.values import Row, micros, needed_micros
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.subject_rows import shard_of

SubjectKey = tuple[str, str, str]
"""did, record path, conversation: what both databases know a subject by."""

FIRST_COUNTS = dict.fromkeys(("report_count", "appeal_count", "escalate_count", "suspend_count", "takedown_count"), 0)
"""Counts of events, which are made anew once the events are here."""


def status_key(row: Row) -> SubjectKey:
    """The key of a status row."""
    return row["did"], row["recordPath"] or "", row.get("convoId") or ""


def event_key(row: Row) -> SubjectKey:
    """The key of an event's subject."""
    uri = row["subjectUri"] or ""
    return row["subjectDid"], uri.removeprefix(f"at://{row['subjectDid']}/"), row.get("subjectConvoId") or ""


def uri_of(key: SubjectKey) -> str:
    """What our tables call it."""
    did, path, convo = key
    if convo:
        return Subject.conversation(Did(did), convo).uri
    return f"at://{did}/{path}" if path else did


def bare_subject(key: SubjectKey, created_us: int) -> dict[str, object]:
    """The row of a subject of which nothing is known but that something happened to it."""
    did, path, convo = key
    return {
        "did": did,
        "record_path": path,
        "convo_id": convo,
        "message_id": "",
        "uri": uri_of(key),
        "cid": None,
        "collection": path.split("/")[0],
        "shard": shard_of(Did(did)),
        "review": "reviewNone",
        "appealed": False,
        "takendown": False,
        "last_reported_us": None,
        "last_appealed_us": None,
        "last_reviewed_by": None,
        "last_reviewed_us": None,
        "takedown_until_us": None,
        "takedown_by_person": False,
        "muted_until_us": None,
        "mute_by_person": False,
        "mute_reporting_until_us": None,
        "comment": None,
        "priority_score": 0,
        "blob_cids_json": None,
        "tags_json": None,
        "hosting_status": None,
        "hosting_created_us": None,
        "hosting_updated_us": None,
        "hosting_deleted_us": None,
        "hosting_deactivated_us": None,
        "hosting_reactivated_us": None,
        "age_assurance_state": None,
        "age_assurance_by": None,
        "created_us": created_us,
        "updated_us": created_us,
        **FIRST_COUNTS,
    }


def subject_columns(row: Row) -> dict[str, object]:
    """Our row. What an Ozone decided a person decided: no rule of ours takes it back."""
    place = f"moderation_subject_status {row['id']}"
    tags = sorted(set(row.get("tags") or ()))
    muted_until_us = micros(row["muteUntil"])
    times = {
        ours: micros(row.get(theirs))
        for ours, theirs in (
            ("last_reported_us", "lastReportedAt"),
            ("last_appealed_us", "lastAppealedAt"),
            ("last_reviewed_us", "lastReviewedAt"),
            ("takedown_until_us", "suspendUntil"),
            ("mute_reporting_until_us", "muteReportingUntil"),
            ("hosting_created_us", "hostingCreatedAt"),
            ("hosting_updated_us", "hostingUpdatedAt"),
            ("hosting_deleted_us", "hostingDeletedAt"),
            ("hosting_deactivated_us", "hostingDeactivatedAt"),
            ("hosting_reactivated_us", "hostingReactivatedAt"),
        )
    }
    return {
        **bare_subject(status_key(row), needed_micros(row["createdAt"], place)),
        **times,
        "cid": row["recordCid"],
        "review": str(row["reviewState"]).rpartition("#")[2],
        "appealed": bool(row["appealed"]),
        "takendown": bool(row["takendown"]),
        "takedown_by_person": bool(row["takendown"]),
        "muted_until_us": muted_until_us,
        "mute_by_person": muted_until_us is not None,
        "last_reviewed_by": row["lastReviewedBy"],
        "comment": row["comment"],
        "priority_score": row.get("priorityScore") or 0,
        "blob_cids_json": _json(row.get("blobCids")),
        "tags_json": _json(tags),
        "hosting_status": row.get("hostingStatus"),
        "age_assurance_state": row.get("ageAssuranceState"),
        "age_assurance_by": row.get("ageAssuranceUpdatedBy"),
        "updated_us": needed_micros(row["updatedAt"], place),
    }


def tag_rows(
    rows: Sequence[Row], ids: Mapping[SubjectKey, int], ends: Mapping[tuple[SubjectKey, str], int]
) -> list[dict[str, object]]:
    """The tags of some status rows; `ends` says when a tag goes by itself."""
    return [
        {
            "subject_id": ids[status_key(row)],
            "tag": tag,
            "added_us": needed_micros(row["updatedAt"], f"moderation_subject_status {row['id']}"),
            "expires_us": ends.get((status_key(row), tag)),
            "decision_id": None,
            "by_person": True,
        }
        for row in rows
        for tag in dict.fromkeys(row.get("tags") or ())
    ]


def _json(values: object) -> str | None:
    return msgspec.json.encode(values).decode() if values else None
