"""What ends by itself ends once and at its time; an interval is kept exactly; a delay is drawn, kept and honoured."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from databases import Crash, Seams
from proposals import NOON_US, account, make_effect, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind, EffectOptions
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.delays import due_us, read_delay_seed
from skywarden.moderation.service import ModerationService
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import DECISION, EFFECT, LABEL_REQUEST, SUBJECT_LABEL, SUBJECT_TAG

HOUR_S = 3_600
HOUR_US = HOUR_S * 1_000_000
ALICE = account(1)
TIMED = [(EffectKind.LABEL, "spam"), (EffectKind.TAG, "wave"), (EffectKind.MUTE, ""), (EffectKind.TAKEDOWN, "")]
ENDED_BY = {
    EffectKind.LABEL: "unlabel",
    EffectKind.TAG: "untag",
    EffectKind.MUTE: "unmute",
    EffectKind.TAKEDOWN: "reverse_takedown",
}


def propose(service: ModerationService, *effects: Effect) -> None:
    service.outbox.store([], effects, Offset(max(effect.offset for effect in effects) + 1))
    service.decide_pending()


def holds(service: ModerationService, kind: EffectKind) -> bool:
    status = service.status(ALICE.uri)
    return {
        EffectKind.LABEL: ("spam", "") in status.labels,
        EffectKind.TAG: "wave" in status.tags,
        EffectKind.MUTE: status.muted,
        EffectKind.TAKEDOWN: status.takendown and ("!suspend", "") in status.labels,
    }[kind]


def decided(database: Database) -> list[tuple[str, str]]:
    with database.read() as tx:
        return [(row.kind, row.outcome) for row in tx.execute(select(DECISION).order_by(DECISION.c.id))]


@pytest.mark.parametrize(("kind", "value"), TIMED)
def test_what_ends_by_itself_ends_at_its_microsecond_and_by_one_decision(
    database: Database, kind: EffectKind, value: str
) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    propose(service, make_effect(1, ALICE, kind=kind, value=value, options=EffectOptions(expires_us=HOUR_US)))
    clock.advance(HOUR_S - 1e-6)
    assert (holds(service, kind), service.take_back_expired()) == (True, 0)
    clock.advance(1e-6)
    assert not holds(service, kind)
    assert [service.take_back_expired() for _ in range(2)] == [1, 0]
    assert decided(database) == [(kind.value, "applied"), (ENDED_BY[kind], "applied")]
    assert service.recent_decisions(1)[0].rule is None
    assert verify_audit(database) == 2


@pytest.mark.parametrize(("kind", "value"), TIMED)
def test_what_has_ended_can_be_given_again_even_before_it_was_taken_back(
    database: Database, kind: EffectKind, value: str
) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    for offset in (1, 2):
        options = EffectOptions(expires_us=HOUR_US)
        propose(service, make_effect(offset, ALICE, kind=kind, value=value, options=options))
        clock.advance(HOUR_S)
    assert decided(database) == [(kind.value, "applied"), (ENDED_BY[kind], "applied"), (kind.value, "applied")]


@pytest.mark.parametrize("place", ["before-commit", "after-commit"])
@pytest.mark.parametrize(("kind", "value"), TIMED)
def test_a_crash_while_taking_back_takes_back_once(
    database: Database, database_url: str, seams: Seams, kind: EffectKind, value: str, place: str
) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    propose(service, make_effect(1, ALICE, kind=kind, value=value, options=EffectOptions(expires_us=HOUR_US)))
    clock.advance(HOUR_S)
    seams.crash_at = f"moderation.expire:{place}"
    with pytest.raises(Crash):
        service.take_back_expired()
    again = open_database(database_url)
    make_service(again, clock).take_back_expired()
    assert decided(again) == [(kind.value, "applied"), (ENDED_BY[kind], "applied")]
    again.close()


def test_an_expired_label_is_not_negated_for_its_end_says_it_all(database: Database) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    propose(service, make_effect(1, ALICE, options=EffectOptions(expires_us=HOUR_US)))
    clock.advance(HOUR_S)
    service.take_back_expired()
    with database.read() as tx:
        rows = [(row.neg, row.expires_us) for row in tx.execute(select(LABEL_REQUEST))]
        assert tx.execute(select(func.count()).select_from(SUBJECT_LABEL)).scalar_one() == 0
    assert rows == [(False, clock.now_us())]


def test_a_term_is_renewed_once_half_of_it_has_passed_and_not_before(database: Database) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    for offset in range(60):
        propose(service, make_effect(offset, ALICE, options=EffectOptions(expires_us=HOUR_US)))
        clock.advance(60)
    assert [outcome for _, outcome in decided(database)].count("applied") == 2
    assert service.status(ALICE.uri).labels == {("spam", "")}


def test_what_is_for_good_is_not_shortened_and_replaces_what_ends(database: Database) -> None:
    service = make_service(database)
    timed = EffectOptions(expires_us=HOUR_US)
    propose(
        service,
        make_effect(1, ALICE, kind=EffectKind.TAG, value="wave", options=timed),
        make_effect(2, ALICE, kind=EffectKind.TAG, value="wave"),
        make_effect(3, ALICE, kind=EffectKind.TAG, value="wave", options=timed),
    )
    assert [outcome for _, outcome in decided(database)] == ["applied", "applied", "already"]
    with database.read() as tx:
        assert tx.execute(select(SUBJECT_TAG.c.expires_us)).scalar_one() is None


def comments(database: Database) -> list[int]:
    """Event times of the comments that were taken, in order."""
    with database.read() as tx:
        query = select(DECISION.c.event_us).where(DECISION.c.outcome == "applied").order_by(DECISION.c.event_us)
        return list(tx.execute(query).scalars())


def comment(offset: int, time_us: int, *, every_us: int | None = HOUR_US, rule: str = "waves", on: int = 1) -> Effect:
    options = EffectOptions(every_us=every_us)
    return make_effect(
        offset, account(on), kind=EffectKind.COMMENT, value="look", rule=rule, time_us=time_us, options=options
    )


def test_an_effect_is_taken_once_in_its_interval_of_event_time(database: Database) -> None:
    service = make_service(database)
    steps_us = [0, HOUR_US - 1, HOUR_US, HOUR_US + 1, 2 * HOUR_US]
    propose(service, *(comment(n, NOON_US + step_us) for n, step_us in enumerate(steps_us)))
    assert comments(database) == [NOON_US, NOON_US + HOUR_US, NOON_US + 2 * HOUR_US]
    assert service.recent_decisions(2)[1].why == "rule:waves did so within 3600 s"


def test_an_interval_is_kept_for_each_rule_and_subject_alone(database: Database) -> None:
    service = make_service(database)
    propose(service, comment(1, NOON_US), comment(2, NOON_US, rule="other"), comment(3, NOON_US, on=2))
    assert len(comments(database)) == 3


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.integers(0, 6 * 60), st.integers(1, 3)), min_size=1, max_size=40),
    batch=st.integers(1, 7),
    seed=st.integers(0, 1_000),
)
def test_in_any_order_and_with_any_workers_no_two_acts_are_closer_than_the_interval(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]], batch: int, seed: int
) -> None:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('every') / 'm.db'}")
    migrate(database)
    effects = [comment(n, NOON_US + minutes * 60_000_000, on=on) for n, (minutes, on) in enumerate(steps)]
    random.Random(seed).shuffle(effects)
    make_service(database).outbox.store([], effects, Offset(len(effects)))
    run_workers(database, batch=batch)
    with database.read() as tx:
        query = select(DECISION.c.subject_id, DECISION.c.event_us, DECISION.c.outcome)
        rows = sorted(tuple(row) for row in tx.execute(query))
    taken = [(subject, time_us) for subject, time_us, outcome in rows if outcome == "applied"]
    for (one, before_us), (other, after_us) in pairwise(taken):
        assert one != other or after_us - before_us >= HOUR_US
    for subject, time_us, outcome in rows:
        if outcome == "suppressed":
            assert any(s == subject and abs(time_us - t) < HOUR_US for s, t in taken), "held back for no reason"
    database.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(TIMED), st.integers(1, 90), st.booleans(), st.integers(1, 5)), max_size=25
    ),
    restarts=st.booleans(),
)
def test_after_any_life_nothing_holds_past_its_end_and_all_else_does(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[tuple[EffectKind, str], int, bool, int]],
    restarts: bool,
) -> None:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('terms') / 'm.db'}")
    migrate(database)
    clock = ManualClock()
    service = make_service(database, clock)
    ends_us: dict[EffectKind, int] = {}
    for offset, ((kind, value), minutes, sweep, pause) in enumerate(steps):
        term_us = minutes * 60_000_000
        propose(service, make_effect(offset, ALICE, kind=kind, value=value, options=EffectOptions(expires_us=term_us)))
        now_us, held_us = clock.now_us(), ends_us.get(kind, 0)
        if held_us <= now_us or 2 * (now_us + term_us - held_us) >= term_us:
            ends_us[kind] = now_us + term_us
        clock.advance(pause * 60)
        if sweep:
            service.take_back_expired()
        if restarts:
            service = make_service(database, clock)
        for one, _ in TIMED:
            assert holds(service, one) == (ends_us.get(one, 0) > clock.now_us())
    clock.advance(2 * HOUR_S)
    service.take_back_expired()
    assert not any(holds(service, kind) for kind, _ in TIMED)
    assert service.take_back_expired() == 0
    assert verify_audit(database) >= 0
    database.close()


def delayed(offset: int, least_us: int, most_us: int) -> Effect:
    return make_effect(offset, account(offset), options=EffectOptions(delay_us=(least_us, most_us)))


def test_a_delayed_effect_waits_until_it_is_due_also_over_a_restart(database: Database) -> None:
    clock = ManualClock(at_us=NOON_US)
    propose(make_service(database, clock), delayed(1, HOUR_US, HOUR_US))
    clock.advance(HOUR_S - 1e-6)
    again = make_service(database, clock)
    assert (again.decide_pending(), again.pending_effects()) == (0, 1)
    clock.advance(1e-6)
    assert (again.decide_pending(), again.pending_effects()) == (1, 0)


def test_an_effect_of_long_ago_is_due_at_once(database: Database) -> None:
    clock = ManualClock(at_us=UtcMicros(NOON_US + 10 * HOUR_US))
    service = make_service(database, clock)
    propose(service, delayed(1, HOUR_US, 6 * HOUR_US))
    assert service.pending_effects() == 0


def test_what_waits_does_not_hold_up_what_does_not(database: Database) -> None:
    clock = ManualClock(at_us=NOON_US)
    service = make_service(database, clock)
    propose(service, *(delayed(offset, HOUR_US, HOUR_US) for offset in range(20)))
    propose(service, make_effect(100))
    assert (service.decide_pending(limit=5), service.pending_effects()) == (0, 20)
    assert decided(database) == [("label", "applied")]


def test_delays_are_drawn_over_the_whole_range_and_the_same_each_time(database: Database, database_url: str) -> None:
    effects = [delayed(offset, HOUR_US, 6 * HOUR_US) for offset in range(2_000)]
    seed = read_delay_seed(database)
    again = open_database(database_url)
    assert read_delay_seed(again) == seed
    again.close()
    lengths = [due_us(effect, seed) - effect.time_us for effect in effects]
    assert lengths == [due_us(effect, seed) - effect.time_us for effect in effects]
    assert HOUR_US <= min(lengths) < 1.05 * HOUR_US
    assert 5.95 * HOUR_US < max(lengths) <= 6 * HOUR_US
    assert abs(sum(lengths) / len(lengths) / HOUR_US - 3.5) < 0.2
    assert lengths != [due_us(effect, bytes(32)) - effect.time_us for effect in effects]


def test_a_replayed_effect_keeps_its_due_time(database: Database) -> None:
    clock = ManualClock(at_us=NOON_US)
    service = make_service(database, clock)
    effect = delayed(1, HOUR_US, 6 * HOUR_US)
    propose(service, effect)
    clock.advance(60)
    propose(make_service(database, clock), effect)
    with database.read() as tx:
        assert list(tx.execute(select(EFFECT.c.due_us)).scalars()) == [due_us(effect, read_delay_seed(database))]


def run_workers(database: Database, *, batch: int, workers: int = 4) -> None:
    start = threading.Barrier(workers)

    def work(_: int) -> None:
        service = make_service(database)
        start.wait()
        while service.decide_pending(limit=batch):
            pass

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
