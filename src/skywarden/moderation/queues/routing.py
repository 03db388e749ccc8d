"""Bring reports into the queues that take them.

Retry: a report is routed once; running again finds those that are left.
Crash: each batch is one transaction; what it did not commit is found again.
Two writers: batches lock their reports and skip those that another worker has, so any number of workers may run. Queues
are kept from changing while a batch runs, so no report enters a queue after it was deleted or disabled.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.queues.criteria import UNMATCHED, Facts, queue_for
from skywarden.moderation.queues.rows import share_enabled
from skywarden.moderation.reports.machine import Activity, TicketState
from skywarden.moderation.reports.tickets import Done, save_activities
from skywarden.observe.catalog import REPORTS_ROUTED
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import REPORT

BATCH = 500
"""Reports in one transaction: enough that its fsync costs little, few enough that its locks are held briefly."""

WIDEST_RANGE = 5_000


_UNROUTED = REPORT.c.queue_id.is_(None)
_IN_INDEX_ORDER = (REPORT.c.queue_id, REPORT.c.state, REPORT.c.created_us)
"""The order of an index: a backlog is taken from its front without being sorted."""


@dataclass(frozen=True, slots=True)
class Routed:
    """How many reports a queue took, and how many none did."""

    assigned: int = 0
    unmatched: int = 0

    @property
    def total(self) -> int:
        return self.assigned + self.unmatched


class ReportRouter:
    """Routes reports for the service `did`."""

    def __init__(self, db: Database, did: Did, clock: Clock, metrics: Metrics) -> None:
        self._db = db
        self._did = did
        self._clock = clock
        self._metrics = metrics

    def route(self, limit: int) -> int:
        """Route up to `limit` reports that were not routed yet; return how many that were."""
        routed = 0
        while routed < limit:
            batch = self._batch((_UNROUTED,), min(BATCH, limit - routed)).total
            routed += batch
            if batch == 0:
                break
        return routed

    def due_us(self) -> UtcMicros | None:
        """Since when a report waits to be routed; None when none does."""
        query = select(REPORT.c.created_us).where(_UNROUTED).order_by(*_IN_INDEX_ORDER).limit(1)
        with self._db.read() as tx:
            return tx.execute(query).scalar_one_or_none()

    def pending(self) -> int:
        """How many reports are not routed yet."""
        with self._db.read() as tx:
            return tx.execute(select(func.count()).select_from(REPORT).where(_UNROUTED)).scalar_one()

    def route_range(self, first: int, last: int, by: Did) -> Routed:
        """Route the pending reports of this range of ids that are in no queue, those that no queue took before too.

        Raises: Rejected OutOfRange, when `last` is before `first`, or 5,000 or more after it.
        """
        if not 0 <= last - first < WIDEST_RANGE:
            raise Rejected(
                "OutOfRange", place="endReportId", expected=f"{first} to {first + WIDEST_RANGE - 1}", found=str(last)
            )
        assigned = unmatched = 0
        while first <= last:
            free = or_(REPORT.c.queue_id.is_(None), REPORT.c.queue_id == UNMATCHED)
            where = (REPORT.c.id.between(first, min(first + BATCH - 1, last)), free, _pending())
            routed = self._batch(where, BATCH, by)
            assigned, unmatched = assigned + routed.assigned, unmatched + routed.unmatched
            first += BATCH
        return Routed(assigned, unmatched)

    def _batch(self, where: Sequence[ColumnElement[bool]], limit: int, by: Did | None = None) -> Routed:
        now_us = self._clock.now_us()
        with self._db.read() as tx:
            if tx.execute(select(REPORT.c.id).where(*where).limit(1)).first() is None:
                return Routed()
        with self._db.write("reports.route") as tx:
            targets = share_enabled(tx)
            rows = tx.execute(_unrouted(where, limit)).all()
            goals = defaultdict[int, list[Row[Any]]](list)
            for row in rows:
                goals[queue_for(_facts(row), targets)].append(row)
            self._save(tx, goals, by, now_us)
        routed = Routed(len(rows) - len(goals[UNMATCHED]), len(goals[UNMATCHED]))
        self._metrics.add(REPORTS_ROUTED, routed.assigned, outcome="queue")
        self._metrics.add(REPORTS_ROUTED, routed.unmatched, outcome="unmatched")
        return routed

    def _save(self, tx: Connection, goals: dict[int, list[Row[Any]]], by: Did | None, now_us: UtcMicros) -> None:
        author = by or self._did
        done: list[Done] = []
        changes: list[Change] = []
        for queue_id, rows in sorted(goals.items()):
            _move(tx, rows, queue_id, now_us)
            if queue_id == UNMATCHED:
                continue
            meta: dict[str, object] = {"toQueueId": queue_id}
            done += [
                Done(row.id, Activity.QUEUED, TicketState.OPEN, author, meta=meta, is_automated=by is None)
                for row in rows
                if row.state == TicketState.OPEN
            ]
            change = msgspec.json.encode({"reports": [row.id for row in rows]}).decode()
            changes.append(Change(author, "routeReports", f"queue:{queue_id}", change))
        save_activities(self._db, tx, done, now_us)
        append_audit(self._db, tx, changes, now_us)


def _pending() -> ColumnElement[bool]:
    return REPORT.c.state != TicketState.CLOSED.value


def _unrouted(where: Sequence[ColumnElement[bool]], limit: int) -> Any:
    columns = (
        REPORT.c.id,
        REPORT.c.state,
        REPORT.c.subject_type,
        REPORT.c.collection,
        REPORT.c.reason_type,
        REPORT.c.wanted_queue_id,
    )
    ordered = select(*columns).where(*where).order_by(*_IN_INDEX_ORDER)
    return ordered.limit(limit).with_for_update(skip_locked=True)


def _facts(row: Row[Any]) -> Facts:
    return Facts(row.subject_type, row.collection or None, row.reason_type, row.wanted_queue_id)


def _move(tx: Connection, rows: Sequence[Row[Any]], queue_id: int, now_us: UtcMicros) -> None:
    """Put reports into a queue; those that nobody works on yet become queued, others keep their state."""
    matched = queue_id != UNMATCHED
    values: dict[str, object] = {"queue_id": queue_id}
    if matched:
        values |= {"queued_us": now_us, "updated_us": now_us}
    opened = [row.id for row in rows if row.state == TicketState.OPEN]
    others = [row.id for row in rows if row.state != TicketState.OPEN]
    if opened:
        state = {"state": TicketState.QUEUED.value} if matched else {}
        tx.execute(update(REPORT).where(REPORT.c.id.in_(opened)).values({**values, **state}))
    if others:
        tx.execute(update(REPORT).where(REPORT.c.id.in_(others)).values(values))
