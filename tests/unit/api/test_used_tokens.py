"""Used tokens in SQL: once for everybody, durably, and not for ever."""

import threading

import pytest
from sqlalchemy import func, select

from databases import Crash, Seams
from skywarden.api.used_tokens import SqlReplayStore
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import USED_TOKEN

ISSUER = Did("did:plc:issuer")
UNTIL = UtcMicros(1_700_000_060_000_000)


def rows(database: Database) -> int:
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(USED_TOKEN)).scalar_one()


def test_a_token_is_used_once_also_by_another_process(database: Database) -> None:
    one, other = SqlReplayStore(database, ManualClock()), SqlReplayStore(database, ManualClock())
    assert one.burn(ISSUER, "j1", UNTIL)
    assert not one.burn(ISSUER, "j1", UNTIL)
    assert not other.burn(ISSUER, "j1", UNTIL)
    assert other.burn(Did("did:plc:other"), "j1", UNTIL)


def test_of_many_who_use_one_token_at_once_exactly_one_may(database: Database) -> None:
    stores = [SqlReplayStore(database, ManualClock()) for _ in range(2)]
    results: list[bool] = []

    def use(number: int) -> None:
        results.append(stores[number % 2].burn(ISSUER, "j1", UNTIL))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 99 + [True]


def test_tokens_that_have_ended_are_forgotten(database: Database) -> None:
    clock = ManualClock()
    store = SqlReplayStore(database, clock)
    for number in range(5):
        store.burn(ISSUER, f"j{number}", UtcMicros(clock.now_us() + 60 * SECOND_US))
    clock.advance(120)
    assert store.burn(ISSUER, "late", UtcMicros(clock.now_us() + 60 * SECOND_US))
    assert rows(database) == 1


def test_a_crash_before_the_commit_leaves_the_token_unused(database: Database, seams: Seams) -> None:
    store = SqlReplayStore(database, ManualClock())
    seams.crash_at = "burn-tokens:before-commit"
    with pytest.raises(Crash):
        store.burn(ISSUER, "j1", UNTIL)
    assert store.burn(ISSUER, "j1", UNTIL)
