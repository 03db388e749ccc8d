"""Take back what was told of a takedown: the same words, to the same services, about the same version and blobs."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, func, select

from skywarden.kernel.ids import Cid
from skywarden.model.subject import Subject
from skywarden.moderation.pushes.rows import NO_VERSION, REVERSAL, TAKEDOWN, NewPush, status_pushes
from skywarden.storage.tables import PUSH, SUBJECT


@dataclass(frozen=True, slots=True)
class Lifted:
    """A takedown that was taken back; `blob_cids` are the blobs that it covered."""

    decision: int
    subject: Subject
    blob_cids: Sequence[Cid] = ()


def reversal_pushes(tx: Connection, lifted: Sequence[Lifted], targets: Set[str]) -> list[NewPush]:
    """Take back at each target what was told it of the subject's last takedown, or everywhere where nothing is known.

    A blob that another record's takedown covers stays down.
    """
    if not lifted or not targets:
        return []
    told = _last_takedowns(tx, [one.subject.uri for one in lifted])
    elsewhere = _held_elsewhere(tx, told)
    pushes: list[NewPush] = []
    for one in lifted:
        number, subject = one.decision, one.subject
        found = told.get(subject.uri)
        if found is None:
            pushes += status_pushes(number, REVERSAL, subject, one.blob_cids, targets, {"applied": False})
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
        impossible = NO_VERSION if subject.get("cid") == "" else ""
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
