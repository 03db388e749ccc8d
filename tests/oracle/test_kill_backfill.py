"""kill -9 while repositories are fetched: afterwards every record is stored, and none is stored twice."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

from servers.foreign_service import Call, Reply
from servers.repo_host import repo_host
from skywarden.kernel.ids import Offset
from skywarden.log import SqliteLog

KILLS = 4
TESTS = Path(__file__).parents[1]


async def start(url: str, data: Path) -> asyncio.subprocess.Process:
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent / "src")}
    options = ("--pds", url, "--data", str(data), "--allow-loopback", "--per-second", "1000", "--per-host", "2")
    command = (sys.executable, "-m", "skywarden.cli.main", "backfill", *options)
    return await asyncio.create_subprocess_exec(*command, env=environment, stdin=asyncio.subprocess.DEVNULL)


def stored(data: Path) -> Counter[tuple[str, str]]:
    """How often each record is in the log."""
    log = SqliteLog(data / "history.db", writable=False)
    rows = [
        row for found in log.read(Offset(0)) for row in found.rows.select(["did", "collection", "rkey"]).to_pylist()
    ]
    log.close()
    return Counter((row["did"], f"{row['collection']}/{row['rkey']}") for row in rows)


async def test_killed_at_any_moment_every_record_is_stored_once(tmp_path: Path) -> None:
    rng, killing = random.Random(11), asyncio.Event()
    async with repo_host() as host:
        answer, kill_at = host.service.answer, rng.randint(1, 9)

        def watched(call: Call) -> Reply:
            if len(host.service.calls) >= kill_at:
                killing.set()
            return answer(call)

        host.service.answer = watched
        found = []
        for _ in range(KILLS):
            worker = await start(host.service.url, tmp_path)
            await killing.wait()
            worker.send_signal(signal.SIGKILL)
            assert await worker.wait() == -signal.SIGKILL
            found.append(stored(tmp_path).total() if (tmp_path / "history.db").exists() else 0)
            kill_at = len(host.service.calls) + rng.randint(4, 16)
            killing.clear()
        kill_at = sys.maxsize
        assert await (await start(host.service.url, tmp_path)).wait() == 0
        assert found == sorted(found)
        assert 0 < found[-1] < len(host.paths())
        assert stored(tmp_path) == Counter(dict.fromkeys(host.paths(), 1))
        assert not list((tmp_path / "downloads").iterdir())
