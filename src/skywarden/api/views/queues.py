"""Queues and their counts to tools.ozone.queue.defs#queueView."""

from collections.abc import Iterable

import msgspec

from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.queues.rows import Queue
from skywarden.moderation.reports.statistics import ReportStatistics
from skywarden.moderation.reports.tally import Counts

NOTHING = Counts()


class QueueStatsView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.queue.defs#queueStats; live and daily statistics of reports have the same counts."""

    pending_count: int
    actioned_count: int
    escalated_count: int
    inbound_count: int
    action_rate: int | None = None
    avg_handling_time_sec: int | None = None
    last_updated: str | None = None


class QueueView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.queue.defs#queueView."""

    id: int
    name: str
    subject_types: tuple[str, ...]
    report_types: tuple[str, ...]
    recommended_policies: tuple[str, ...]
    created_by: Did
    created_at: str
    updated_at: str
    enabled: bool
    stats: QueueStatsView
    collection: str | None = None
    description: str | None = None
    deleted_at: str | None = None


def queue_view(queue: Queue, stats: QueueStatsView) -> QueueView:
    """One queue."""
    return QueueView(
        id=queue.id,
        name=queue.name,
        subject_types=tuple(sorted(queue.criteria.subject_types)),
        report_types=tuple(sorted(queue.criteria.report_types)),
        recommended_policies=queue.policies,
        created_by=queue.created_by,
        created_at=datetime_text(queue.created_us),
        updated_at=datetime_text(queue.updated_us),
        enabled=queue.enabled,
        collection=queue.criteria.collection,
        description=queue.description,
        deleted_at=None if queue.deleted_us is None else datetime_text(queue.deleted_us),
        stats=stats,
    )


def queue_views(statistics: ReportStatistics, queues: Iterable[Queue]) -> list[QueueView]:
    """Queues with what happened in each during the last 24 hours. Blocks."""
    counts, computed_us = statistics.live_by_queue()
    return [queue_view(queue, stats_view(counts.get(queue.id, NOTHING), computed_us)) for queue in queues]


def stats_view(counts: Counts, computed_us: UtcMicros, *, worked: bool = False) -> QueueStatsView:
    """Counts and what follows from them; `worked`: times count from when a moderator had the report."""
    return QueueStatsView(
        pending_count=counts.pending,
        actioned_count=counts.actioned,
        escalated_count=counts.escalated,
        inbound_count=counts.inbound,
        action_rate=counts.action_rate(),
        avg_handling_time_sec=counts.handling_time_s(worked=worked),
        last_updated=datetime_text(computed_us),
    )
