"""Work on undo runs, as a process that kills itself at a seam of a database: DATABASE_URL NUMBER; 0: at none."""

import os
import signal
import sys

from proposals import LABELER
from skywarden.kernel.clock import SystemClock
from skywarden.moderation.service import ModerationService
from skywarden.moderation.undo import UndoService
from skywarden.observe.metrics import Metrics
from skywarden.storage import open_database


def work(database_url: str, kill_at: int) -> None:
    """Do chunk after chunk until no run is left."""
    passed = 0

    def seam(_place: str) -> None:
        nonlocal passed
        passed += 1
        if passed == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    db, clock, metrics = open_database(database_url, seam=seam), SystemClock(), Metrics()
    moderation = ModerationService(db, LABELER, clock=clock, metrics=metrics, push_targets=frozenset({"pds"}))
    undo = UndoService(db, moderation, LABELER, clock=clock, metrics=metrics)
    while undo.step() is not None:
        continue
    db.close()


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]))
