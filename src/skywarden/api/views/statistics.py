"""A day's counts to tools.ozone.report.defs#historicalStats."""

import msgspec

from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.moderation.reports.statistics import DayStatistics, date_of


class DayView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.report.defs#historicalStats."""

    date: str
    computed_at: str
    pending_count: int
    actioned_count: int
    escalated_count: int
    inbound_count: int
    action_rate: int | None = None
    avg_handling_time_sec: int | None = None


def day_view(item: DayStatistics, *, worked: bool) -> DayView:
    """One day; `worked`: times count from when a moderator had the report."""
    counts = item.counts
    return DayView(
        date=date_of(item.day).isoformat(),
        computed_at=datetime_text(item.computed_us),
        pending_count=counts.pending,
        actioned_count=counts.actioned,
        escalated_count=counts.escalated,
        inbound_count=counts.inbound,
        action_rate=counts.action_rate(),
        avg_handling_time_sec=counts.handling_time_s(worked=worked),
    )
