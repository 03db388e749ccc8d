"""Turn catalogue entries into live Prometheus metrics and the text that /metrics serves."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from skywarden.observe.catalog import Metric, MetricKind, all_metrics


class Metrics:
    """All metrics of one process, made from the catalogue; safe to use from several threads."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it unannotated
        self.registry = CollectorRegistry()
        self._made = {metric.name: self._make(metric) for metric in all_metrics()}

    def _make(self, metric: Metric) -> Counter | Gauge | Histogram:
        if metric.kind is MetricKind.COUNTER:
            return Counter(metric.name, metric.doc, metric.labels, registry=self.registry)
        if metric.kind is MetricKind.GAUGE:
            return Gauge(metric.name, metric.doc, metric.labels, registry=self.registry)
        buckets = metric.buckets or Histogram.DEFAULT_BUCKETS
        return Histogram(metric.name, metric.doc, metric.labels, registry=self.registry, buckets=buckets)

    def add(self, metric: Metric, amount: float = 1, /, **labels: str) -> None:
        """Raise a counter or a gauge by `amount`."""
        made = self._made[metric.name]
        target = made.labels(**labels) if labels else made
        if isinstance(target, Histogram):
            raise TypeError(f"{metric.name} is a histogram: use observe()")
        target.inc(amount)

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Set a gauge."""
        made = self._made[metric.name]
        target = made.labels(**labels) if labels else made
        if not isinstance(target, Gauge):
            raise TypeError(f"{metric.name} is not a gauge")
        target.set(value)

    def observe(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Record one value of a histogram."""
        made = self._made[metric.name]
        target = made.labels(**labels) if labels else made
        if not isinstance(target, Histogram):
            raise TypeError(f"{metric.name} is not a histogram")
        target.observe(value)

    def observer(self, metric: Metric, /, **labels: str) -> Callable[[float], None]:
        """What records values of one histogram under these labels, for those who do so all the time."""
        made = self._made[metric.name]
        target = made.labels(**labels) if labels else made
        if not isinstance(target, Histogram):
            raise TypeError(f"{metric.name} is not a histogram")
        return target.observe

    def value(self, metric: Metric, /, **labels: str) -> float:
        """Read a counter or gauge back; 0.0 when nothing was recorded."""
        name = metric.name
        found = self.registry.get_sample_value(name, labels)
        return 0.0 if found is None else found

    def text(self) -> bytes:
        """The exposition that Prometheus scrapes."""
        return bytes(generate_latest(self.registry))
