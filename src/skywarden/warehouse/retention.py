"""Let go of segments whose day is longer ago than their table's rows are kept.

Retry and crash: the segments of all tables go in one step. Two writers: as `Store.writing`.
"""

from collections.abc import Mapping

from skywarden.kernel.ids import UtcMicros
from skywarden.warehouse.days import DAY_US, day_name
from skywarden.warehouse.store import Store


def expire(store: Store, days: Mapping[str, int], now_us: UtcMicros) -> int:
    """Remove whole days of tables that are kept for so many days; 0 is for ever. Return how many rows that were."""
    oldest = {table: day_name(now_us // DAY_US - kept) for table, kept in days.items() if kept > 0}
    if not oldest:
        return 0
    with store.writing() as draft:
        over = [one for one in draft.manifest.segments if one.table in oldest and one.day < oldest[one.table]]
        if over:
            draft.remove(over)
            draft.commit()
        return sum(one.rows for one in over)
