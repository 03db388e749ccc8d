"""Keep verification records: those that our verifier grants and revokes, and those of other issuers.

Crash: a record that was written to the verifier's repository and not here is found again when the stream brings it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import AtUri, Cid, Did, UtcMicros
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited, editing
from skywarden.moderation.desk.pages import Page, page_of, read_time_cursor
from skywarden.storage import Database
from skywarden.storage.tables import VERIFICATION

COLLECTION = "app.bsky.graph.verification"


@dataclass(frozen=True, slots=True)
class Verified:
    """Whom a record verifies, under which names; `created_at` is the record's own text, `created_us` the same time."""

    subject: Did
    handle: str
    display_name: str
    created_at: str
    created_us: UtcMicros


@dataclass(frozen=True, slots=True)
class IssuedRecord:
    """A record in an issuer's repository."""

    uri: AtUri
    cid: Cid
    issuer: Did
    verified: Verified


@dataclass(frozen=True, slots=True)
class Verification:
    """A record and what became of it."""

    number: int
    record: IssuedRecord
    revoked_us: UtcMicros | None
    revoked_by: Did | None
    revoke_reason: str | None


class Verifier(Protocol):
    """The account that verifies others, reached over the network.

    Raises: Rejected for what its PDS will not do; Retryable while it is away.
    """

    @property
    def did(self) -> Did: ...

    async def issue(self, verified: Verified) -> IssuedRecord: ...

    async def revoke(self, uri: AtUri) -> None: ...


@dataclass(frozen=True, slots=True)
class VerificationQuery:
    """Which verifications; empty fields ask for any. Times are those that records claim."""

    issuers: Sequence[Did] = ()
    subjects: Sequence[Did] = ()
    created_after_us: UtcMicros | None = None
    created_before_us: UtcMicros | None = None
    revoked: bool | None = None
    direction: Literal["asc", "desc"] = "desc"
    limit: int = 50
    cursor: str | None = None


class VerificationService:
    """The verifications of one database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def add(self, records: Sequence[IssuedRecord], by: Did) -> list[Verification]:
        """Keep records that were issued; one that is known already stays as it was. Return what is kept of each."""
        now_us = self._clock.now_us()
        with editing(self._db, "verification.add") as tx:
            all_of_them = select(VERIFICATION).where(_uri_in([record.uri for record in records]))
            there = _by_uri(tx.execute(all_of_them))
            new = {record.uri: record for record in records if record.uri not in there}
            if new:
                tx.execute(insert(VERIFICATION), [_row(record, now_us) for record in new.values()])
            changes = [edited(by, "verification.grant", "verification", uri, None, new[uri]) for uri in new]
            append_audit(self._db, tx, changes, now_us)
            kept = _by_uri(tx.execute(all_of_them))
        return [kept[record.uri] for record in records]

    def mark_revoked(self, uris: Sequence[AtUri], by: Did | None, reason: str | None = None) -> None:
        """Note that these records are gone; `by` None: their issuers deleted them. Those revoked before stay."""
        now_us = self._clock.now_us()
        with editing(self._db, "verification.revoke") as tx:
            query = select(VERIFICATION).where(_uri_in(uris), VERIFICATION.c.revoked_us.is_(None))
            changes = []
            for before in [_verification(row) for row in tx.execute(query)]:
                actor = by or before.record.issuer
                values = {"revoked_us": now_us, "revoked_by": actor, "revoke_reason": reason, "updated_us": now_us}
                tx.execute(update(VERIFICATION).where(VERIFICATION.c.id == before.number).values(values))
                after = Verification(before.number, before.record, now_us, actor, reason)
                changes.append(edited(actor, "verification.revoke", "verification", before.record.uri, before, after))
            append_audit(self._db, tx, changes, now_us)

    def valid(self, issuer: Did, subjects: Sequence[Did]) -> Mapping[tuple[Did, str, str], AtUri]:
        """The unrevoked records of an issuer about these subjects, by subject, handle and display name."""
        query = select(VERIFICATION).where(
            VERIFICATION.c.issuer == issuer, VERIFICATION.c.subject.in_(subjects), VERIFICATION.c.revoked_us.is_(None)
        )
        with self._db.read() as tx:
            return {(Did(row.subject), row.handle, row.display_name): AtUri(row.uri) for row in tx.execute(query)}

    def list(self, query: VerificationQuery) -> Page[Verification]:
        """A page of verifications in the order of the times they claim. Raises: Rejected for a bad cursor."""
        rising, column = query.direction == "asc", VERIFICATION.c
        order = [column.created_us, column.id] if rising else [column.created_us.desc(), column.id.desc()]
        rows = select(VERIFICATION).where(*_conditions(query, rising=rising)).order_by(*order).limit(query.limit + 1)
        with self._db.read() as tx:
            found = [_verification(row) for row in tx.execute(rows)]
        return page_of(found, query.limit, lambda one: (one.record.verified.created_us, one.number))


def _conditions(query: VerificationQuery, *, rising: bool) -> list[ColumnElement[bool]]:
    column = VERIFICATION.c
    found: list[ColumnElement[bool]] = []
    if query.issuers:
        found.append(column.issuer.in_(query.issuers))
    if query.subjects:
        found.append(column.subject.in_(query.subjects))
    if query.created_after_us is not None:
        found.append(column.created_us >= query.created_after_us)
    if query.created_before_us is not None:
        found.append(column.created_us <= query.created_before_us)
    if query.revoked is not None:
        found.append(column.revoked_us.is_not(None) if query.revoked else column.revoked_us.is_(None))
    place = read_time_cursor(query.cursor)
    if place is not None:
        at_us, number = place
        later, same = (column.created_us > at_us, column.id > number), column.created_us == at_us
        if not rising:
            later = (column.created_us < at_us, column.id < number)
        found.append(or_(later[0], and_(same, later[1])))
    return found


def _uri_in(uris: Sequence[AtUri]) -> ColumnElement[bool]:
    return VERIFICATION.c.uri.in_(uris)


def _by_uri(rows: Iterable[Row[Any]]) -> dict[str, Verification]:
    return {row.uri: _verification(row) for row in rows}


def _row(record: IssuedRecord, now_us: UtcMicros) -> dict[str, object]:
    verified = record.verified
    return {
        "uri": record.uri,
        "cid": record.cid,
        "issuer": record.issuer,
        "subject": verified.subject,
        "handle": verified.handle,
        "display_name": verified.display_name,
        "created_at": verified.created_at,
        "created_us": verified.created_us,
        "updated_us": now_us,
    }


def _verification(row: Row[Any]) -> Verification:
    verified = Verified(Did(row.subject), row.handle, row.display_name, row.created_at, UtcMicros(row.created_us))
    return Verification(
        number=row.id,
        record=IssuedRecord(AtUri(row.uri), Cid(row.cid), Did(row.issuer), verified),
        revoked_us=None if row.revoked_us is None else UtcMicros(row.revoked_us),
        revoked_by=None if row.revoked_by is None else Did(row.revoked_by),
        revoke_reason=row.revoke_reason,
    )
