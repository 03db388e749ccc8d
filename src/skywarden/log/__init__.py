"""The durable log: ordered, one writer a partition; knows Arrow, not what the columns mean."""

from skywarden.log.contract import Log, LogBatch, LogReader, QuarantineEntry, StoredQuarantine
from skywarden.log.memory import MemoryLog
from skywarden.log.sqlite import SqliteLog

__all__ = ["Log", "LogBatch", "LogReader", "MemoryLog", "QuarantineEntry", "SqliteLog", "StoredQuarantine"]
