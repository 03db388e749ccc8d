"""Copy subjects, events, queues, reports and scheduled actions."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row as SqlRow
from sqlalchemy import select

from skywarden.app.ozone_import.events import event_columns, event_words
from skywarden.app.ozone_import.source import OzoneSource, Row
from skywarden.app.ozone_import.subjects import (
    SubjectKey,
    event_key,
    status_key,
    subject_columns,
    tag_rows,
    uri_of,
)
from skywarden.app.ozone_import.target import Target, raise_counter
from skywarden.app.ozone_import.values import micros, needed_micros
from skywarden.moderation.reports.tickets import routing_columns
from skywarden.storage.tables import (
    MODERATION_EVENT,
    MODERATION_EVENT_WORD,
    QUEUE,
    QUEUE_ASSIGNMENT,
    REPORT,
    REPORT_ACTIVITY,
    REPORT_ASSIGNMENT,
    SCHEDULED_ACTION,
    SUBJECT,
    SUBJECT_TAG,
)

Columns = dict[str, object]

_ACTIVITIES = {"internalNoteActivity": "noteActivity", "publicNoteActivity": "noteActivity"}
"""Names that earlier versions had for what is one activity now."""


def copy_statuses(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy subjects with their tags; gives how many rows each page had."""
    name = "moderation_subject_status"
    ends = {
        ((row["did"], row["recordPath"] or "", row.get("convoId") or ""), row["tag"]): needed_micros(
            row["expiresAt"], f"expiring_tag {row['id']}"
        )
        for page in source.pages("expiring_tag")
        for row in page
    }
    for rows in source.pages(name, target.reached(name)):
        with target.db.write("import.subject") as tx:
            target.add(tx, SUBJECT, [subject_columns(row) for row in rows])
            ids = target.subject_ids(tx, {status_key(row): 0 for row in rows})
            target.add(tx, SUBJECT_TAG, tag_rows(rows, ids, ends))
            target.mark(tx, name, rows[-1]["id"])
        yield len(rows)


def copy_events(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy events under their own ids; gives how many rows each page had."""
    name = "moderation_event"
    for rows in source.pages(name, target.reached(name)):
        with target.db.write("import.event") as tx:
            first_seen = {
                event_key(row): needed_micros(row["createdAt"], f"{name} {row['id']}") for row in reversed(rows)
            }
            ids = target.subject_ids(tx, first_seen)
            target.add(tx, MODERATION_EVENT, [_event(row, ids) for row in rows])
            target.add(
                tx,
                MODERATION_EVENT_WORD,
                [
                    {"event_id": row["id"], "kind": kind, "word": word}
                    for row in rows
                    for kind, word in event_words(row)
                ],
            )
            raise_counter(target.db, tx, "decision", rows[-1]["id"])
            target.mark(tx, name, rows[-1]["id"])
        yield len(rows)


def _happened(row: Row) -> int:
    return needed_micros(row["createdAt"], f"moderation_event {row['id']}")


def _event(row: Row, ids: dict[SubjectKey, int]) -> Columns:
    key = event_key(row)
    return {
        **event_columns(row),
        "subject_id": ids[key],
        "did": key[0],
        "record_path": key[1],
        "convo_id": key[2],
        "message_id": row.get("subjectMessageId") or "",
        "uri": uri_of(key),
    }


def copy_queues(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy queues under their own ids; gives how many rows each page had."""
    for rows in source.pages("report_queue", target.reached("report_queue")):
        with target.db.write("import.queue") as tx:
            target.add(tx, QUEUE, [_queue(row) for row in rows])
            raise_counter(target.db, tx, "queue", rows[-1]["id"])
            target.mark(tx, "report_queue", rows[-1]["id"])
        yield len(rows)


def _queue(row: Row) -> Columns:
    place = f"report_queue {row['id']}"
    return {
        "id": row["id"],
        "name": row["name"],
        "subject_types_json": _json(row["subjectTypes"] or []),
        "collection": row["collection"],
        "report_types_json": _json(row["reportTypes"] or []),
        "description": row.get("description"),
        "policies_json": _json(row.get("recommendedPolicies") or []),
        "enabled": bool(row["enabled"]),
        "created_by": row["createdBy"],
        "created_us": needed_micros(row["createdAt"], place),
        "updated_us": needed_micros(row["updatedAt"], place),
        "deleted_us": micros(row["deletedAt"]),
    }


def copy_reports(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy tickets under their own ids; where the version has none yet they are made of the events."""
    name = "report"
    for rows in source.pages(name, target.reached(name)):
        with target.db.write("import.report") as tx:
            wanted = [row["eventId"] for row in rows]
            query = select(MODERATION_EVENT).where(MODERATION_EVENT.c.id.in_(wanted))
            events = {event.id: event for event in tx.execute(query)}
            target.add(tx, REPORT, [_report(row, events[row["eventId"]]) for row in rows if row["eventId"] in events])
            raise_counter(target.db, tx, "report", rows[-1]["id"])
            target.mark(tx, name, rows[-1]["id"])
        yield len(rows)


def _report(row: Row, event: SqlRow[Any]) -> Columns:
    place = f"report {row['id']}"
    return {
        "id": row["id"],
        "decision_id": row["eventId"],
        "subject_id": event.subject_id,
        "did": event.did,
        "reason_type": event.report_type or row.get("reportType") or "",
        "reported_by": event.created_by,
        "comment": event.comment,
        "rule": None,
        "state": row["status"],
        "queue_id": row["queueId"],
        "queued_us": micros(row["queuedAt"]),
        "created_us": needed_micros(row["createdAt"], place),
        "updated_us": needed_micros(row["updatedAt"], place),
        "closed_us": micros(row.get("closedAt")),
        "is_muted": bool(row.get("isMuted")),
        "action_event_ids_json": _json(row["actionEventIds"]) if row["actionEventIds"] else None,
        "action_note": row["actionNote"],
        "assigned_to": row.get("assignedTo"),
        **routing_columns(event.record_path, event.convo_id, event.message_id, event.tool_json, by_rule=False),
    }


def copy_activities(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy what was done to reports; gives how many rows each page had."""
    name = "report_activity"
    for rows in source.pages(name, target.reached(name)):
        with target.db.write("import.activity") as tx:
            target.add(tx, REPORT_ACTIVITY, [_activity(row) for row in rows])
            raise_counter(target.db, tx, name, rows[-1]["id"])
            target.mark(tx, name, rows[-1]["id"])
        yield len(rows)


def _activity(row: Row) -> Columns:
    return {
        "id": row["id"],
        "report_id": row["reportId"],
        "type": _ACTIVITIES.get(row["activityType"], row["activityType"]),
        "previous_state": row["previousStatus"],
        "internal_note": row["internalNote"],
        "public_note": row["publicNote"],
        "meta_json": None if row["meta"] is None else _json(row["meta"]),
        "is_automated": bool(row["isAutomated"]),
        "created_by": row["createdBy"],
        "created_us": needed_micros(row["createdAt"], f"report_activity {row['id']}"),
    }


def copy_assignments(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy who works on what; gives how many rows each page had."""
    name = "moderator_assignment"
    for rows in source.pages(name, target.reached(name)):
        with target.db.write("import.assignment") as tx:
            reports = [
                {**_assignment(row), "report_id": row["reportId"], "queue_id": row["queueId"]}
                for row in rows
                if row["reportId"]
            ]
            queues = [
                {**_assignment(row), "queue_id": row["queueId"]}
                for row in rows
                if not row["reportId"] and row["queueId"] and row["endAt"]
            ]
            target.add(tx, REPORT_ASSIGNMENT, reports)
            target.add(tx, QUEUE_ASSIGNMENT, queues)
            target.mark(tx, name, rows[-1]["id"])
        yield len(rows)


def _assignment(row: Row) -> Columns:
    return {"did": row["did"], "start_us": micros(row["startAt"]), "end_us": micros(row["endAt"])}


def copy_scheduled(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy scheduled actions; those that are random in Ozone are drawn here, once."""
    name = "scheduled_action"
    for rows in source.pages(name, target.reached(name)):
        with target.db.write("import.scheduled") as tx:
            target.add(tx, SCHEDULED_ACTION, [_scheduled(row) for row in rows])
            raise_counter(target.db, tx, name, rows[-1]["id"])
            target.mark(tx, name, rows[-1]["id"])
        yield len(rows)


def _scheduled(row: Row) -> Columns:
    place = f"scheduled_action {row['id']}"
    pending = row["status"] == "pending"
    at_us, after_us = micros(row["executeAt"]), micros(row["executeAfter"])
    body = {"$type": "tools.ozone.moderation.defs#modEventTakedown", **(row["eventData"] or {})}
    return {
        "id": row["id"],
        "action": row["action"],
        "did": row["did"],
        "pending_did": row["did"] if pending else None,
        "event_json": _json(body),
        "execute_at_us": at_us,
        "execute_after_us": after_us,
        "execute_until_us": micros(row["executeUntil"]),
        "randomize": bool(row["randomizeExecution"]),
        "due_us": at_us or after_us or 0,
        "state": row["status"],
        "created_by": row["createdBy"],
        "created_us": needed_micros(row["createdAt"], place),
        "updated_us": needed_micros(row["updatedAt"], place),
        "executed_us": micros(row["lastExecutedAt"]),
        "last_failure": row["lastFailureReason"] or "",
        "event_id": row["executionEventId"],
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
