"""Of several processes one has a job; a job whose process died is free again; pauses grow and end."""

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.jobs import Job, JobTable, Ran, Turn
from skywarden.moderation.jobs.schedule import MOST_PAUSE_US, next_failed_us, next_good_us
from skywarden.moderation.jobs.table import LEASE_S
from skywarden.storage import Database, open_database


async def _nothing(_turn: Turn) -> Ran:
    return Ran()


def job_of(every_s: float = 60.0) -> Job:
    return Job("count", every_s, "counts", _nothing)


def registered(database: Database, clock: ManualClock) -> JobTable:
    table = JobTable(database)
    table.register([job_of()], clock.now_us())
    return table


def test_of_many_that_claim_a_job_at_once_one_gets_it(database: Database) -> None:
    clock = ManualClock()
    table = registered(database, clock)
    claims, together = list[object](), threading.Barrier(8)

    def claim(number: int) -> None:
        together.wait()
        claims.append(table.claim("count", f"process {number}", clock.now_us()))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claim for claim in claims if claim is not None]) == 1


def test_a_job_of_a_process_that_died_is_taken_over_when_its_lease_is_over(database: Database) -> None:
    clock = ManualClock()
    table = registered(database, clock)
    dead = table.claim("count", "dead", clock.now_us())
    assert dead is not None
    clock.advance(LEASE_S - 1)
    assert table.claim("count", "heir", clock.now_us(), early=True) is None
    clock.advance(1)
    assert table.claim("count", "heir", clock.now_us()) is not None
    assert table.succeeded(dead, Ran(5), clock.now_us()) is False
    assert table.renew(dead, clock.now_us()) is False
    assert table.state("count", clock.now_us()).running == "heir"


def test_a_lease_that_is_renewed_is_kept(database: Database) -> None:
    clock = ManualClock()
    table = registered(database, clock)
    claim = table.claim("count", "alive", clock.now_us())
    assert claim is not None
    for _ in range(10):
        clock.advance(LEASE_S - 1)
        assert table.renew(claim, clock.now_us())
    assert table.claim("count", "other", clock.now_us()) is None


def test_a_job_keeps_its_history_when_it_is_to_run_more_often(database: Database, database_url: str) -> None:
    clock = ManualClock()
    table = registered(database, clock)
    claim = table.claim("count", "me", clock.now_us())
    assert claim is not None
    table.succeeded(claim, Ran(2), clock.now_us())
    again = open_database(database_url)
    JobTable(again).register([job_of(every_s=5.0)], clock.now_us())
    state = JobTable(again).state("count", clock.now_us())
    again.close()
    assert (state.every_us, state.done, state.runs) == (5 * SECOND_US, 2, 1)


@settings(max_examples=200)
@given(
    name=st.text(max_size=12),
    failures=st.integers(1, 200),
    every_us=st.integers(1, 10**12),
    now_us=st.integers(0, 2**52).map(UtcMicros),
)
def test_the_next_run_is_never_in_the_past_and_a_failure_never_waits_longer_than_a_quarter_of_an_hour(
    name: str, failures: int, every_us: int, now_us: UtcMicros
) -> None:
    assert next_good_us(every_us, now_us, more=False) == now_us + every_us
    assert next_good_us(every_us, now_us, more=True) == now_us
    failed_us = next_failed_us(name, failures, now_us)
    assert now_us < failed_us <= now_us + MOST_PAUSE_US
    assert failed_us == next_failed_us(name, failures, now_us)


def test_two_that_register_the_same_job_at_once_make_one(database: Database) -> None:
    clock, together = ManualClock(), threading.Barrier(4)

    def register() -> None:
        together.wait()
        registered(database, clock)

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [state.name for state in JobTable(database).states(clock.now_us())] == ["count"]


def test_a_run_that_was_cut_off_leaves_the_job_free_and_due(database: Database) -> None:
    clock = ManualClock()
    table = registered(database, clock)
    claim = table.claim("count", "me", clock.now_us())
    assert claim is not None
    table.release(claim)
    assert table.claim("count", "other", clock.now_us()) is not None
