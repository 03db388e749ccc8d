"""Effects and reports become decisions, statuses and label requests in one step."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from databases import KINDS, Crash, Seams
from proposals import DAY_US, LABELER, NOON_US, account, make_effect, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, Offset
from skywarden.model.decision import Outcome
from skywarden.model.effect import NO_LIMITS, Effect, EffectKind, Limits
from skywarden.model.subject import Subject
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.new_event import NewReport
from skywarden.moderation.review import ReviewState
from skywarden.moderation.service import ModerationService
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import BREAKER, DECISION, LABEL_REQUEST, MODERATION_EVENT, REPORT, SUBJECT, SUBJECT_TAG

RUDE = "com.atproto.moderation.defs#reasonRude"
APPEAL = "com.atproto.moderation.defs#reasonAppeal"
POST = Subject.record(Did("did:plc:account1"), "app.bsky.feed.post", "3k", Cid("bafyreiabc"))


def propose(service: ModerationService, *effects: Effect) -> None:
    service.outbox.store([], effects, Offset(max(effect.offset for effect in effects) + 1))


def outcomes(database: Database) -> dict[str, int]:
    with database.read() as tx:
        rows = tx.execute(select(DECISION.c.outcome, func.count()).group_by(DECISION.c.outcome))
        return {row[0]: row[1] for row in rows}


def requests(database: Database) -> list[tuple[str, str]]:
    with database.read() as tx:
        return [(row.uri, row.val) for row in tx.execute(select(LABEL_REQUEST).order_by(LABEL_REQUEST.c.number))]


def test_a_label_effect_becomes_a_decision_and_a_label_request(database: Database) -> None:
    service = make_service(database)
    propose(service, make_effect(1, POST))
    assert service.decide_pending() == 1
    assert service.pending_effects() == 0
    assert requests(database) == [(POST.uri, "spam")]
    decision = service.recent_decisions(1)[0]
    assert (decision.outcome, decision.subject, decision.rule) == (Outcome.APPLIED, POST, "waves")
    assert decision.created_by == LABELER
    assert service.status(POST.uri).labels == {("spam", "bafyreiabc")}


def test_a_decision_shows_the_rule_the_event_and_the_values_in_its_tool(database: Database) -> None:
    service = make_service(database)
    propose(service, make_effect(7))
    service.decide_pending()
    with database.read() as tx:
        tool = msgspec.json.decode(tx.execute(select(DECISION.c.tool_json)).scalar_one())
    assert tool == {
        "name": "skywarden/rule",
        "meta": {"rule": "waves", "version": "v1", "offset": 7, "values": {"copies": 7, "text": "buy now"}},
    }


def test_a_report_effect_opens_the_review_of_its_subject(database: Database) -> None:
    service = make_service(database)
    propose(service, make_effect(1, kind=EffectKind.REPORT, value="rude"))
    service.decide_pending()
    assert service.status(account(1).uri).review is ReviewState.OPEN
    with database.read() as tx:
        row = tx.execute(select(REPORT)).one()
    assert (row.reason_type, row.reported_by, row.rule, row.state) == (RUDE, LABELER, "waves", "open")


def test_the_same_label_proposed_by_many_events_is_requested_once(database: Database) -> None:
    service = make_service(database)
    propose(service, *[make_effect(offset, account(1)) for offset in range(20)])
    while service.decide_pending(limit=3):
        pass
    assert len(requests(database)) == 1
    assert outcomes(database) == {"applied": 1, "already": 19}


def test_an_effect_stored_twice_is_decided_once(database: Database) -> None:
    service = make_service(database)
    for _ in range(2):
        propose(service, make_effect(1))
        service.decide_pending()
    assert outcomes(database) == {"applied": 1}


def test_over_the_limit_effects_are_kept_as_suppressed(database: Database) -> None:
    service = make_service(database)
    propose(service, *[make_effect(offset, limit=5) for offset in range(8)])
    service.decide_pending()
    assert outcomes(database) == {"applied": 5, "suppressed": 3}
    assert service.recent_decisions(1)[0].why == "rule:waves reached its limit of 5 a day"
    assert len(requests(database)) == 5


def test_the_limit_starts_anew_with_each_utc_day_of_the_events(database: Database) -> None:
    midnight = NOON_US + DAY_US // 2
    service = make_service(database)
    times = [midnight - 2, midnight - 1, midnight, midnight + 1, NOON_US]
    propose(service, *[make_effect(n, limit=1, time_us=time_us) for n, time_us in enumerate(times)])
    service.decide_pending()
    assert outcomes(database) == {"applied": 2, "suppressed": 3}


def test_a_new_version_of_a_rule_does_not_get_a_new_limit(database: Database) -> None:
    service = make_service(database)
    propose(service, make_effect(1, limit=1))
    service.decide_pending()
    propose(service, replace(make_effect(2, limit=1), version="v2"))
    service.decide_pending()
    assert outcomes(database) == {"applied": 1, "suppressed": 1}


def test_an_expired_tag_can_be_given_again(database: Database) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    propose(service, make_effect(1, account(1), kind=EffectKind.TAG, value="flood"))
    service.decide_pending()
    with database.write("test") as tx:
        tx.execute(update(SUBJECT_TAG).values(expires_us=clock.now_us() + 1_000_000))
    clock.advance(1)
    assert service.status(account(1).uri).tags == frozenset()
    propose(service, make_effect(2, account(1), kind=EffectKind.TAG, value="flood"))
    service.decide_pending()
    assert service.status(account(1).uri).tags == {"flood"}


def report(service: ModerationService, number: int, reason: str = RUDE, by: str = "did:plc:someone") -> int:
    return service.create_report(NewReport(reason, POST, Did(by), "please look")).id


def test_a_persons_report_is_durable_when_it_is_answered(database: Database, database_url: str) -> None:
    service = make_service(database)
    assert [report(service, 1), report(service, 2)] == [1, 2]
    again = open_database(database_url)
    with again.read() as tx:
        rows = tx.execute(
            select(REPORT.c.id, REPORT.c.reported_by, MODERATION_EVENT.c.comment).join(
                MODERATION_EVENT, MODERATION_EVENT.c.id == REPORT.c.decision_id
            )
        ).all()
    again.close()
    assert [tuple(row) for row in rows] == [
        (1, "did:plc:someone", "please look"),
        (2, "did:plc:someone", "please look"),
    ]
    assert service.status(POST.uri).review is ReviewState.OPEN


def test_only_the_owner_may_appeal(database: Database) -> None:
    service = make_service(database)
    with pytest.raises(Rejected, match="NotSubjectOwner"):
        report(service, 1, APPEAL)
    report(service, 2, APPEAL, by=POST.did)
    assert service.status(POST.uri).review is ReviewState.ESCALATED


def test_a_second_pending_appeal_is_rejected_and_reports_nothing(database: Database) -> None:
    service = make_service(database)
    report(service, 1, APPEAL, by=POST.did)
    with pytest.raises(Rejected, match="AlreadyAppealed"):
        report(service, 2, APPEAL, by=POST.did)
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(REPORT)).scalar_one() == 1


def test_a_taken_down_account_may_only_appeal(database: Database) -> None:
    service = make_service(database)
    service.create_report(NewReport(RUDE, Subject.account(POST.did), Did("did:plc:someone")))
    with database.write("test") as tx:
        tx.execute(update(SUBJECT).where(SUBJECT.c.uri == POST.did).values(takendown=True))
    with pytest.raises(Rejected, match="AccountTakedown"):
        report(service, 1, by=POST.did)
    report(service, 2, APPEAL, by=POST.did)


@pytest.mark.parametrize("place", ["before-commit", "after-commit"])
def test_a_crash_while_deciding_loses_and_doubles_nothing(
    database: Database, database_url: str, seams: Seams, place: str
) -> None:
    service = make_service(database)
    propose(service, *[make_effect(offset, limit=6) for offset in range(10)])
    seams.crash_at = f"moderation.decide:{place}"
    with pytest.raises(Crash):
        service.decide_pending(limit=4)
    again = open_database(database_url)
    restarted = make_service(again)
    while restarted.decide_pending(limit=4):
        pass
    assert outcomes(again) == {"applied": 6, "suppressed": 4}
    assert len(requests(again)) == 6
    assert verify_audit(again) == 6
    again.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limits=st.lists(st.integers(0, 6), min_size=1, max_size=3),
    days=st.lists(st.integers(0, 1), min_size=1, max_size=40),
    batch=st.integers(1, 9),
)
def test_concurrent_workers_apply_exactly_the_limit_of_each_rule_and_day(
    tmp_path_factory: pytest.TempPathFactory, limits: list[int], days: list[int], batch: int
) -> None:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('breaker') / 'm.db'}")
    migrate(database)
    effects = [
        make_effect(rule * 1_000 + n, rule=f"rule{rule}", limit=limit, time_us=NOON_US + day * DAY_US)
        for rule, limit in enumerate(limits)
        for n, day in enumerate(days)
    ]
    propose(make_service(database), *effects)
    run_workers(database, workers=4, batch=batch)
    with database.read() as tx:
        query = select(DECISION.c.rule, func.count()).where(DECISION.c.outcome == "applied").group_by(DECISION.c.rule)
        applied = {row[0]: row[1] for row in tx.execute(query)}
    for rule, limit in enumerate(limits):
        allowed = sum(min(limit, days.count(day)) for day in (0, 1))
        assert applied.get(f"rule{rule}", 0) == allowed
    database.close()


@pytest.mark.parametrize(
    ("database_kind", "kind", "value", "limit", "per_hour"),
    [
        ("sqlite", EffectKind.LABEL, "spam", 64, None),
        ("sqlite", EffectKind.TAKEDOWN, "", None, 64),
        *((database, EffectKind.COMMENT, "look", 100, 64) for database in KINDS),
    ],
)
def test_64_workers_at_ten_times_the_limit_overshoot_by_nothing(
    database: Database, kind: EffectKind, value: str, limit: int | None, per_hour: int | None
) -> None:
    effects = [make_effect(n, kind=kind, value=value, limit=limit, per_hour=per_hour) for n in range(640)]
    propose(make_service(database), *effects)
    run_workers(database, workers=64, batch=3)
    assert outcomes(database) == {"applied": 64, "suppressed": 576}
    assert verify_audit(database) == 64


@pytest.mark.parametrize("database_kind", KINDS)
def test_64_workers_overshoot_the_limit_of_all_rules_by_nothing(database: Database) -> None:
    limits = Limits(per_hour=64, per_day=70)
    hours = [NOON_US + (n % 2) * 3_600_000_000 for n in range(640)]
    effects = [make_effect(n, rule=f"rule{n % 10}", limit=20, time_us=at_us) for n, at_us in enumerate(hours)]
    propose(make_service(database), *effects)
    run_workers(database, workers=64, batch=3, limits=limits)
    assert outcomes(database) == {"applied": 70, "suppressed": 570}
    with database.read() as tx:
        used = {(row.span, row.used) for row in tx.execute(select(BREAKER).where(BREAKER.c.scope == "rules"))}
    assert ("day", 70) in used
    assert all(count <= 64 for span, count in used if span == "hour")


def run_workers(database: Database, *, workers: int, batch: int, limits: Limits = NO_LIMITS) -> None:
    start = threading.Barrier(workers)

    def work(_: int) -> None:
        service = make_service(database, limits=limits)
        start.wait()
        while service.decide_pending(limit=batch):
            pass

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))


def test_who_publishes_labels_is_woken_once_an_event_is_durable(database: Database) -> None:
    service, seen = make_service(database), list[int]()

    def look() -> None:
        with database.read() as tx:
            reports = select(func.count()).where(MODERATION_EVENT.c.type == "modEventReport")
            seen.append(tx.execute(reports).scalar_one())

    service.on_emitted = look
    service.create_report(NewReport(RUDE, account(1), account(2).did))
    assert seen == [1]
