"""Make ten million events of a month on disk, for benchmarks that need a past."""

from skywarden.bench.history.events import Month, MonthConfig
from skywarden.bench.history.stored import StoredMonth, stored_month

__all__ = ["Month", "MonthConfig", "StoredMonth", "stored_month"]
