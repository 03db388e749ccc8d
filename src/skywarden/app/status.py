"""Gather what the status page shows from the running parts."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from skywarden import __version__
from skywarden.app.intake import Intake
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.overview import overview
from skywarden.app.platform import Platform
from skywarden.app.rates import STEP_S, RateHistory
from skywarden.app.resident import resident_mb
from skywarden.app.stage import Stage
from skywarden.console import Health, JobView, LabelView, PartView, QuarantineView, RuleView, StatusView
from skywarden.ingest.progress import IngestStatus
from skywarden.kernel.ids import UtcMicros

_LABELS = 20
_QUARANTINED = 10


@dataclass(frozen=True, slots=True)
class StatusReader:
    """Reads everything anew at each call; blocks on the stores, so call it off the event loop."""

    platform: Platform
    intake: Intake
    stages: tuple[Stage, ...]
    jobs: JobLoop
    ingest_status: Callable[[], IngestStatus]
    children: tuple[int, ...]
    history: RateHistory
    started_s: float

    def __call__(self) -> StatusView:
        platform, ingest, jobs = self.platform, self.ingest_status(), self._jobs()
        return StatusView(
            version=__version__,
            uptime_s=platform.clock.monotonic_s() - self.started_s,
            source=platform.settings.source.url,
            connected=ingest.connected,
            cursor=ingest.cursor or "",
            lag_s=ingest.lag_s,
            events_total=platform.log.end_offset(),
            events_per_s=ingest.events_per_s,
            rates=self.history.rates(),
            rate_step_s=STEP_S,
            engine_behind=max(platform.log.end_offset() - platform.consumer.engine.position, 0),
            effects_pending=platform.moderation.pending_effects(),
            labels_total=platform.labels.latest_seq(),
            quarantine_total=platform.log.quarantine_count(),
            resident_mb=self.resident_mb(),
            parts=self._parts(ingest),
            rules=self._rules(),
            jobs=jobs,
            labels=self._labels(),
            quarantine=self._quarantine(),
            notices=self._notices(ingest, jobs),
        )

    def resident_mb(self) -> float:
        """Memory of this process and its children."""
        return resident_mb([os.getpid(), *self.children])

    def _parts(self, ingest: IngestStatus) -> list[PartView]:
        source: Health = "ok" if ingest.connected or ingest.state == "ended" else "busy"
        detail = ingest.last_error or f"{ingest.state}; {ingest.reconnects} reconnects, {ingest.gaps} gaps"
        parts = [
            PartView("ingest", self.intake.state.health if self.intake.state.health != "ok" else source, detail),
            *(PartView(stage.name, stage.state.health, stage.state.detail or "running") for stage in self.stages),
        ]
        return parts

    def _rules(self) -> list[RuleView]:
        tallies = {(tally.rule, tally.version): tally for tally in self.platform.moderation.hits_per_rule()}
        disabled = self.platform.consumer.engine.disabled
        views = []
        for rule in self.platform.consumer.engine.plan.rules:
            name, version = rule.name, rule.version
            tally = tallies.get((name, version))
            views.append(
                RuleView(
                    name=name,
                    version=version,
                    hits=tally.hits if tally else 0,
                    last_hit=_time_text(tally.last_hit_us) if tally else "",
                    state="disabled" if name in disabled else "live",
                )
            )
        engine, wanted = self.platform.consumer.shadow.engine, self.platform.consumer.shadow.wanted
        tried = () if engine is None else engine.plan.rules
        waiting = () if wanted is None else wanted.plan.rules
        for state, rules in (("shadow", tried), ("priming", waiting)):
            for rule in rules:
                tally = tallies.get((rule.name, rule.version))
                hits, last = (tally.shadow_hits, _time_text(tally.last_hit_us)) if tally else (0, "")
                views.append(RuleView(rule.name, rule.version, hits, last, state))
        return sorted(views, key=lambda view: (-view.hits, view.name))

    def _jobs(self) -> list[JobView]:
        now_us = self.platform.clock.now_us()
        return [
            JobView(
                name=line.name,
                does=line.does,
                health=line.health,
                detail=line.detail,
                last_run="" if line.last_us is None else _time_text(line.last_us),
                pending=line.pending,
            )
            for line in overview(self.jobs.jobs.jobs, self.jobs.table, now_us)
        ]

    def _labels(self) -> list[LabelView]:
        found = self.platform.labels.recent_labels(_LABELS)
        return [LabelView(n.seq, n.label.val, n.label.uri, n.label.neg, n.label.cts) for n in found]

    def _quarantine(self) -> list[QuarantineView]:
        found = self.platform.log.quarantined(limit=_QUARANTINED)
        return [
            QuarantineView(s.number, s.entry.source, s.entry.position, s.entry.reason, len(s.entry.data)) for s in found
        ]

    def _notices(self, ingest: IngestStatus, jobs: list[JobView]) -> list[str]:
        notices = [f"{stage.name} has stopped: {stage.state.detail}" for stage in self.stages if _down(stage)]
        if self.platform.rules.folder.refusal:
            notices.append(f"changed rules were refused, the old ones run: {self.platform.rules.folder.refusal}")
        notices += [f"job {job.name} fails: {job.detail}" for job in jobs if job.health == "failing"]
        notices += [f"the source sends no more {name}" for name in ingest.stalled]
        for rule, why in sorted(self.platform.consumer.engine.disabled.items()):
            notices.append(f"rule {rule} is disabled: {why}")
        return notices


def _down(stage: Stage) -> bool:
    return stage.state.health == "down"


def _time_text(time_us: UtcMicros) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
