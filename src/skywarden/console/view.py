"""What the status page shows, as plain values; the app fills it, the template renders it."""

from dataclasses import dataclass, field
from typing import Literal

Health = Literal["ok", "busy", "down"]


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of the platform and how it is."""

    name: str
    health: Health
    detail: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule: what it did since the database began."""

    name: str
    version: str
    hits: int
    last_hit: str
    state: str = "live"


@dataclass(frozen=True, slots=True)
class JobView:
    """One background job; `health` is ok, running, failing or idle, `pending` None where nothing can wait."""

    name: str
    does: str
    health: str
    detail: str
    last_run: str
    pending: int | None


@dataclass(frozen=True, slots=True)
class LabelView:
    """One label, newest first on the page."""

    seq: int
    val: str
    uri: str
    neg: bool
    cts: str


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """One input that could not be used."""

    number: int
    source: str
    position: str
    reason: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StatusView:
    """The whole page. Rates are events a second, oldest first, one for each `rate_step_s`."""

    version: str
    uptime_s: float
    source: str
    connected: bool
    cursor: str
    lag_s: float | None
    events_total: int
    events_per_s: float
    rates: list[float]
    rate_step_s: float
    engine_behind: int
    effects_pending: int
    labels_total: int
    quarantine_total: int
    resident_mb: float
    parts: list[PartView] = field(default_factory=list)
    rules: list[RuleView] = field(default_factory=list)
    jobs: list[JobView] = field(default_factory=list)
    labels: list[LabelView] = field(default_factory=list)
    quarantine: list[QuarantineView] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
