"""Every metric and log-event name of the platform, with its meaning; docs/reference/metrics.md is made from it."""

from dataclasses import dataclass
from enum import StrEnum


class MetricKind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One Prometheus metric. The unit is the end of its name; `buckets` only for histograms."""

    name: str
    kind: MetricKind
    doc: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One log line's `event` name."""

    name: str
    doc: str


_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# --- ingest -----------------------------------------------------------------------------------------------------
INGEST_EVENTS = Metric(
    "skywarden_ingest_events_total", MetricKind.COUNTER, "Events decoded from a source.", ("source",)
)
INGEST_QUARANTINED = Metric(
    "skywarden_ingest_quarantined_total", MetricKind.COUNTER, "Inputs put into the quarantine.", ("source", "reason")
)
# --- log --------------------------------------------------------------------------------------------------------
LOG_APPEND_SECONDS = Metric(
    "skywarden_log_append_seconds", MetricKind.HISTOGRAM, "Time until an appended batch was durable.", (), _SECONDS
)
LOG_END_OFFSET = Metric("skywarden_log_end_offset", MetricKind.GAUGE, "Offset after the last durable event.")
# --- engine -----------------------------------------------------------------------------------------------------
# --- moderation -------------------------------------------------------------------------------------------------
# --- labels -----------------------------------------------------------------------------------------------------
# --- api --------------------------------------------------------------------------------------------------------
# --- app --------------------------------------------------------------------------------------------------------
STAGE_RETRIES = Metric(
    "skywarden_stage_retries_total", MetricKind.COUNTER, "Steps put off because the world was busy.", ("stage",)
)
# --- log events -------------------------------------------------------------------------------------------------
STARTED = LogEvent("started", "A process role is ready.")
STOPPED = LogEvent("stopped", "A process role has ended in order.")
STAGE_RETRIED = LogEvent("stage_retried", "A stage's step found the world busy and will be tried again.")
STAGE_FAILED = LogEvent("stage_failed", "A stage cannot go on; the platform stops.")


def all_metrics() -> tuple[Metric, ...]:
    """Every metric of this file, in its order."""
    return tuple(value for value in globals().values() if isinstance(value, Metric))


def all_log_events() -> tuple[LogEvent, ...]:
    """Every log event of this file, in its order."""
    return tuple(value for value in globals().values() if isinstance(value, LogEvent))
