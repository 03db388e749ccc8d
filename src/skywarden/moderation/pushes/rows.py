"""Keep in rows what another service must be told; a takedown in the words of com.atproto.admin.updateSubjectStatus."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, insert

from skywarden.kernel.ids import Cid, UtcMicros
from skywarden.model.subject import Subject
from skywarden.storage.tables import PUSH

PDS, APPVIEW, DIVERT = "pds", "appview", "divert"
TAKEDOWN, REVERSAL, EMAIL, CREDENTIALS, BLOB = "takedown", "reversal", "email", "credentials", "blob"
WAITING, SENT, FAILED = "waiting", "sent", "failed"

STATUS_TARGETS = frozenset({PDS, APPVIEW})
"""Services that know takedowns."""

NO_VERSION = "the version (cid) of the record is not known, and the service asks for it"


@dataclass(frozen=True, slots=True)
class NewPush:
    """One message: `body` is the input of the target's method, `about` what its lane is about besides the target.

    `lane_target` names another target whose messages about the same thing come in one order with this one.
    """

    decision: int
    target: str
    kind: str
    subject: Subject
    body: object
    about: str
    blob_cid: str = ""
    impossible: str = ""
    lane_target: str = ""


def queue_pushes(tx: Connection, pushes: Sequence[NewPush], now_us: UtcMicros) -> None:
    """Write the rows; what cannot be said at all is written as failed, with the reason."""
    rows = [
        {
            "decision_id": push.decision,
            "target": push.target,
            "kind": push.kind,
            "lane": lane_of(push.lane_target or push.target, push.about),
            "did": push.subject.did,
            "uri": push.subject.uri,
            "blob_cid": push.blob_cid,
            "body_json": msgspec.json.encode(push.body).decode(),
            "state": FAILED if push.impossible else WAITING,
            "attempts": 0,
            "next_us": now_us,
            "last_error": push.impossible,
            "created_us": now_us,
            "ended_us": now_us if push.impossible else None,
        }
        for push in pushes
    ]
    if rows:
        tx.execute(insert(PUSH), rows)


def lane_of(target: str, about: str) -> str:
    """Name the order that a message is part of. Shape: 32 hex digits."""
    return hashlib.sha256(f"{target} {about}".encode()).hexdigest()[:32]


def status_pushes(
    decision: int, kind: str, subject: Subject, blob_cids: Sequence[Cid], targets: Iterable[str], takedown: object
) -> list[NewPush]:
    lexicon_subject, impossible = _lexicon_subject(subject)
    blobs = [(cid, _lexicon_blob(subject, cid)) for cid in dict.fromkeys(blob_cids)]
    pushes = []
    for target in sorted(targets):
        body = {"subject": lexicon_subject, "takedown": takedown}
        pushes.append(NewPush(decision, target, kind, subject, body, subject.uri, impossible=impossible))
        for cid, blob in blobs:
            body = {"subject": blob, "takedown": takedown}
            pushes.append(NewPush(decision, target, kind, subject, body, f"{subject.did} {cid}", blob_cid=cid))
    return pushes


def _lexicon_subject(subject: Subject) -> tuple[object, str]:
    """The subject as com.atproto.admin.updateSubjectStatus wants it, and why that cannot be said."""
    if subject.is_account:
        return {"$type": "com.atproto.admin.defs#repoRef", "did": subject.did}, ""
    reference = {"$type": "com.atproto.repo.strongRef", "uri": subject.uri, "cid": subject.cid or ""}
    return reference, "" if subject.cid else NO_VERSION


def _lexicon_blob(subject: Subject, cid: Cid) -> object:
    blob = {"$type": "com.atproto.admin.defs#repoBlobRef", "did": subject.did, "cid": cid}
    return blob if subject.is_account else {**blob, "recordUri": subject.uri}
