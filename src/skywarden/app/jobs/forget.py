"""The job that blanks the content of deleted accounts, and of what people asked to be forgotten.

Retry and crash: each request waits until all its rows are blank, in the log, in the segments and in the database; what
is blank already is passed over. Two writers: the job's lease, and the warehouse's lock.
"""

from dataclasses import dataclass

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.app.jobs.forget_beside import Blank
from skywarden.app.jobs.job_set import threaded
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Offset
from skywarden.log.contract import Log
from skywarden.model.event import Action, Kind, with_schema
from skywarden.moderation.forgetting import Forgetting
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.observe.catalog import FORGOTTEN_ROWS
from skywarden.observe.metrics import Metrics
from skywarden.warehouse import Store
from skywarden.warehouse.forget import blank_log, blank_segments
from skywarden.warehouse.forgotten import Forgotten

NAME = "forget"
DOES = "blanks the content of deleted accounts and of what was asked to be forgotten"
EVERY_S = 60.0

LOOK_ROWS = 50_000
BATCH = 500
"""Requests of one run: each segment that holds any of them is written anew once."""

_DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ForgetParts:
    """What the job works on. `records`: deleted records are forgotten too, not only deleted accounts.

    `beside` blanks what else holds content, once the log is blank.
    """

    store: Store
    log: Log
    forgetting: Forgetting
    clock: Clock
    metrics: Metrics
    records: bool
    beside: tuple[Blank, ...] = ()


def forget_job(parts: ForgetParts) -> Job:
    """Looks every minute at what was deleted since, and blanks what waits."""

    def forget(turn: Turn) -> Ran:
        start = msgspec.json.decode(turn.cursor_json or "0", type=int)
        stop = _look(parts, start)
        done = blank_waiting(parts)
        more = done == BATCH or stop < parts.log.end_offset()
        return Ran(done, more=more, cursor_json=str(stop))

    return Job(NAME, EVERY_S, DOES, threaded(forget), pending=parts.forgetting.pending)


def idle_forget_job(why: str) -> Job:
    """The job where it cannot run."""
    return Job(NAME, EVERY_S, DOES, threaded(lambda _turn: Ran()), idle=why)


def blank_waiting(parts: ForgetParts) -> int:
    """Do the requests that wait; return how many."""
    requests = parts.forgetting.waiting(BATCH)
    if not requests:
        return 0
    forgotten = Forgotten.of(request.uri for request in requests)
    rows = blank_log(parts.store, parts.log, forgotten)  # first: what is compacted from now on is blank already
    rows += sum(blank([request.uri for request in requests]) for blank in parts.beside)
    parts.forgetting.keep_evidence(requests, parts.clock.now_us())
    rows += blank_segments(parts.store, forgotten, _ignore).rows
    parts.forgetting.finish(requests, rows, parts.clock.now_us())
    parts.metrics.add(FORGOTTEN_ROWS, rows)
    return len(requests)


def _look(parts: ForgetParts, start: int) -> int:
    """Ask for what was deleted in the log from `start` on; return how far that was."""
    start = max(start, int(parts.log.start_offset()))
    stop = min(int(parts.log.end_offset()), start + LOOK_ROWS)
    accounts, records = set[str](), set[str]()
    for batch in parts.log.read(Offset(start), Offset(stop)):
        rows = with_schema(batch.rows)
        accounts.update(_deleted_accounts(rows))
        if parts.records:
            records.update(_deleted_records(rows))
    now_us = parts.clock.now_us()
    parts.forgetting.ask(accounts, "account_deleted", "job:forget", now_us)
    parts.forgetting.ask(records, "record_deleted", "job:forget", now_us)
    return stop


def _deleted_accounts(rows: pa.RecordBatch) -> list[str]:
    kind = pc.equal(rows.column("kind"), int(Kind.ACCOUNT))
    gone = pc.and_(kind, pc.equal(rows.column("account_status"), _DELETED))
    return [str(did) for did in rows.column("did").filter(gone).to_pylist()]


def _deleted_records(rows: pa.RecordBatch) -> list[str]:
    kind = pc.equal(rows.column("kind"), int(Kind.COMMIT))
    gone = rows.filter(pc.and_(kind, pc.equal(rows.column("action"), int(Action.DELETE))))
    return [f"at://{row['did']}/{row['collection']}/{row['rkey']}" for row in gone.to_pylist()]


def _ignore(_done: int) -> None:
    """Nobody watches a job's progress."""
