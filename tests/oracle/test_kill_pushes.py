"""A process that pushes is killed again and again: every takedown reaches the PDS, in order, and few do twice."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from sqlalchemy import func, select, update

from proposals import LABELER, account, make_effect
from servers.foreign_service import Call, Reply, foreign_service
from skywarden.app.jobs.push import BATCH
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Offset
from skywarden.model.effect import EffectKind
from skywarden.moderation.pushes import PDS, SENT
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.tables import JOB, PUSH

KILLS = 3
ACCOUNTS = 300
TESTS = Path(__file__).parents[1]


def decide(database: Database) -> None:
    """Take every account down, then every third one back."""
    moderation = ModerationService(
        database, LABELER, clock=SystemClock(), metrics=Metrics(), push_targets=frozenset({PDS})
    )
    effects = [make_effect(n, account(n), kind=EffectKind.TAKEDOWN) for n in range(ACCOUNTS)]
    lifted = range(0, ACCOUNTS, 3)
    effects += [make_effect(ACCOUNTS + n, account(n), kind=EffectKind.REVERSE_TAKEDOWN) for n in lifted]
    moderation.outbox.store([], effects, Offset(len(effects)))
    while moderation.decide_pending():
        continue


def end_lease(database: Database) -> None:
    """The time for which a killed process is believed alive is over."""
    with database.write("test") as tx:
        tx.execute(update(JOB).values(lease_until_us=0))


async def start(database_url: str, pds_url: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS.parent / "src"), str(TESTS)))}
    command = (sys.executable, "-m", "servers.push_worker", database_url, pds_url)
    return await asyncio.create_subprocess_exec(*command, env=environment, stdin=asyncio.subprocess.DEVNULL)


async def test_killed_at_any_moment_nothing_is_lost_and_little_is_sent_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'moderation.db'}"
    database = open_database(url)
    migrate(database)
    decide(database)
    rng, killing = random.Random(7), asyncio.Event()
    kill_at = rng.randint(1, BATCH)

    def answer(call: Call) -> Reply:
        if len(pds.calls) >= kill_at:
            killing.set()
        return Reply()

    async with foreign_service(answer) as pds:
        for _ in range(KILLS):
            worker = await start(url, pds.url)
            await killing.wait()
            worker.send_signal(signal.SIGKILL)
            assert await worker.wait() == -signal.SIGKILL
            kill_at = len(pds.calls) + rng.randint(1, BATCH)
            killing.clear()
            end_lease(database)
        kill_at = sys.maxsize
        assert await (await start(url, pds.url)).wait() == 0
    with database.read() as tx:
        sent = tx.execute(select(func.count()).select_from(PUSH).where(PUSH.c.state == SENT)).scalar_one()
    database.close()
    assert sent == ACCOUNTS + ACCOUNTS // 3
    told: dict[str, list[bool]] = {}
    for call in pds.taken:
        told.setdefault(call.json["subject"]["did"], []).append(call.json["takedown"]["applied"])
    assert [told[account(n).did][-1] for n in range(ACCOUNTS)] == [bool(n % 3) for n in range(ACCOUNTS)]
    assert all(heard == sorted(heard, reverse=True) for heard in told.values())  # no takedown after its reversal
    assert len(pds.taken) <= sent + KILLS * BATCH
