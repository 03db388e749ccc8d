"""Keep jobs in the database: claim one, hold it, say how its run ended.

Retry: every call may be repeated. Crash: a job whose process died is free again once its lease has expired; what its
run did is the step's own matter. Two writers: of two processes that claim a job at once, one gets it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, or_, select, update

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.jobs.contract import Job, Ran
from skywarden.moderation.jobs.schedule import next_failed_us, next_good_us
from skywarden.storage import Database
from skywarden.storage.tables import JOB

LEASE_S = 30
"""How long a process that stopped saying that it is alive is believed to run a job."""

ERROR_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of `owner` to run a job now."""

    name: str
    owner: str
    every_us: int
    failures: int
    cursor_json: str | None


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as the database knows it; `running` names who holds it, "" for nobody."""

    name: str
    every_us: int
    next_us: UtcMicros
    running: str
    last_start_us: UtcMicros | None
    last_ok_us: UtcMicros | None
    last_error: str
    runs: int
    failed_runs: int
    failures: int
    done: int
    cursor_json: str | None


class JobTable:
    """The jobs of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def register(self, jobs: Iterable[Job], now_us: UtcMicros) -> None:
        """Make known what is not known yet; a job that changed how often it runs keeps its history."""
        wanted = {job.name: round(job.every_s * SECOND_US) for job in jobs}
        with self._db.read() as tx:
            known = {row.name: row.every_us for row in tx.execute(select(JOB.c.name, JOB.c.every_us))}
        if all(known.get(name) == every_us for name, every_us in wanted.items()):
            return
        rows = [_new_row(name, every_us, now_us) for name, every_us in wanted.items()]
        with self._db.write("job.register") as tx:
            tx.execute(self._db.insert_or_ignore(JOB), rows)
            for name, every_us in wanted.items():
                tx.execute(update(JOB).where(JOB.c.name == name).values(every_us=every_us))

    def states(self, now_us: UtcMicros) -> list[JobState]:
        """Every job that was ever registered, by name."""
        with self._db.read() as tx:
            return [_state(row, now_us) for row in tx.execute(select(JOB).order_by(JOB.c.name))]

    def state(self, name: str, now_us: UtcMicros) -> JobState:
        """One registered job."""
        with self._db.read() as tx:
            return _state(tx.execute(select(JOB).where(JOB.c.name == name)).one(), now_us)

    def claim(self, name: str, owner: str, now_us: UtcMicros, *, early: bool = False) -> Claim | None:
        """Take the job if it is free and due, or not due and `early`; None when somebody else runs it."""
        free = or_(JOB.c.lease_owner.is_(None), JOB.c.lease_until_us <= now_us)
        due = JOB.c.next_us <= (JOB.c.next_us if early else now_us)
        taken = (
            update(JOB)
            .where(JOB.c.name == name, free, due)
            .values(lease_owner=owner, lease_until_us=now_us + LEASE_S * SECOND_US, last_start_us=now_us)
        )
        with self._db.write("job.claim") as tx:
            if tx.execute(taken).rowcount == 0:
                return None
            row = tx.execute(select(JOB).where(JOB.c.name == name)).one()
        return Claim(name, owner, row.every_us, row.failures, row.cursor_json)

    def renew(self, claim: Claim, now_us: UtcMicros) -> bool:
        """Say that the run goes on; False when the job was given to somebody else meanwhile."""
        values = {"lease_until_us": now_us + LEASE_S * SECOND_US}
        with self._db.write("job.renew") as tx:
            return tx.execute(update(JOB).where(_held(claim)).values(**values)).rowcount > 0

    def release(self, claim: Claim) -> None:
        """Free the job after a run that was cut off; it is due as before."""
        with self._db.write("job.release") as tx:
            tx.execute(update(JOB).where(_held(claim)).values(lease_owner=None, lease_until_us=None))

    def succeeded(self, claim: Claim, ran: Ran, now_us: UtcMicros) -> bool:
        """Free the job after a good run; False when it was given to somebody else meanwhile."""
        return self._ended(
            claim,
            next_us=next_good_us(claim.every_us, now_us, more=ran.more),
            last_ok_us=now_us,
            last_error="",
            failures=0,
            done=JOB.c.done + ran.done,
            cursor_json=JOB.c.cursor_json if ran.cursor_json is None else ran.cursor_json,
        )

    def failed(self, claim: Claim, error: str, now_us: UtcMicros) -> bool:
        """Free the job after a failed run and put it off; False when it was given to somebody else meanwhile."""
        failures = claim.failures + 1
        return self._ended(
            claim,
            next_us=next_failed_us(claim.name, failures, now_us),
            last_error=error[:ERROR_CHARACTERS],
            failures=failures,
            failed_runs=JOB.c.failed_runs + 1,
        )

    def _ended(self, claim: Claim, **values: object) -> bool:
        freed = {"lease_owner": None, "lease_until_us": None, "runs": JOB.c.runs + 1, **values}
        with self._db.write("job.end") as tx:
            return tx.execute(update(JOB).where(_held(claim)).values(**freed)).rowcount > 0


def _held(claim: Claim) -> Any:  # SQLAlchemy's condition
    return and_(JOB.c.name == claim.name, JOB.c.lease_owner == claim.owner)


def _new_row(name: str, every_us: int, now_us: UtcMicros) -> dict[str, object]:
    counts = {"runs": 0, "failed_runs": 0, "failures": 0, "done": 0}
    return {"name": name, "every_us": every_us, "next_us": now_us, "last_error": "", **counts}


def _state(row: Row[Any], now_us: UtcMicros) -> JobState:
    alive = row.lease_owner is not None and row.lease_until_us > now_us
    return JobState(
        name=row.name,
        every_us=row.every_us,
        next_us=row.next_us,
        running=row.lease_owner if alive else "",
        last_start_us=row.last_start_us,
        last_ok_us=row.last_ok_us,
        last_error=row.last_error,
        runs=row.runs,
        failed_runs=row.failed_runs,
        failures=row.failures,
        done=row.done,
        cursor_json=row.cursor_json,
    )
