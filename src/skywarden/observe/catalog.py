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
INGEST_CONNECTED = Metric(
    "skywarden_ingest_connected", MetricKind.GAUGE, "1 while the source is connected.", ("source",)
)
INGEST_RECONNECTS = Metric(
    "skywarden_ingest_reconnects_total", MetricKind.COUNTER, "Connections given up, by reason.", ("source", "reason")
)
INGEST_GAPS = Metric(
    "skywarden_ingest_gaps_total",
    MetricKind.COUNTER,
    "Stretches of a stream that were not received.",
    ("source", "kind"),
)
INGEST_IGNORED = Metric(
    "skywarden_ingest_ignored_total",
    MetricKind.COUNTER,
    "Messages dropped on purpose, by reason.",
    ("source", "reason"),
)
INGEST_LAG_SECONDS = Metric(
    "skywarden_ingest_lag_seconds", MetricKind.GAUGE, "Age of the newest durable event of the source.", ("source",)
)
INGEST_STALLED_COLLECTIONS = Metric(
    "skywarden_ingest_stalled_collections",
    MetricKind.GAUGE,
    "Collections that used to arrive steadily and have stopped while others go on.",
    ("source",),
)
INGEST_DESYNCHRONIZED = Metric(
    "skywarden_ingest_desynchronized_total",
    MetricKind.COUNTER,
    "Accounts whose commit did not follow on the last one, by what was done.",
    ("source", "outcome"),
)
INGEST_RESYNCING = Metric(
    "skywarden_ingest_resyncing", MetricKind.GAUGE, "Accounts that wait for their resync.", ("source",)
)
ACCOUNTS_CACHED = Metric("skywarden_accounts_cached", MetricKind.GAUGE, "Accounts held in memory for the stamp.")
ACCOUNTS_HYDRATED = Metric(
    "skywarden_accounts_hydrated_total",
    MetricKind.COUNTER,
    "Account look-ups by host and outcome.",
    ("host", "outcome"),
)
ACCOUNTS_HYDRATION_WAITING = Metric(
    "skywarden_accounts_hydration_waiting", MetricKind.GAUGE, "Accounts that wait for a look-up."
)
# --- log --------------------------------------------------------------------------------------------------------
LOG_APPEND_SECONDS = Metric(
    "skywarden_log_append_seconds", MetricKind.HISTOGRAM, "Time until an appended batch was durable.", (), _SECONDS
)
LOG_END_OFFSET = Metric("skywarden_log_end_offset", MetricKind.GAUGE, "Offset after the last durable event.")
# --- engine -----------------------------------------------------------------------------------------------------
ENGINE_EVENTS = Metric("skywarden_engine_events_total", MetricKind.COUNTER, "Events that the rules have seen.")
ENGINE_POSITION = Metric("skywarden_engine_position", MetricKind.GAUGE, "Offset after the last event that rules saw.")
ENGINE_BATCH_SECONDS = Metric(
    "skywarden_engine_batch_seconds", MetricKind.HISTOGRAM, "Time to run all rules on one batch.", (), _SECONDS
)
ENGINE_EFFECT_SECONDS = Metric(
    "skywarden_engine_effect_seconds",
    MetricKind.HISTOGRAM,
    "Time from the arrival of a chunk's first event until all effects of the chunk were durable.",
    (),
    (*(step / 200 for step in range(1, 41)), 0.25, 0.3, 0.4, 0.5, 1.0, 2.5, 5.0, 10.0),
)
ENGINE_HITS = Metric("skywarden_engine_hits_total", MetricKind.COUNTER, "Hits of a rule.", ("rule",))
ENGINE_EFFECTS = Metric("skywarden_engine_effects_total", MetricKind.COUNTER, "Effects proposed.", ("kind",))
ENGINE_SHADOW_HITS = Metric(
    "skywarden_engine_shadow_hits_total",
    MetricKind.COUNTER,
    "Hits of a rule in shadow, which have no effect.",
    ("rule",),
)
ENGINE_SHADOW_SECONDS = Metric(
    "skywarden_engine_shadow_seconds_total",
    MetricKind.COUNTER,
    "Time that rules in shadow took of the engine's thread.",
)
ENGINE_SHADOW_DISABLED = Metric(
    "skywarden_engine_shadow_disabled",
    MetricKind.GAUGE,
    "1 for a rule in shadow that was disabled because it raised or was over its budget.",
    ("rule",),
)
ENGINE_SHADOW_BEHIND = Metric(
    "skywarden_engine_shadow_behind",
    MetricKind.GAUGE,
    "Events of the past that new rules in shadow have yet to see before they begin.",
)
ENGINE_RULES_DISABLED = Metric(
    "skywarden_engine_rules_disabled",
    MetricKind.GAUGE,
    "1 for a rule that was disabled because it raised or was over its budget.",
    ("rule",),
)
ENGINE_RULE_SECONDS = Metric(
    "skywarden_engine_rule_seconds_total",
    MetricKind.COUNTER,
    "Processor time of a rule; what several rules need counts for each with an equal share.",
    ("rule",),
)
ENGINE_OPERATOR_SECONDS = Metric(
    "skywarden_engine_operator_seconds_total",
    MetricKind.COUNTER,
    "Processor time of a kind of operator; program: numbers and logic of all rules together.",
    ("operator",),
)
ENGINE_WINDOW_KEYS = Metric("skywarden_engine_window_keys", MetricKind.GAUGE, "Keys held by all windows.")
ENGINE_FEATURE_KEYS = Metric(
    "skywarden_engine_feature_keys",
    MetricKind.GAUGE,
    "Keys that a stateful function holds; it is named by the rule that uses it.",
    ("feature",),
)
ENGINE_FEATURE_BYTES = Metric(
    "skywarden_engine_feature_bytes", MetricKind.GAUGE, "Memory of a stateful function's state.", ("feature",)
)
ENGINE_FEATURE_EVICTED = Metric(
    "skywarden_engine_feature_evicted_total",
    MetricKind.COUNTER,
    "How often a stateful function forgot something before its time, because of its memory limit.",
    ("feature",),
)
RULES_LOADED = Metric("skywarden_rules_loaded", MetricKind.GAUGE, "Rules that run, disabled ones included.")
RULES_REFUSED_NOW = Metric(
    "skywarden_rules_refused", MetricKind.GAUGE, "1 while the rule files on disk have errors and older rules run."
)
RULES_RELOADS = Metric(
    "skywarden_rules_reloads_total",
    MetricKind.COUNTER,
    "Changes of the rule files, or of sets that extend their lists; outcome is swapped or refused.",
    ("outcome",),
)
RULES_RELOAD_SECONDS = Metric(
    "skywarden_rules_reload_seconds",
    MetricKind.HISTOGRAM,
    "Time from noticing a change of the rule files until its plan was ready.",
    (),
    _SECONDS,
)
ENGINE_SNAPSHOTS = Metric("skywarden_engine_snapshots_total", MetricKind.COUNTER, "Snapshots written.")
ENGINE_SNAPSHOTS_REFUSED = Metric(
    "skywarden_engine_snapshots_refused_total", MetricKind.COUNTER, "Snapshots that failed their checksum.", ("reason",)
)
# --- moderation -------------------------------------------------------------------------------------------------
DECISIONS = Metric(
    "skywarden_moderation_decisions_total",
    MetricKind.COUNTER,
    "Proposals answered; outcome is applied, already, suppressed (over a rule's limit) or refused.",
    ("kind", "outcome"),
)
DELIVERIES = Metric(
    "skywarden_notify_deliveries_total",
    MetricKind.COUNTER,
    "Attempts to send a message to a webhook; outcome is sent, put_off or failed.",
    ("hook", "outcome"),
)
REPORTS_ROUTED = Metric(
    "skywarden_reports_routed_total",
    MetricKind.COUNTER,
    "Reports that routing put into a queue, or found no queue for.",
    ("outcome",),
)
UNDO_ITEMS = Metric(
    "skywarden_undo_items_total",
    MetricKind.COUNTER,
    "Decisions that undo runs have settled; direction is back, or again for what was put back.",
    ("direction",),
)

# --- jobs -------------------------------------------------------------------------------------------------------
JOB_RUNS = Metric(
    "skywarden_job_runs_total", MetricKind.COUNTER, "Runs of a job; outcome is good or failed.", ("job", "outcome")
)
JOB_SECONDS = Metric(
    "skywarden_job_seconds",
    MetricKind.HISTOGRAM,
    "Time that a run of a job took.",
    ("job",),
    (*_SECONDS, 30.0, 60.0, 300.0),
)
JOB_FAILURES = Metric(
    "skywarden_job_failures", MetricKind.GAUGE, "Failed runs of a job since its last good one.", ("job",)
)
JOB_LAG_SECONDS = Metric(
    "skywarden_job_lag_seconds", MetricKind.GAUGE, "How long the oldest work of a job has been due.", ("job",)
)
JOB_PENDING = Metric("skywarden_job_pending", MetricKind.GAUGE, "What waits for a job, due or not.", ("job",))
DETECTION_WINDOWS = Metric(
    "skywarden_detection_windows_total",
    MetricKind.COUNTER,
    "Windows that a job over the warehouse ran; outcome is good, failed, or over-limit: it found too many to mark any.",
    ("job", "outcome"),
)
QUALITY_FAILED = Metric(
    "skywarden_quality_failed",
    MetricKind.GAUGE,
    "Failed checks of a table of the warehouse: freshness, volume, null-share, schema or duplicates. Alert above 0.",
    ("table", "check"),
)
DETECTION_ROWS = Metric(
    "skywarden_detection_rows_total", MetricKind.COUNTER, "Rows that a job over the warehouse made.", ("job",)
)
PUSHES = Metric(
    "skywarden_pushes_total",
    MetricKind.COUNTER,
    "Attempts to tell a service what moderation decided; outcome is sent, put_off or refused.",
    ("target", "kind", "outcome"),
)
PUSH_BREAKER_OPEN = Metric(
    "skywarden_push_breaker_open",
    MetricKind.GAUGE,
    "1 while a service that failed is left alone; its pushes wait.",
    ("target",),
)
# --- labels -----------------------------------------------------------------------------------------------------
LABELS_PUBLISHED = Metric("skywarden_labels_published_total", MetricKind.COUNTER, "Labels signed and numbered.")
LABEL_SEQ = Metric("skywarden_labels_seq", MetricKind.GAUGE, "Seq of the newest published label.")
LABEL_PUBLISH_SECONDS = Metric(
    "skywarden_labels_publish_seconds",
    MetricKind.HISTOGRAM,
    "Time to sign, number and store one batch of labels.",
    (),
    _SECONDS,
)
# --- search -----------------------------------------------------------------------------------------------------
SEARCH_CHANGES = Metric(
    "skywarden_search_changes_total", MetricKind.COUNTER, "Documents added to or removed from the full-text index."
)
SEARCH_DOCUMENTS = Metric("skywarden_search_documents", MetricKind.GAUGE, "Documents in the full-text index.")
SEARCH_POSITION = Metric(
    "skywarden_search_position", MetricKind.GAUGE, "Offset after the last event that the full-text index has."
)
SEARCH_SECONDS = Metric(
    "skywarden_search_seconds_total",
    MetricKind.COUNTER,
    "Processor time of the thread that keeps the full-text index, without what tantivy's own threads take.",
)
# --- api --------------------------------------------------------------------------------------------------------
API_SECONDS = Metric(
    "skywarden_api_seconds",
    MetricKind.HISTOGRAM,
    "Time to answer a request, by method (NSID) and HTTP status.",
    ("method", "status"),
    _SECONDS,
)
CONSOLE_SECONDS = Metric(
    "skywarden_console_seconds",
    MetricKind.HISTOGRAM,
    "Time to answer a request of the console, by page and HTTP status.",
    ("page", "status"),
    _SECONDS,
)
UPSTREAM_SECONDS = Metric(
    "skywarden_api_upstream_seconds",
    MetricKind.HISTOGRAM,
    "Time that a service of the network took to answer the API; status is its HTTP status, or failed.",
    ("service", "status"),
    _SECONDS,
)
LABEL_SUBSCRIBERS = Metric("skywarden_api_label_subscribers", MetricKind.GAUGE, "Open label subscriptions.")
LABEL_SUBSCRIBERS_DROPPED = Metric(
    "skywarden_api_label_subscribers_dropped_total", MetricKind.COUNTER, "Label subscribers closed for being too slow."
)
# --- app --------------------------------------------------------------------------------------------------------
FORGOTTEN_ROWS = Metric(
    "skywarden_forgotten_rows_total", MetricKind.COUNTER, "Rows of the log and the warehouse that lost their content."
)
WAREHOUSE_ROWS = Metric(
    "skywarden_warehouse_rows_total", MetricKind.COUNTER, "Rows moved into the warehouse.", ("table",)
)
WAREHOUSE_WAITING = Metric(
    "skywarden_warehouse_waiting", MetricKind.GAUGE, "Rows that the warehouse has not taken over yet.", ("table",)
)
WAREHOUSE_SEGMENTS = Metric("skywarden_warehouse_segments", MetricKind.GAUGE, "Files of the warehouse.")
WAREHOUSE_BYTES = Metric("skywarden_warehouse_bytes", MetricKind.GAUGE, "Size of the files of the warehouse.")
STAGE_RETRIES = Metric(
    "skywarden_stage_retries_total", MetricKind.COUNTER, "Steps put off because the world was busy.", ("stage",)
)
RESIDENT_BYTES = Metric(
    "skywarden_resident_bytes", MetricKind.GAUGE, "Resident memory of the process and its children."
)
QUARANTINE_OPEN = Metric("skywarden_quarantine_open", MetricKind.GAUGE, "Quarantined inputs that nobody has resolved.")
EFFECTS_PENDING = Metric("skywarden_effects_pending", MetricKind.GAUGE, "Effects that wait for a decision.")
ENGINE_BEHIND = Metric(
    "skywarden_engine_behind", MetricKind.GAUGE, "Events in the log that the engine has not read yet."
)
# --- log events -------------------------------------------------------------------------------------------------
STARTED = LogEvent("started", "A process role is ready.")
STOPPING = LogEvent("stopping", "A process role was asked to end; says by which signal.")
STOPPED = LogEvent("stopped", "A process role has ended in order.")
STAGE_RETRIED = LogEvent("stage_retried", "A stage's step found the world busy and will be tried again.")
API_FAILED = LogEvent("api_failed", "A request failed for a reason that is ours; the caller got no details.")
CONSOLE_FAILED = LogEvent("console_failed", "A page of the console failed for a reason that is ours.")
STAGE_FAILED = LogEvent("stage_failed", "A stage cannot go on; the platform stops.")
SOURCE_CONNECTED = LogEvent("source_connected", "A network source is connected; says from which cursor.")
SOURCE_DISCONNECTED = LogEvent("source_disconnected", "A network source lost its connection and will try again.")
SOURCE_GAP = LogEvent("source_gap", "A stretch of the stream was not received; says from where to where.")
SOURCE_STOPPED = LogEvent("source_stopped", "A source cannot go on without a person; says what to do.")
COLLECTION_STALLED = LogEvent("collection_stalled", "A collection has stopped arriving while others go on.")
RESYNC_FAILED = LogEvent("resync_failed", "An account could not be resynchronised; its next commit is taken as it is.")
HYDRATION_FAILED = LogEvent("hydration_failed", "Looking accounts up failed; the host's breaker is open for a while.")
INGEST_RETRY = LogEvent("ingest_retry", "Appending to the log failed for now and is tried again.")
DELIVERY_FAILED = LogEvent("delivery_failed", "A webhook did not take a message, and nobody will try again.")
JOB_FAILED = LogEvent("job_failed", "A run of a job failed; it is tried again after a pause.")
DETECTION_LEFT_OUT = LogEvent(
    "detection_left_out", "A job over the warehouse found more accounts than it may mark, and marked none."
)
JOB_LOOK_FAILED = LogEvent("job_look_failed", "What is due could not be read for now; it is looked at again.")
JOB_LEASE_LOST = LogEvent("job_lease_lost", "A run took longer than its lease, and another process has the job.")
VERIFICATION_SKIPPED = LogEvent("verification_skipped", "A verification record cannot be read and is left out.")
PUSH_REFUSED = LogEvent("push_refused", "A service refused a push for good; `skywarden jobs pending` shows it.")
DECLARATION_READ = LogEvent("declaration_read", "The label values that the labeler publishes; others are refused.")
DECLARATION_UNREAD = LogEvent(
    "declaration_unread", "What the labeler publishes of its labels cannot be read for now; what was known holds."
)
RULES_SWAPPED = LogEvent("rules_swapped", "Changed rule files were checked and run from this offset on.")
RULES_REFUSED = LogEvent("rules_refused", "Changed rule files have errors; the rules that ran before go on.")
RULE_DISABLED = LogEvent(
    "rule_disabled", "A rule raised or was over its budget and is left out from now on; the others go on."
)
SHADOW_BEGUN = LogEvent("shadow_begun", "Rules in shadow see every event from this offset on.")
SHADOW_STOPPED = LogEvent("shadow_stopped", "The rules in shadow failed as a whole and are left out; live ones go on.")
FEATURE_FULL = LogEvent(
    "feature_full", "A stateful function is at its memory limit; what was silent for longest is forgotten early."
)
SNAPSHOT_REFUSED = LogEvent("snapshot_refused", "An engine snapshot cannot be used; an older one or replay takes over.")
ENGINE_RESTORED = LogEvent("engine_restored", "The engine has its state back and replays the log from there.")


def all_metrics() -> tuple[Metric, ...]:
    """Every metric of this file, in its order."""
    return tuple(value for value in globals().values() if isinstance(value, Metric))


def all_log_events() -> tuple[LogEvent, ...]:
    """Every log event of this file, in its order."""
    return tuple(value for value in globals().values() if isinstance(value, LogEvent))
