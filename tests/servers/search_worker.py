"""Follow a log with the full-text index as a process that a test can kill: LOG FOLDER."""

import sys
from pathlib import Path

from skywarden.kernel.clock import SystemClock
from skywarden.log import SqliteLog
from skywarden.model.log_history import LogHistory
from skywarden.observe.metrics import Metrics
from skywarden.search import follow
from skywarden.search.folder import SearchFolder
from skywarden.search.follow import IndexFollower


def work(log: Path, folder: Path) -> None:
    """Index in small steps with many commits, until the log is in the index."""
    follow.STEP_ROWS, follow.COMMIT_CHANGES = 50, 100
    history = LogHistory(SqliteLog(log, writable=False))
    follower = IndexFollower(history, SearchFolder(folder), SystemClock(), Metrics())
    while follower.step():
        continue
    follower.close()


if __name__ == "__main__":
    work(*map(Path, sys.argv[1:]))
