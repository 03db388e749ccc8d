"""kill -9 while the full-text index is written: afterwards it is what looking through the log gives."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from event_rows import Row, batch, post
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log import SqliteLog
from skywarden.model.event import Action, Kind
from skywarden.model.log_history import LogHistory
from skywarden.search import SearchIndex, parse_query
from skywarden.search.current import CurrentIndex
from skywarden.search.documents import changes
from skywarden.search.folder import SearchFolder
from skywarden.search.memory import MemoryIndex

KILLS = 6
ROWS = 12_000
TESTS = Path(__file__).parents[1]
QUERIES = ("w1", "w1 w2", '"w1 w2"', "w3 -w4", "from:did:plc:3", "kind:account", "-w1")


def rows(rng: random.Random) -> list[Row]:
    """Posts, edits, deletions, handles and the end of accounts, of few accounts with few record keys."""
    made: list[Row] = []
    for number in range(ROWS):
        did, kind = f"did:plc:{rng.randrange(9)}", rng.random()
        key = f"r{rng.randrange(400)}"
        row = post(number, did=did, rkey=key, text=" ".join(f"w{rng.randrange(8)}" for _ in range(6)))
        if kind < 0.2:
            row |= {"action": int(Action.DELETE), "text": None}
        elif kind < 0.23:
            row |= {"kind": int(Kind.IDENTITY), "collection": None, "handle": f"{did[8:]}.example"}
        elif kind < 0.231:
            row |= {"kind": int(Kind.ACCOUNT), "collection": None, "account_status": "deleted"}
        made.append(row)
    return made


def start(log: Path, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS.parent / "src"), str(TESTS)))}
    return subprocess.Popen([sys.executable, "-m", "servers.search_worker", str(log), str(folder)], env=environment)


def wait_for_commits(worker: subprocess.Popen[bytes], folder: Path, more: int) -> None:
    """Until the index has been committed so many times more: each commit replaces a file."""
    seen: set[int] = set()
    while len(seen) <= more and worker.poll() is None:
        for file in folder.glob("index-*/meta.json"):
            seen.add(file.stat().st_mtime_ns)


def offsets(index: SearchIndex, query: str) -> list[int]:
    found: list[int] = index.offsets(parse_query(query, UtcMicros(0))).tolist()
    return found


def test_killed_at_any_moment_the_index_loses_and_doubles_nothing(tmp_path: Path) -> None:
    rng, path, folder = random.Random(5), tmp_path / "log.db", tmp_path / "search"
    log = SqliteLog(path)
    made = rows(rng)
    for at in range(0, ROWS, 1_000):
        log.append(batch(made[at : at + 1_000]).rows, {})
    positions = []
    for _ in range(KILLS):
        worker = start(path, folder)
        wait_for_commits(worker, folder, rng.randint(1, 8))
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL
        positions.append(CurrentIndex(SearchFolder(folder)).position())
    assert positions == sorted(positions)
    assert 0 < positions[0] < positions[-1] < ROWS
    assert start(path, folder).wait() == 0
    naive, real = MemoryIndex(), CurrentIndex(SearchFolder(folder))
    for found in LogHistory(log).batches(Offset(0)):
        naive.apply(changes(found))
    naive.commit(Offset(ROWS))
    log.close()
    assert (real.position(), real.size()) == (ROWS, naive.size())
    assert all(offsets(real, query) == offsets(naive, query) != [] for query in QUERIES)
