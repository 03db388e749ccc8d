"""Fill a PostgreSQL database as a reference Ozone does: its tables, its kinds of columns, a few rows in each."""

import json
from typing import Any

from sqlalchemy import Connection, text

DID = "did:plc:labelerlabelerlabelerla"
ALICE, BOB, MODERATOR = (f"did:plc:{name * 6}" for name in ("alic", "bobb", "mode"))
POST = f"at://{ALICE}/app.bsky.feed.post/3k2a"
CID = "bafyreifkqsw3ppkm4kqnz2r2ft2tkg7zjzbozfnfsgnpf3aqlzhbwpjjzq"
DEFS = "tools.ozone.moderation.defs#"
NOW = "2026-05-01T10:00:00.000Z"
LATER = "2026-05-02T10:00:00.000Z"
FAR = "2099-01-01T00:00:00.000Z"

_TABLES = {
    "signing_key": "id serial primary key, key varchar not null",
    "label": "id bigserial primary key, src varchar, uri varchar, cid varchar, val varchar, neg boolean, cts varchar, "
    'exp varchar, sig bytea, "signingKeyId" integer',
    "member": 'did text primary key, role text, disabled boolean, handle text, "displayName" text, '
    '"createdAt" timestamptz, "updatedAt" timestamptz, "lastUpdatedBy" text',
    "communication_template": 'id serial primary key, name varchar, "contentMarkdown" varchar, subject varchar, '
    'lang varchar, disabled boolean, "createdAt" timestamptz, "updatedAt" timestamptz, "lastUpdatedBy" varchar',
    "set_detail": 'id serial primary key, name varchar, description varchar, "createdAt" timestamptz, '
    '"updatedAt" timestamptz',
    "set_value": 'id serial primary key, "setId" integer, value varchar, "createdAt" timestamptz',
    "setting": 'id serial primary key, key varchar, did varchar, value jsonb, description varchar, "createdAt" '
    'timestamptz, "updatedAt" timestamptz, "managerRole" varchar, scope varchar, "createdBy" varchar, '
    '"lastUpdatedBy" varchar',
    "safelink_event": 'id serial primary key, "eventType" varchar, url varchar, pattern varchar, action varchar, '
    'reason varchar, "createdBy" varchar, "createdAt" varchar, comment varchar',
    "safelink_rule": "id serial primary key, url varchar, pattern varchar, action varchar, reason varchar, "
    '"createdBy" varchar, "createdAt" varchar, "updatedAt" varchar, comment varchar',
    "verification": "uri text primary key, cid text, issuer text, subject text, handle text, "
    '"displayName" text, "revokeReason" text, "revokedBy" text, "revokedAt" text, "createdAt" text, "updatedAt" text',
    "moderation_subject_status": 'id serial primary key, did varchar, "recordPath" varchar, "convoId" varchar, '
    '"recordCid" varchar, "blobCids" jsonb, "reviewState" varchar, "createdAt" varchar, "updatedAt" varchar, '
    '"lastReviewedBy" varchar, "lastReviewedAt" varchar, "lastReportedAt" varchar, "lastAppealedAt" varchar, '
    '"hostingUpdatedAt" varchar, "hostingDeletedAt" varchar, "hostingCreatedAt" varchar, '
    '"hostingDeactivatedAt" varchar, "hostingReactivatedAt" varchar, "hostingStatus" varchar, "muteUntil" varchar, '
    '"muteReportingUntil" varchar, "suspendUntil" varchar, takendown boolean, appealed boolean, comment text, '
    'tags jsonb, "priorityScore" integer, "ageAssuranceState" varchar, "ageAssuranceUpdatedBy" varchar',
    "expiring_tag": 'id serial primary key, "eventId" integer, did varchar, "recordPath" varchar, "convoId" varchar, '
    'tag varchar, "expiresAt" varchar, "createdBy" varchar',
    "moderation_event": 'id serial primary key, action varchar, "subjectType" varchar, "subjectDid" varchar, '
    '"subjectUri" varchar, "subjectCid" varchar, "subjectBlobCids" jsonb, "subjectConvoId" varchar, '
    '"subjectMessageId" varchar, "createLabelVals" text, "negateLabelVals" text, comment text, "createdAt" varchar, '
    '"createdBy" varchar, "durationInHours" integer, "expiresAt" varchar, meta jsonb, "addedTags" jsonb, '
    '"removedTags" jsonb, "legacyRefId" integer, "modTool" jsonb, "externalId" varchar, "severityLevel" varchar, '
    '"strikeCount" integer, "strikeExpiresAt" varchar',
    "report_queue": 'id serial primary key, name varchar, "subjectTypes" jsonb, collection varchar, '
    '"reportTypes" jsonb, description varchar, "recommendedPolicies" jsonb, "createdBy" varchar, "createdAt" varchar, '
    '"updatedAt" varchar, enabled boolean, "deletedAt" varchar',
    "report": 'id serial primary key, "eventId" integer, "queueId" integer, "queuedAt" varchar, '
    '"actionEventIds" jsonb, "actionNote" text, "isMuted" boolean, "isAutomated" boolean, status varchar, '
    '"reportType" varchar, did varchar, "recordPath" varchar, "subjectMessageId" varchar, "subjectConvoId" varchar, '
    '"createdAt" varchar, "updatedAt" varchar, "assignedTo" varchar, "assignedAt" varchar, "closedAt" varchar',
    "report_activity": 'id serial primary key, "reportId" integer, "activityType" varchar, "previousStatus" varchar, '
    '"internalNote" text, "publicNote" text, meta jsonb, "isAutomated" boolean, "createdBy" varchar, '
    '"createdAt" varchar',
    "moderator_assignment": 'id serial primary key, did varchar, "reportId" integer, "queueId" integer, '
    '"startAt" varchar, "endAt" varchar',
    "scheduled_action": 'id serial primary key, action varchar, "eventData" jsonb, did varchar, "executeAt" varchar, '
    '"executeAfter" varchar, "executeUntil" varchar, "randomizeExecution" boolean, "createdBy" varchar, '
    '"createdAt" varchar, "updatedAt" varchar, status varchar, "lastExecutedAt" varchar, "lastFailureReason" text, '
    '"executionEventId" integer',
}


def make_ozone(tx: Connection) -> None:
    """Make the tables in the schema public, where the rest of the transaction works too."""
    tx.execute(text("SET LOCAL search_path = public"))
    for name, columns in _TABLES.items():
        tx.execute(text(f"CREATE TABLE {name} ({columns})"))


def add(tx: Connection, table: str, **values: Any) -> None:
    """Add a row; lists and dicts are stored as JSON."""
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"CAST(:{n} AS jsonb)" if isinstance(v, (list, dict)) else f":{n}" for n, v in values.items())
    given = {name: json.dumps(value) if isinstance(value, (list, dict)) else value for name, value in values.items()}
    tx.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), given)


def add_event(tx: Connection, kind: str, *, uri: str | None = None, did: str = ALICE, **values: Any) -> None:
    """Add an event about Alice, or about one of her records."""
    subject = "com.atproto.repo.strongRef" if uri else "com.atproto.admin.defs#repoRef"
    given = {"createdAt": NOW, "createdBy": MODERATOR, "subjectUri": uri, "subjectCid": CID if uri else None, **values}
    add(tx, "moderation_event", action=f"{DEFS}{kind}", subjectType=subject, subjectDid=did, **given)


def add_status(
    tx: Connection, *, path: str = "", did: str = ALICE, review: str = "reviewClosed", **values: Any
) -> None:
    """Add what is held of a subject."""
    given = {"convoId": "", "createdAt": NOW, "updatedAt": LATER, "takendown": False, "appealed": None, **values}
    add(tx, "moderation_subject_status", did=did, recordPath=path, reviewState=f"{DEFS}{review}", **given)


def fill_ozone(tx: Connection, label_key: str, signature: bytes) -> None:
    """A small history: reports of a post, a label, a suspension with strikes, and what a team keeps at hand."""
    add(tx, "signing_key", key=label_key)
    label = {"src": DID, "neg": False, "cts": NOW, "signingKeyId": 1}
    add(tx, "label", id=7, uri=POST, cid="", val="spam", sig=signature, **label)
    add(tx, "label", id=9, uri=ALICE, cid="", val="!suspend", exp=FAR, sig=signature, **label)
    tool = {"name": "ozone-ui/workspace", "meta": {"batchId": "batch-1", "queueId": 3}}
    add_event(tx, "modEventReport", uri=POST, createdBy=BOB, comment="spam!", meta={"reportType": f"{_REASON}Spam"})
    add_event(tx, "modEventTag", uri=POST, addedTags=["lang:en", "report:spam"], removedTags=[])
    add_event(tx, "modEventLabel", uri=POST, createLabelVals="spam rude", negateLabelVals="porn", modTool=tool)
    add_event(
        tx,
        "modEventTakedown",
        durationInHours=24,
        expiresAt=FAR,
        meta={"policies": "spam,abuse", "acknowledgeAccountSubjects": True},
        severityLevel="sev-2",
        strikeCount=2,
        strikeExpiresAt=FAR,
        externalId="case-1",
    )
    add_event(tx, "modEventPriorityScore", did=BOB, meta={"priorityScore": 40})
    add_status(tx, path="app.bsky.feed.post/3k2a", review="reviewOpen", tags=["lang:en", "report:spam"], recordCid=CID)
    add_status(tx, takendown=True, suspendUntil=FAR, lastReviewedBy=MODERATOR, lastReviewedAt=LATER, priorityScore=30)
    add(
        tx,
        "expiring_tag",
        eventId=2,
        did=ALICE,
        recordPath="app.bsky.feed.post/3k2a",
        convoId="",
        tag="lang:en",
        expiresAt=FAR,
        createdBy=MODERATOR,
    )
    _fill_reports(tx)
    _fill_desk(tx)


_REASON = "com.atproto.moderation.defs#reason"


def _fill_reports(tx: Connection) -> None:
    both = {"createdAt": NOW, "updatedAt": LATER}
    queue = {"subjectTypes": ["record"], "reportTypes": [f"{_REASON}Spam"], "recommendedPolicies": ["spam"]}
    add(tx, "report_queue", id=3, name="Spam", createdBy=MODERATOR, enabled=True, **queue, **both)
    report = {"eventId": 1, "queueId": 3, "queuedAt": NOW, "actionEventIds": [3], "actionNote": "labelled"}
    add(
        tx,
        "report",
        id=11,
        status="closed",
        isMuted=False,
        isAutomated=False,
        closedAt=LATER,
        did=ALICE,
        **report,
        **both,
    )
    note = {"activityType": "internalNoteActivity", "internalNote": "seen", "isAutomated": False}
    add(tx, "report_activity", id=21, reportId=11, createdBy=MODERATOR, createdAt=NOW, **note)
    closed = {**note, "activityType": "closeActivity", "previousStatus": "queued"}
    add(tx, "report_activity", id=22, reportId=11, createdBy=MODERATOR, createdAt=NOW, **closed)
    add(tx, "moderator_assignment", did=MODERATOR, reportId=11, queueId=3, startAt=NOW, endAt=LATER)
    action = {"action": "takedown", "eventData": {"comment": "later"}, "executeAt": FAR, "randomizeExecution": False}
    add(tx, "scheduled_action", id=31, did=BOB, createdBy=MODERATOR, status="pending", **action, **both)


def _fill_desk(tx: Connection) -> None:
    both = {"createdAt": NOW, "updatedAt": LATER}
    add(tx, "member", did=MODERATOR, role="tools.ozone.team.defs#roleAdmin", disabled=False, lastUpdatedBy=DID, **both)
    template = {"contentMarkdown": "Please *stop*.", "subject": "Your posts", "disabled": False}
    add(tx, "communication_template", name="Spam", lastUpdatedBy=MODERATOR, **template, **both)
    add(tx, "set_detail", id=5, name="bad-domains", description="seen in spam", **both)
    for value in ("a.example", "b.example"):
        add(tx, "set_value", setId=5, value=value, createdAt=NOW)
    option = {"key": "tools.ozone.setting.protectedTags", "value": {"vip": {"roles": []}}, "scope": "instance"}
    add(tx, "setting", did=DID, createdBy=MODERATOR, lastUpdatedBy=MODERATOR, managerRole=None, **option, **both)
    link = {"url": "bad.example", "pattern": "domain", "action": "block", "reason": "phishing", "createdBy": MODERATOR}
    add(tx, "safelink_event", id=41, eventType="addRule", createdAt=NOW, **link)
    add(tx, "safelink_rule", **link, **both)
    proof = {"cid": CID, "issuer": DID, "subject": ALICE, "handle": "alice.example", "displayName": "Alice"}
    add(tx, "verification", uri=f"at://{DID}/app.bsky.graph.verification/3k2b", **proof, **both)
