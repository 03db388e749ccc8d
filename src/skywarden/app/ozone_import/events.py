"""Turn a row of an Ozone's moderation_event into our event, its words and its lexicon body. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from skywarden.app.ozone_import.values import Row, micros, needed_micros
from skywarden.moderation.event_rows import word_of

Body = dict[str, Any]

_DEFS = "tools.ozone.moderation.defs#"


def _words(text: str | None) -> list[str]:
    return text.split(" ") if text else []


def _parts(text: object) -> list[str]:
    return text.split(",") if isinstance(text, str) and text else []


def _sanctions(row: Row, meta: Mapping[str, Any]) -> Body:
    """What takedowns, reversals and e-mails share."""
    return {
        "policies": _parts(meta.get("policies")) or None,
        "severityLevel": row.get("severityLevel"),
        "strikeCount": row.get("strikeCount"),
    }


def _takedown(row: Row, meta: Mapping[str, Any]) -> Body:
    return {
        **_sanctions(row, meta),
        "durationInHours": row["durationInHours"],
        "acknowledgeAccountSubjects": meta.get("acknowledgeAccountSubjects"),
        "targetServices": _parts(meta.get("targetServices")) or None,
        "strikeExpiresAt": row.get("strikeExpiresAt"),
    }


def _label(row: Row, _meta: Mapping[str, Any]) -> Body:
    return {
        "createLabelVals": _words(row["createLabelVals"]),
        "negateLabelVals": _words(row["negateLabelVals"]),
        "durationInHours": row["durationInHours"],
    }


def _tag(row: Row, _meta: Mapping[str, Any]) -> Body:
    return {
        "add": row.get("addedTags") or [],
        "remove": row.get("removedTags") or [],
        "durationInHours": row["durationInHours"],
    }


def _report(_row: Row, meta: Mapping[str, Any]) -> Body:
    return {"reportType": meta.get("reportType", ""), "isReporterMuted": bool(meta.get("isReporterMuted"))}


def _email(row: Row, meta: Mapping[str, Any]) -> Body:
    said = {name: meta.get(name) for name in ("content", "isDelivered")}
    return {
        **_sanctions(row, meta),
        **said,
        "subjectLine": meta.get("subjectLine", ""),
        "strikeExpiresAt": row.get("strikeExpiresAt"),
    }


def _priority(_row: Row, meta: Mapping[str, Any]) -> Body:
    return {"score": meta.get("priorityScore", 0)}


def _duration(row: Row, _meta: Mapping[str, Any]) -> Body:
    return {"durationInHours": row["durationInHours"]}


def _account(_row: Row, meta: Mapping[str, Any]) -> Body:
    return {"active": bool(meta.get("active")), **{name: meta.get(name) for name in ("status", "timestamp")}}


def _as_noted(*names: str) -> Callable[[Row, Mapping[str, Any]], Body]:
    return lambda _row, meta: {name: meta.get(name) for name in names}


_BODIES: Mapping[str, Callable[[Row, Mapping[str, Any]], Body]] = {
    "modEventTakedown": _takedown,
    "modEventReverseTakedown": _sanctions,
    "modEventEmail": _email,
    "modEventLabel": _label,
    "modEventTag": _tag,
    "modEventReport": _report,
    "modEventPriorityScore": _priority,
    "modEventMute": _duration,
    "modEventMuteReporter": _duration,
    "modEventAcknowledge": _as_noted("acknowledgeAccountSubjects"),
    "modEventComment": _as_noted("sticky"),
    "accountEvent": _account,
    "identityEvent": _as_noted("timestamp", "handle", "pdsHost", "tombstone"),
    "recordEvent": _as_noted("op", "cid", "timestamp"),
    "ageAssuranceEvent": _as_noted(
        "status", "access", "createdAt", "attemptId", "initIp", "initUa", "completeIp", "completeUa"
    ),
    "ageAssuranceOverrideEvent": _as_noted("status", "access"),
    "scheduleTakedownEvent": _as_noted("executeAt", "executeAfter", "executeUntil"),
}
"""What each kind's body has besides the comment; a kind that is not here has nothing else."""


def event_body(row: Row) -> Body:
    """The lexicon's body, as the reference service would answer it."""
    kind = str(row["action"]).removeprefix(_DEFS)
    make = _BODIES.get(kind)
    fields = {} if make is None else make(row, row.get("meta") or {})
    body = {"$type": row["action"], "comment": row["comment"], **fields}
    return {name: value for name, value in body.items() if value is not None}


def event_words(row: Row) -> list[tuple[str, str]]:
    """What the filters of queryEvents look for: (kind, word)."""
    words = [("label+", word) for word in _words(row["createLabelVals"])]
    words += [("label-", word) for word in _words(row["negateLabelVals"])]
    words += [("tag+", word) for word in row.get("addedTags") or []]
    words += [("tag-", word) for word in row.get("removedTags") or []]
    words += [("policy", word) for word in _parts((row.get("meta") or {}).get("policies"))]
    return list(dict.fromkeys((kind, word_of(word)) for kind, word in words))


def event_columns(row: Row) -> dict[str, object]:
    """Our columns but those of the subject."""
    place, meta, tool = f"moderation_event {row['id']}", row.get("meta") or {}, row.get("modTool")
    kind = str(row["action"]).removeprefix(_DEFS)
    return {
        "id": row["id"],
        "type": kind,
        "cid": row["subjectCid"],
        "blob_cids_json": _json(row.get("subjectBlobCids") or None),
        "created_by": row["createdBy"],
        "created_us": needed_micros(row["createdAt"], place),
        "comment": row["comment"],
        "event_json": _json(event_body(row)),
        "tool_json": _json(tool),
        "tool_name": _word(tool.get("name") if tool else None),
        "batch_id": _word((tool.get("meta") or {}).get("batchId") if tool else None),
        "external_id": _word(row.get("externalId")),
        "expires_us": micros(row["expiresAt"]),
        "report_type": meta.get("reportType") if kind == "modEventReport" else None,
        "severity_level": _word(row.get("severityLevel")),
        "strike_count": _strikes(kind, row.get("strikeCount")),
        "strike_expires_us": micros(row.get("strikeExpiresAt")),
        "age_assurance_state": meta.get("status") if kind.startswith("ageAssurance") else None,
        "rule": None,
    }


def _strikes(kind: str, count: int | None) -> int | None:
    """What the event adds to the account's strikes; a reversal takes away, with whichever sign it was stored."""
    return -abs(count) if count is not None and kind == "modEventReverseTakedown" else count


def _word(text: object) -> str | None:
    return word_of(text) if isinstance(text, str) and text else None


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
