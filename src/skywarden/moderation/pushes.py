"""Turn applied takedowns and reversals into what other services must be told, in the decision's own transaction.

Crash: a decision and its pushes are durable together or not at all. Retry: who sends them may send one twice; the
services take the same takedown twice as once. Order: rows of one lane are sent in the order of their ids.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, func, insert, select

from skywarden.kernel.ids import Cid, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEventReverseTakedown, ModEventTakedown
from skywarden.moderation.save_marks import Numbered
from skywarden.storage.tables import PUSH, SUBJECT

PDS, APPVIEW, DIVERT = "pds", "appview", "divert"
TAKEDOWN, REVERSAL, EMAIL, CREDENTIALS, BLOB = "takedown", "reversal", "email", "credentials", "blob"
WAITING, SENT, FAILED = "waiting", "sent", "failed"

STATUS_TARGETS = frozenset({PDS, APPVIEW})
"""Services that know takedowns."""

_NO_VERSION = "the version (cid) of the record is not known, and the service asks for it"


@dataclass(frozen=True, slots=True)
class NewPush:
    """One message: `body` is the input of the target's method, `about` what its lane is about besides the target."""

    decision: int
    target: str
    kind: str
    subject: Subject
    body: object
    about: str
    blob_cid: str = ""
    impossible: str = ""


def save_pushes(tx: Connection, applied: Numbered, now_us: UtcMicros, targets: Set[str]) -> None:
    """Queue what the rulings make of the services in `targets`: the configured ones."""
    pushes: list[NewPush] = []
    lifted: list[tuple[int, Subject]] = []
    for number, ruling in applied:
        proposal = ruling.proposal
        act = proposal.act
        if isinstance(act, ModEventTakedown):
            suspended = proposal.subject.is_account and proposal.ends_us(now_us) is not None
            wanted = targets & STATUS_TARGETS & frozenset(act.target_services or STATUS_TARGETS)
            blobs = ruling.verdict.status.blob_cids
            pushes += takedown_pushes(number, proposal.subject, blobs, wanted, suspended=suspended)
        elif isinstance(act, ModEventReverseTakedown):
            lifted.append((number, proposal.subject))
    queue_pushes(tx, pushes, now_us)
    # After the takedowns of the same batch, which they may be about.
    queue_pushes(tx, _reversals(tx, lifted, targets & STATUS_TARGETS), now_us)


def takedown_pushes(
    decision: int, subject: Subject, blob_cids: Sequence[Cid], targets: Iterable[str], *, suspended: bool
) -> list[NewPush]:
    """Tell each target to take the subject down, and each of its blobs."""
    takedown = {"applied": True, "ref": f"BSKY-{'SUSPEND' if suspended else 'TAKEDOWN'}-{decision}"}
    return _status_pushes(decision, TAKEDOWN, subject, blob_cids, targets, takedown)


def queue_pushes(tx: Connection, pushes: Sequence[NewPush], now_us: UtcMicros) -> None:
    """Write the rows; what cannot be said at all is written as failed, with the reason."""
    rows = [
        {
            "decision_id": push.decision,
            "target": push.target,
            "kind": push.kind,
            "lane": lane_of(push.target, push.about),
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


def _status_pushes(
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
    return reference, "" if subject.cid else _NO_VERSION


def _lexicon_blob(subject: Subject, cid: Cid) -> object:
    blob = {"$type": "com.atproto.admin.defs#repoBlobRef", "did": subject.did, "cid": cid}
    return blob if subject.is_account else {**blob, "recordUri": subject.uri}


def _reversals(tx: Connection, lifted: Sequence[tuple[int, Subject]], targets: Set[str]) -> list[NewPush]:
    """Take back at each target what was told it of the subject's last takedown, or everywhere where nothing is known.

    A blob that another record's takedown covers stays down.
    """
    if not lifted or not targets:
        return []
    told = _last_takedowns(tx, [subject.uri for _, subject in lifted])
    elsewhere = _held_elsewhere(tx, told)
    pushes: list[NewPush] = []
    for number, subject in lifted:
        found = told.get(subject.uri)
        if found is None:
            pushes += _status_pushes(number, REVERSAL, subject, (), targets, {"applied": False})
            continue
        for row in found:
            if row.target in targets and (row.lane, subject.uri) not in elsewhere:
                body = {"subject": row.subject, "takedown": {"applied": False}}
                about = f"{subject.did} {row.blob_cid}" if row.blob_cid else subject.uri
                pushes.append(NewPush(number, row.target, REVERSAL, subject, body, about, row.blob_cid, row.impossible))
    return pushes


@dataclass(frozen=True, slots=True)
class _Told:
    """One message of a takedown that was queued before."""

    target: str
    lane: str
    blob_cid: str
    subject: object
    impossible: str


class _StatusBody(msgspec.Struct, frozen=True):
    subject: dict[str, str]


def _last_takedowns(tx: Connection, uris: Sequence[str]) -> dict[str, list[_Told]]:
    """What was queued for the newest takedown of each subject."""
    newest = (
        select(PUSH.c.uri, func.max(PUSH.c.decision_id).label("decision_id"))
        .where(PUSH.c.uri.in_(uris), PUSH.c.kind == TAKEDOWN)
        .group_by(PUSH.c.uri)
        .subquery()
    )
    query = (
        select(PUSH)
        .join(newest, (PUSH.c.uri == newest.c.uri) & (PUSH.c.decision_id == newest.c.decision_id))
        .where(PUSH.c.kind == TAKEDOWN)
        .order_by(PUSH.c.id)
    )
    told = defaultdict[str, list[_Told]](list)
    for row in tx.execute(query):
        subject = msgspec.json.decode(row.body_json, type=_StatusBody).subject
        impossible = _NO_VERSION if subject.get("cid") == "" else ""
        told[row.uri].append(_Told(row.target, row.lane, row.blob_cid, subject, impossible))
    return told


def _held_elsewhere(tx: Connection, told: dict[str, list[_Told]]) -> set[tuple[str, str]]:
    """(lane, uri of a subject): the lane's blob is also part of another record that is still taken down."""
    lanes = {row.lane for rows in told.values() for row in rows if row.blob_cid}
    if not lanes:
        return set()
    query = (
        select(PUSH.c.lane, PUSH.c.uri)
        .join(SUBJECT, SUBJECT.c.uri == PUSH.c.uri)
        .where(PUSH.c.lane.in_(lanes), PUSH.c.kind == TAKEDOWN, SUBJECT.c.takendown.is_(True))
        .distinct()
    )
    holders = defaultdict[str, set[str]](set)
    for row in tx.execute(query):
        holders[row.lane].add(row.uri)
    return {(lane, uri) for uri in told for lane in lanes if holders[lane] - {uri}}
