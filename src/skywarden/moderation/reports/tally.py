"""Add up what happened to reports in a stretch of time: SQL rows to counts that add up further."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.queues.criteria import UNMATCHED
from skywarden.moderation.reports.machine import Activity
from skywarden.moderation.reports.tickets import is_pending
from skywarden.storage.tables import REPORT, REPORT_ACTIVITY

_NEVER_US = UtcMicros(2**62)

Cell = tuple[int, str, str]
"""Queue (-1: none), reason type, moderator ("": nobody)."""


@dataclass(slots=True)
class Counts:
    """What was counted. `handling_s` sums creation to close over the `actioned`, `worked_s` assignment to close."""

    inbound: int = 0
    pending: int = 0
    actioned: int = 0
    escalated: int = 0
    handling_s: int = 0
    worked_s: int = 0

    def add(self, other: "Counts") -> None:
        """Add what was counted elsewhere."""
        self.inbound += other.inbound
        self.pending += other.pending
        self.actioned += other.actioned
        self.escalated += other.escalated
        self.handling_s += other.handling_s
        self.worked_s += other.worked_s

    def action_rate(self) -> int | None:
        """Actioned reports per hundred that came in, rounded half up; None when none came in."""
        return None if self.inbound == 0 else (200 * self.actioned + self.inbound) // (2 * self.inbound)

    def handling_time_s(self, *, worked: bool) -> int | None:
        """The mean time until a report was closed, from when it was made or (`worked`) from when it was somebody's."""
        if self.actioned == 0:
            return None
        total_s = self.worked_s if worked else self.handling_s
        return (2 * total_s + self.actioned) // (2 * self.actioned)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which reports are counted; None or empty: all."""

    queue_id: int | None = None
    moderator: str | None = None
    report_types: frozenset[str] = frozenset()

    def holds(self, cell: Cell) -> bool:
        """Say whether the reports of a cell are among them."""
        queue_id, reason_type, moderator = cell
        return (
            self.queue_id in (None, queue_id)
            and self.moderator in (None, moderator)
            and (not self.report_types or reason_type in self.report_types)
        )


def summed(cells: Iterable[tuple[Cell, Counts]], scope: Scope) -> Counts:
    """Add up what was counted within a scope."""
    total = Counts()
    for cell, counts in cells:
        if scope.holds(cell):
            total.add(counts)
    return total


def tally(tx: Connection, start_us: UtcMicros, end_us: UtcMicros) -> dict[Cell, Counts]:
    """Count what happened from `start_us` until before `end_us`, and what was pending then.

    A report that came in or is pending counts for whoever has it permanently; one that was closed or escalated, for
    whoever did that.
    """
    cells = defaultdict[Cell, Counts](Counts)
    for row in tx.execute(_count(REPORT.c.assigned_to, _within(REPORT.c.created_us, start_us, end_us))):
        cells[_cell(row)].inbound += row.number
    for where in _pending_at(end_us):
        for row in tx.execute(_count(REPORT.c.assigned_to, *where)):
            cells[_cell(row)].pending += row.number
    for row in tx.execute(_actioned(start_us, end_us)):
        counts = cells[_cell(row)]
        counts.actioned += row.number
        counts.handling_s += int(row.handling_us) // SECOND_US
        counts.worked_s += int(row.worked_us) // SECOND_US
    for row in tx.execute(_escalated(start_us, end_us)):
        cells[_cell(row)].escalated += row.number
    return dict(cells)


def _cell(row: Any) -> Cell:
    return (UNMATCHED if row.queue_id is None else row.queue_id, row.reason_type, row.moderator or "")


def _within(column: ColumnElement[Any], start_us: UtcMicros, end_us: UtcMicros) -> ColumnElement[bool]:
    return (column >= start_us) & (column < end_us)


def _count(moderator: ColumnElement[Any], *where: ColumnElement[bool]) -> Select[Any]:
    columns = (REPORT.c.queue_id, REPORT.c.reason_type, moderator)
    selected = (REPORT.c.queue_id, REPORT.c.reason_type, moderator.label("moderator"))
    return select(*selected, func.count().label("number")).where(*where).group_by(*columns)


def _pending_at(end_us: UtcMicros) -> list[tuple[ColumnElement[bool], ...]]:
    """What was made before then and is pending still, or was closed after; only closed reports have `closed_us`."""
    # The sum keeps databases from the index of `created_us`: nearly every report was made before then. The range with
    # two ends is what makes SQLite take the index of `closed_us`.
    made = REPORT.c.created_us + 0 < end_us
    return [(is_pending(), made), (_within(REPORT.c.closed_us, end_us, _NEVER_US), made)]


def _actioned(start_us: UtcMicros, end_us: UtcMicros) -> Select[Any]:
    closed = REPORT.c.closed_us
    handling = func.sum(closed - REPORT.c.created_us).label("handling_us")
    worked = func.sum(closed - func.coalesce(REPORT.c.assigned_us, REPORT.c.created_us)).label("worked_us")
    return _count(REPORT.c.closed_by, _within(closed, start_us, end_us)).add_columns(handling, worked)


def _escalated(start_us: UtcMicros, end_us: UtcMicros) -> Select[Any]:
    table = REPORT_ACTIVITY
    columns = (REPORT.c.queue_id, REPORT.c.reason_type, table.c.created_by)
    reports = func.count(table.c.report_id.distinct()).label("number")
    return (
        select(REPORT.c.queue_id, REPORT.c.reason_type, table.c.created_by.label("moderator"), reports)
        .join(REPORT, REPORT.c.id == table.c.report_id)
        .where(table.c.type == Activity.ESCALATED.value, _within(table.c.created_us, start_us, end_us))
        .group_by(*columns)
    )
