"""What is stored is what the events say: played again from the first, they give the stored status and counts."""

import uuid
from dataclasses import replace

import msgspec
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from moderation_events import HAPPENINGS, Happening, cast
from proposals import NOON_US, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.subject import Subject
from skywarden.moderation.acts import AT_ITS_END
from skywarden.moderation.decide import decide
from skywarden.moderation.events import ModEvent
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.service import ModerationService
from skywarden.moderation.stats import STAT_NAMES, Strike, stat_of, sum_strikes
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.subject_rows import statuses_of
from skywarden.storage import Database
from skywarden.storage.tables import ACCOUNT_STAT, ACCOUNT_STRIKE, MODERATION_EVENT, REPORT, SUBJECT

HOUR_S = 3_600


def play(service: ModerationService, clock: ManualClock, happenings: list[Happening], name: str) -> list[Subject]:
    subjects, people = cast(name)
    for happening in happenings:
        clock.advance(happening.hours_later * HOUR_S)
        service.take_back_expired()
        new = NewEvent(happening.event, subjects[happening.subject], people[happening.by], happening.blobs)
        try:
            service.emit(new)
        except Rejected:
            continue
    return subjects


def replayed(database: Database, dids: set[Did]) -> dict[str, SubjectStatus]:
    """Decide every stored event again, each on its own."""
    found: dict[str, SubjectStatus] = {}
    query = select(MODERATION_EVENT).where(MODERATION_EVENT.c.did.in_(dids)).order_by(MODERATION_EVENT.c.id)
    with database.read() as tx:
        rows = tx.execute(query).all()
    for row in rows:
        cid = None if row.cid is None else Cid(row.cid)
        proposal = Proposal(
            act=msgspec.json.decode(row.event_json, type=ModEvent),
            subject=Subject(Did(row.did), row.uri, cid, row.convo_id, row.message_id),
            created_by=Did(row.created_by),
            actor="",
            expired=row.comment == AT_ITS_END,
            blob_cids=tuple(Cid(cid) for cid in msgspec.json.decode(row.blob_cids_json or "[]")),
        )
        verdict = decide(proposal, found.get(row.uri, SubjectStatus()), "", UtcMicros(row.created_us))
        assert verdict.outcome is Outcome.APPLIED, (row.type, verdict.why)
        found[row.uri] = verdict.status
    return found


def as_stored(status: SubjectStatus, database: Database) -> SubjectStatus:
    """PostgreSQL keeps U+FFFD where a text has U+0000; the event's JSON, in which it is written out, has it still."""
    if status.comment is None or database.engine.dialect.name != "postgresql":
        return status
    return replace(status, comment=status.comment.replace("\0", "\ufffd"))


@given(HAPPENINGS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_stored_statuses_and_counts_are_those_of_the_events(
    database: Database, happenings: list[Happening]
) -> None:
    clock = ManualClock(at_us=NOON_US)
    service = make_service(database, clock)
    subjects = play(service, clock, happenings, uuid.uuid4().hex)
    service.expire_strikes()
    dids = {subject.did for subject in subjects}
    again = {uri: as_stored(status, database) for uri, status in replayed(database, dids).items()}
    with database.read() as tx:
        rows = tx.execute(select(SUBJECT).where(SUBJECT.c.did.in_(dids))).all()
        stored = statuses_of(tx, rows)
        events = tx.execute(select(MODERATION_EVENT).where(MODERATION_EVENT.c.did.in_(dids))).all()
        tickets = tx.execute(select(REPORT).where(REPORT.c.did.in_(dids))).all()
        stats = {row.did: row for row in tx.execute(select(ACCOUNT_STAT).where(ACCOUNT_STAT.c.did.in_(dids)))}
        strikes = {row.did: row for row in tx.execute(select(ACCOUNT_STRIKE).where(ACCOUNT_STRIKE.c.did.in_(dids)))}
    assert stored == again
    assert {row.uri: row.tags_json for row in rows} == {
        uri: msgspec.json.encode(sorted(status.tags)).decode() if status.tags else None for uri, status in again.items()
    }
    by_uri = {subject.uri: subject for subject in subjects}
    for did in dids:
        of_did = [stat_of(by_uri[uri], status) for uri, status in again.items() if by_uri[uri].did == did]
        counted = tuple(map(sum, zip(*of_did, strict=True))) if of_did else (0,) * len(STAT_NAMES)
        row = stats.get(did)
        assert (tuple(getattr(row, name) for name in STAT_NAMES) if row else (0,) * len(STAT_NAMES)) == counted
        given_strikes = [
            Strike(event.strike_count, event.created_us, event.strike_expires_us)
            for event in events
            if event.did == did and event.strike_count is not None
        ]
        sums, kept = sum_strikes(given_strikes, clock.now_us()), strikes.get(did)
        assert (sums.active, sums.total) == ((kept.active, kept.total) if kept else (0, 0))
    reports = {event.id for event in events if event.type == "modEventReport"}
    assert {ticket.decision_id for ticket in tickets} == reports
    assert sum(status.counts.report + status.counts.appeal for status in again.values()) == len(reports)
