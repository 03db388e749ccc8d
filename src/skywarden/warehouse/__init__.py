"""Keep every event, hit, effect, decision and label as Parquet segments, for reading in bulk and for queries.

Refuses: to change a segment (it is replaced), to decide anything, and to know where its rows are shown.
"""

from skywarden.warehouse.history import SegmentHistory
from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.store import Store
from skywarden.warehouse.tables import TABLES

__all__ = ["TABLES", "SegmentHistory", "Store", "TableSpec"]
