"""Turn the signs of a missing stretch of a stream into a metric, a log line and a mark on the next chunk."""

from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics


class Gaps:
    """Gaps of one source since the start."""

    def __init__(self, source: str, metrics: Metrics) -> None:
        self.count = 0
        self._source = source
        self._metrics = metrics
        self._fresh = False
        self._logger = Logger("ingest")

    def note(self, kind: str, *, since: str | None, until: str) -> None:
        """Events between two cursors were not received. `kind`: outdated, clamped or too-large."""
        self.count += 1
        self._fresh = True
        self._metrics.add(catalog.INGEST_GAPS, source=self._source, kind=kind)
        self._logger.warning(catalog.SOURCE_GAP, source=self._source, kind=kind, since=since, until=until)

    def take(self) -> bool:
        """True, once, after a gap: the events that follow come after it."""
        fresh, self._fresh = self._fresh, False
        return fresh
