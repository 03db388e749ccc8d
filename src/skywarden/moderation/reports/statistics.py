"""Keep statistics of reports: live ones of the last 24 hours, and counts per day, queue, reason and person.

Retry: a day is computed anew and replaces what was there, so computing it twice changes nothing.
Crash: each day is one transaction.
Two writers: the day's rows are replaced under a lock of its marker; whoever commits last has the fresher counts.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, func, insert, select, update

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.queues.criteria import UNMATCHED
from skywarden.moderation.reports.tally import Cell, Counts, Scope, summed, tally
from skywarden.storage import Database
from skywarden.storage.tables import REPORT_STAT

DAY_US = 86_400 * SECOND_US
_EPOCH = date(1970, 1, 1).toordinal()
LAST_DAY = date.max.toordinal() - _EPOCH
FRESH_S = 10.0
MOST_LOAD = 0.05
"""Live statistics are counted again when they are `FRESH_S` old, or later: never does that take more than this share of
one core's time, however many reports there are."""

WIDEST_RANGE_DAYS = 366
MARKER: Cell = (UNMATCHED, "", "")
"""The row that says that its day was computed."""


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """Counts of the last 24 hours."""

    counts: Counts
    computed_us: UtcMicros


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """Counts of a UTC day, which is numbered since 1970."""

    counts: Counts
    computed_us: UtcMicros
    day: int


@dataclass(frozen=True, slots=True)
class _Live:
    cells: dict[Cell, Counts]
    computed_us: UtcMicros
    keep_us: int


class ReportStatistics:
    """Statistics of reports."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: _Live | None = None

    def live(self, scope: Scope) -> LiveStatistics:
        """What happened in the last 24 hours, and what is pending."""
        live = self._live()
        return LiveStatistics(summed(live.cells.items(), scope), live.computed_us)

    def live_by_queue(self) -> tuple[dict[int, Counts], UtcMicros]:
        """The same for each queue that had anything, and when it was computed."""
        live = self._live()
        queues = defaultdict[int, Counts](Counts)
        for (queue_id, _, _), counts in live.cells.items():
            queues[queue_id].add(counts)
        return queues, live.computed_us

    def history(self, scope: Scope, first_day: int, last_day: int, limit: int) -> list[DayStatistics]:
        """Up to `limit` of the days that were computed, newest first."""
        with self._db.read() as tx:
            computed = _computed(tx, first_day, last_day, limit)
            sums = _sums(tx, scope, computed)
        return [DayStatistics(sums[day], computed_us, day) for day, computed_us in computed.items()]

    def refresh(self, now_us: UtcMicros) -> int:
        """Compute today, and every day since the last one that was computed to its end; return how many days."""
        today = day_of(now_us)
        with self._db.read() as tx:
            first = _first_unfinished(tx, today)
        for day in range(first, today + 1):
            self._compute(day, now_us)
        return today + 1 - first

    def recompute(self, first_day: int, last_day: int, queue_ids: Sequence[int] = ()) -> None:
        """Compute these days anew, as far as they have begun; given queues, only theirs.

        Raises: Rejected InvalidRange.
        """
        if not 0 <= last_day - first_day < WIDEST_RANGE_DAYS:
            raise Rejected(
                "InvalidRange",
                place="endDate",
                expected=f"a range of 1 to {WIDEST_RANGE_DAYS} days",
                found=str(last_day - first_day + 1),
            )
        now_us = self._clock.now_us()
        for day in range(first_day, min(last_day, day_of(now_us)) + 1):
            self._compute(day, now_us, queue_ids)
        with self._lock:
            self._kept = None

    def _live(self) -> _Live:
        now_us = self._clock.now_us()
        with self._lock:
            if self._kept is None or not 0 <= now_us - self._kept.computed_us < self._kept.keep_us:
                self._kept = self._count(now_us)
            return self._kept

    def _count(self, now_us: UtcMicros) -> _Live:
        began_s = self._clock.monotonic_s()
        with self._db.read() as tx:
            cells = tally(tx, UtcMicros(now_us - DAY_US), UtcMicros(now_us + 1))
        took_s = self._clock.monotonic_s() - began_s
        return _Live(cells, now_us, round(max(FRESH_S, took_s / MOST_LOAD) * SECOND_US))

    def _compute(self, day: int, now_us: UtcMicros, queue_ids: Sequence[int] = ()) -> None:
        end_us = UtcMicros(min((day + 1) * DAY_US, now_us + 1))
        with self._db.write("reports.statistics") as tx:
            self._lock_day(tx, day, now_us, whole=not queue_ids)
            cells = tally(tx, UtcMicros(day * DAY_US), end_us)
            stale = [REPORT_STAT.c.day == day, REPORT_STAT.c.reason_type != ""]
            if queue_ids:
                stale.append(REPORT_STAT.c.queue_id.in_(queue_ids))
            tx.execute(delete(REPORT_STAT).where(*stale))
            rows = [_row(day, cell, counts, now_us) for cell, counts in cells.items()]
            wanted = [row for row in rows if not queue_ids or row["queue_id"] in queue_ids]
            if wanted:
                tx.execute(insert(REPORT_STAT), wanted)

    def _lock_day(self, tx: Connection, day: int, now_us: UtcMicros, *, whole: bool) -> None:
        tx.execute(self._db.insert_or_ignore(REPORT_STAT), _row(day, MARKER, Counts(), now_us))
        marker = (REPORT_STAT.c.day == day, REPORT_STAT.c.queue_id == UNMATCHED, REPORT_STAT.c.reason_type == "")
        stamp = {"computed_us": now_us} if whole else {"inbound": 0}
        tx.execute(update(REPORT_STAT).where(*marker).values(stamp))


def day_of(at_us: int) -> int:
    """The UTC day of a time, numbered since 1970."""
    return at_us // DAY_US


def day_number(day: date) -> int:
    """The number of a day since 1970."""
    return day.toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The day with a number since 1970."""
    return date.fromordinal(day + _EPOCH)


def _row(day: int, cell: Cell, counts: Counts, now_us: UtcMicros) -> dict[str, object]:
    queue_id, reason_type, moderator = cell
    return {
        "day": day,
        "queue_id": queue_id,
        "reason_type": reason_type,
        "moderator": moderator,
        "inbound": counts.inbound,
        "pending": counts.pending,
        "actioned": counts.actioned,
        "escalated": counts.escalated,
        "handling_s": counts.handling_s,
        "worked_s": counts.worked_s,
        "computed_us": now_us,
    }


def _first_unfinished(tx: Connection, today: int) -> int:
    """The first day from which on days must be computed: today, or one that was not computed after its end."""
    query = select(REPORT_STAT.c.day, REPORT_STAT.c.computed_us).where(REPORT_STAT.c.reason_type == "")
    row = tx.execute(query.order_by(REPORT_STAT.c.day.desc()).limit(1)).one_or_none()
    if row is None or row.day > today:
        return today
    first: int = row.day if row.computed_us < (row.day + 1) * DAY_US else row.day + 1
    return max(min(first, today), today - WIDEST_RANGE_DAYS)


def _computed(tx: Connection, first_day: int, last_day: int, limit: int) -> dict[int, UtcMicros]:
    query = select(REPORT_STAT.c.day, REPORT_STAT.c.computed_us).where(
        REPORT_STAT.c.day.between(first_day, last_day), REPORT_STAT.c.reason_type == ""
    )
    return {row.day: row.computed_us for row in tx.execute(query.order_by(REPORT_STAT.c.day.desc()).limit(limit))}


_SUMMED = ("inbound", "pending", "actioned", "escalated", "handling_s", "worked_s")


def _sums(tx: Connection, scope: Scope, days: Sequence[int] | dict[int, UtcMicros]) -> dict[int, Counts]:
    table = REPORT_STAT
    columns = [func.sum(table.c[name]).label(name) for name in _SUMMED]
    query = select(table.c.day, *columns).where(table.c.day.in_(list(days))).group_by(table.c.day)
    if scope.queue_id is not None:
        query = query.where(table.c.queue_id == scope.queue_id)
    if scope.moderator is not None:
        query = query.where(table.c.moderator == scope.moderator)
    if scope.report_types:
        query = query.where(table.c.reason_type.in_(scope.report_types))
    sums = defaultdict[int, Counts](Counts)
    for row in tx.execute(query):
        sums[row.day] = Counts(**{name: int(getattr(row, name)) for name in _SUMMED})
    return sums
