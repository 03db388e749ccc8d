"""Rows of subjects to tools.ozone.moderation.defs#subjectStatusView."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from skywarden.api.views.json import Json, given
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.queries.statuses import select_statuses
from skywarden.storage.tables import SUBJECT

DEFS = "tools.ozone.moderation.defs#"
NO_CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
"""The CID of nothing, where a record's version is not known: the lexicons demand one, and clients check it."""

_AT_ONCE = 500
_KEPT = 5_000
"""Statuses whose JSON is kept, some 3 KB each with the row that it was made of."""

_ENDLESS = (None, None, None)

_ACCOUNT_STATS = {
    "reportCount": "stat_report_count",
    "appealCount": "stat_appeal_count",
    "suspendCount": "stat_suspend_count",
    "escalateCount": "stat_escalate_count",
    "takedownCount": "stat_takedown_count",
}
_RECORDS_STATS = {
    "totalReports": "stat_total_reports",
    "reportedCount": "stat_reported",
    "escalatedCount": "stat_escalated",
    "appealedCount": "stat_appealed",
    "subjectCount": "stat_subjects",
    "pendingCount": "stat_pending",
    "processedCount": "stat_processed",
    "takendownCount": "stat_takendown",
}
_ACCOUNT_VALUES, _RECORDS_VALUES = attrgetter(*_ACCOUNT_STATS.values()), attrgetter(*_RECORDS_STATS.values())
_HOSTING_TIMES = {
    "createdAt": "hosting_created_us",
    "updatedAt": "hosting_updated_us",
    "deletedAt": "hosting_deleted_us",
    "deactivatedAt": "hosting_deactivated_us",
    "reactivatedAt": "hosting_reactivated_us",
}
_RECORD_TIMES = ("createdAt", "updatedAt", "deletedAt")


def read_statuses(tx: Connection, uris: Collection[str]) -> dict[str, Row[Any]]:
    """The rows of subjects, by uri; those that moderation never met are absent."""
    wanted, found = list(uris), {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        found.update({row.uri: row for row in tx.execute(select_statuses().where(SUBJECT.c.uri.in_(part)))})
    return found


def status_view(row: Row[Any], now_us: UtcMicros, handles: Mapping[Did, str]) -> Json:
    """One subject's status. `row` is of `select_statuses`."""
    takendown = row.takendown and (row.takedown_until_us is None or row.takedown_until_us > now_us)
    return given(
        {
            "id": row.id,
            "subject": subject_ref(row),
            "hosting": _hosting(row),
            "subjectBlobCids": _list(row.blob_cids_json),
            "subjectRepoHandle": handles.get(Did(row.did)),
            "createdAt": datetime_text(row.created_us),
            "updatedAt": datetime_text(row.updated_us),
            "reviewState": DEFS + row.review,
            "comment": row.comment,
            "priorityScore": row.priority_score,
            "muteUntil": _later(row.muted_until_us, now_us),
            "muteReportingUntil": _later(row.mute_reporting_until_us, now_us),
            "lastReviewedBy": row.last_reviewed_by,
            "lastReviewedAt": _time(row.last_reviewed_us),
            "lastReportedAt": _time(row.last_reported_us),
            "lastAppealedAt": _time(row.last_appealed_us),
            "takendown": takendown,
            "appealed": row.appealed if row.appealed or row.last_appealed_us is not None else None,
            "suspendUntil": _time(row.takedown_until_us) if takendown else None,
            "tags": _list(row.tags_json),
            "accountStats": _counts(row, _ACCOUNT_STATS, _ACCOUNT_VALUES),
            "recordsStats": _counts(row, _RECORDS_STATS, _RECORDS_VALUES),
            "accountStrike": _strikes(row),
            "ageAssuranceState": row.age_assurance_state,
            "ageAssuranceUpdatedBy": row.age_assurance_by,
        }
    )


def status_json(row: Row[Any], now_us: UtcMicros, handle: str | None) -> msgspec.Raw:
    """The same as JSON. A status that no clock ends is written once for as long as the row says the same."""
    if (row.takedown_until_us, row.muted_until_us, row.mute_reporting_until_us) == _ENDLESS:
        return _endless_json(row, handle)
    return _json(row, now_us, handle)


@lru_cache(_KEPT)
def _endless_json(row: Row[Any], handle: str | None) -> msgspec.Raw:
    return _json(row, UtcMicros(0), handle)


def _json(row: Row[Any], now_us: UtcMicros, handle: str | None) -> msgspec.Raw:
    handles = {} if handle is None else {Did(row.did): handle}
    return msgspec.Raw(msgspec.json.encode(status_view(row, now_us, handles)))


def subject_ref(row: Row[Any]) -> Json:
    """What a status or an event is about, as com.atproto and chat.bsky name such things."""
    if row.record_path:
        return {"$type": "com.atproto.repo.strongRef", "uri": row.uri, "cid": row.cid or NO_CID}
    if not row.convo_id:
        return {"$type": "com.atproto.admin.defs#repoRef", "did": row.did}
    if not row.message_id:
        return {"$type": "chat.bsky.convo.defs#convoRef", "did": row.did, "convoId": row.convo_id}
    message = {"did": row.did, "convoId": row.convo_id, "messageId": row.message_id}
    return {"$type": "chat.bsky.convo.defs#messageRef", **message}


def _hosting(row: Row[Any]) -> Json | None:
    if row.hosting_status is None or row.convo_id:
        return None
    times = {name: _time(getattr(row, column)) for name, column in _HOSTING_TIMES.items()}
    if row.record_path:
        times = {name: times[name] for name in _RECORD_TIMES}
    kind = "recordHosting" if row.record_path else "accountHosting"
    return given({"$type": DEFS + kind, "status": row.hosting_status, **times})


def _counts(row: Row[Any], names: Iterable[str], values: Callable[[object], tuple[int, ...]]) -> Json | None:
    return None if row.stat_report_count is None else dict(zip(names, values(row), strict=True))


def _strikes(row: Row[Any]) -> Json | None:
    if row.strike_total is None:
        return None
    return given(
        {
            "activeStrikeCount": row.strike_active,
            "totalStrikeCount": row.strike_total,
            "firstStrikeAt": _time(row.strike_first_us),
            "lastStrikeAt": _time(row.strike_last_us),
        }
    )


def _list(text: str | None) -> msgspec.Raw | None:
    """A list that is stored as it is answered."""
    return None if text is None else msgspec.Raw(text.encode())


def _time(us: int | None) -> str | None:
    return None if us is None else datetime_text(us)


def _later(us: int | None, now_us: UtcMicros) -> str | None:
    return _time(us) if us is not None and us > now_us else None
