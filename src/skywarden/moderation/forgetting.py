"""Keep whose content must be blanked, and what stays of the decisions about it.

Retry: asking for what already waits changes nothing; evidence is kept once a decision. Crash: a request waits until
`finish` says that every row is blank. Two writers: asked from anywhere, finished by one job.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, func, insert, or_, select, update

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, EFFECT, FORGET_REQUEST, HIT, SUBJECT, TOMBSTONE

_NO_VALUES = "{}"


@dataclass(frozen=True, slots=True)
class ForgetRequest:
    """Content to be blanked: that of an account (a DID) or of one record (an at-uri)."""

    id: int
    uri: str
    why: str
    asked_us: UtcMicros


class Forgetting:
    """The requests of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def ask(self, uris: Collection[str], why: str, by: str, now_us: UtcMicros) -> int:
        """Have content be blanked; return how many of these did not wait already."""
        if not uris:
            return 0
        with self._db.write("forget.ask") as tx:
            open_ones = select(FORGET_REQUEST.c.uri).where(
                FORGET_REQUEST.c.done_us.is_(None), FORGET_REQUEST.c.uri.in_(sorted(uris))
            )
            new = sorted(set(uris) - set(tx.execute(open_ones).scalars()))
            if new:
                row = {"why": why, "asked_by": by, "asked_us": now_us, "rows": 0}
                tx.execute(insert(FORGET_REQUEST), [row | {"uri": uri} for uri in new])
                changes = [Change(by, "forget_ask", uri, msgspec.json.encode({"why": why}).decode()) for uri in new]
                append_audit(self._db, tx, changes, now_us)
        return len(new)

    def waiting(self, limit: int) -> list[ForgetRequest]:
        """Requests that are not done, oldest first."""
        table = FORGET_REQUEST.c
        query = select(table.id, table.uri, table.why, table.asked_us).where(table.done_us.is_(None))
        with self._db.read() as tx:
            return [ForgetRequest(*row) for row in tx.execute(query.order_by(table.id).limit(limit))]

    def pending(self) -> int:
        """How many requests wait."""
        with self._db.read() as tx:
            query = select(func.count()).where(FORGET_REQUEST.c.done_us.is_(None))
            return int(tx.execute(query).scalar_one())

    def keep_evidence(self, requests: Sequence[ForgetRequest], now_us: UtcMicros) -> int:
        """Keep a tombstone of each decision, and blank what its hits and effects saw; return how many decisions."""
        kept = 0
        with self._db.write("forget.evidence") as tx:
            for request in requests:
                rows = _tombstones(tx, request, now_us)
                if rows:
                    tx.execute(self._db.insert_or_ignore(TOMBSTONE), rows)
                    kept += len(rows)
            _blank(tx, [request.uri for request in requests])
        return kept

    def finish(self, requests: Sequence[ForgetRequest], rows: int, now_us: UtcMicros) -> None:
        """Say that every row is blank; `rows` are of all of these together."""
        with self._db.write("forget.finish") as tx:
            done = FORGET_REQUEST.c.id.in_([request.id for request in requests])
            tx.execute(update(FORGET_REQUEST).where(done).values(done_us=now_us, rows=rows))
            detail = msgspec.json.encode({"rows_together": rows}).decode()
            changes = [Change("job:forget", "forget_done", request.uri, detail) for request in requests]
            append_audit(self._db, tx, changes, now_us)


def _tombstones(tx: Connection, request: ForgetRequest, now_us: UtcMicros) -> list[dict[str, object]]:
    """A row for each decision about the subject that has none yet."""
    about = or_(SUBJECT.c.did == request.uri, SUBJECT.c.uri == request.uri)
    query = (
        select(
            DECISION.c.id,
            DECISION.c.kind,
            DECISION.c.outcome,
            DECISION.c.rule,
            SUBJECT.c.did,
            EFFECT.c.version,
            EFFECT.c.log_offset,
            EFFECT.c.reason,
            EFFECT.c.values_json,
        )
        .join(SUBJECT, SUBJECT.c.id == DECISION.c.subject_id)
        .outerjoin(EFFECT, EFFECT.c.effect_id == DECISION.c.cause)
        .outerjoin(TOMBSTONE, TOMBSTONE.c.decision_id == DECISION.c.id)
        .where(about, TOMBSTONE.c.decision_id.is_(None))
    )
    return [
        {
            "decision_id": row.id,
            "request_id": request.id,
            "did": row.did,
            "kind": row.kind,
            "outcome": row.outcome,
            "rule": row.rule,
            "version": row.version,
            "log_offset": row.log_offset,
            "values_hash": evidence_hash(row.reason or "", row.values_json or _NO_VALUES),
            "kept_us": now_us,
        }
        for row in tx.execute(query)
    ]


def evidence_hash(reason: str, values_json: str) -> str:
    """SHA-256 of what was seen: whoever still has the content can show that it was this."""
    return hashlib.sha256(f"{len(reason)}:{reason}{values_json}".encode()).hexdigest()


def _blank(tx: Connection, uris: Sequence[str]) -> None:
    """Take what was seen out of hits and effects, on accounts and on records."""
    for table in (HIT, EFFECT):
        about = or_(table.c.did.in_(uris), table.c.uri.in_(uris))
        tx.execute(update(table).where(about).values(reason="", values_json=_NO_VALUES))
