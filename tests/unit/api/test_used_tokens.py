"""Used tokens in SQL: once for everybody, durably, and not for ever."""

import asyncio

from sqlalchemy import func, select

from databases import Seams
from skywarden.api.used_tokens import SqlReplayStore
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.storage import Database, migrate, migrate_down
from skywarden.storage.tables import USED_TOKEN

ISSUER = Did("did:plc:issuer")
UNTIL = UtcMicros(1_700_000_060_000_000)


def rows(database: Database) -> int:
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(USED_TOKEN)).scalar_one()


async def test_a_token_is_used_once_also_by_another_process(database: Database) -> None:
    one, other = SqlReplayStore(database, ManualClock()), SqlReplayStore(database, ManualClock())
    assert await one.burn(ISSUER, "j1", UNTIL)
    assert not await one.burn(ISSUER, "j1", UNTIL)
    assert not await other.burn(ISSUER, "j1", UNTIL)
    assert await other.burn(Did("did:plc:other"), "j1", UNTIL)


async def test_of_many_who_use_one_token_at_once_exactly_one_may(database: Database) -> None:
    stores = [SqlReplayStore(database, ManualClock()) for _ in range(2)]
    found = await asyncio.gather(*[stores[number % 2].burn(ISSUER, "j1", UNTIL) for number in range(100)])
    assert sorted(found) == [False] * 99 + [True]


async def test_tokens_that_arrive_together_share_a_transaction(database: Database, seams: Seams) -> None:
    store = SqlReplayStore(database, ManualClock())
    seams.passed.clear()
    assert all(await asyncio.gather(*[store.burn(ISSUER, f"j{number}", UNTIL) for number in range(50)]))
    assert seams.passed.count("burn-tokens:after-commit") == 1
    assert rows(database) == 50


async def test_tokens_that_have_ended_are_forgotten(database: Database) -> None:
    clock = ManualClock()
    store = SqlReplayStore(database, clock)
    for number in range(5):
        await store.burn(ISSUER, f"j{number}", UtcMicros(clock.now_us() + 60 * SECOND_US))
    clock.advance(120)
    assert await store.burn(ISSUER, "late", UtcMicros(clock.now_us() + 60 * SECOND_US))
    assert rows(database) == 1


async def test_a_fault_reaches_everybody_and_the_next_token_is_tried_anew(database: Database) -> None:
    store = SqlReplayStore(database, ManualClock())
    migrate_down(database)
    results = await asyncio.gather(*[store.burn(ISSUER, name, UNTIL) for name in "ab"], return_exceptions=True)
    assert [type(result) for result in results] == [Broken, Broken]
    migrate(database)
    assert await store.burn(ISSUER, "a", UNTIL)
