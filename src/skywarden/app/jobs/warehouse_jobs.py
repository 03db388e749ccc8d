"""A backend and its log to the jobs that keep the warehouse; without a log they are idle and say so."""

from skywarden.app.backend import Backend
from skywarden.app.jobs.forget import ForgetParts, forget_job, idle_forget_job
from skywarden.app.jobs.forget_beside import Blank, blank_backfill
from skywarden.app.jobs.warehouse import Keeping, idle_warehouse_job, warehouse_job
from skywarden.app.jobs.warehouse_scaled import idle_scaled_job, open_scaled, scaled_job
from skywarden.log.contract import Log
from skywarden.moderation.forgetting import Forgetting
from skywarden.moderation.jobs import Job
from skywarden.settings.schema import WarehouseConfig
from skywarden.warehouse import Store
from skywarden.warehouse.compaction import Compaction


def warehouse_jobs(backend: Backend, log: Log | None, beside: tuple[Blank, ...] = ()) -> tuple[Job, ...]:
    """Compaction with retention, and forgetting."""
    config, clock = backend.settings.warehouse, backend.clock
    if log is None:
        why = "this process has no event log"
        return idle_warehouse_job(why), idle_scaled_job(why), idle_forget_job(why)
    scaled = open_scaled(config.url) if config.url else None
    store = Store(backend.folder.warehouse, clock)
    forgetting = ForgetParts(
        store=store,
        log=log,
        forgetting=Forgetting(backend.database),
        clock=clock,
        metrics=backend.metrics,
        records=config.forget_records,
        beside=(blank_backfill(backend.folder.history), *((scaled.forget,) if scaled else ()), *beside),
    )
    if not config.compact_s:
        why = "warehouse.compact_s is 0"
        return idle_warehouse_job(why), idle_scaled_job(why), forget_job(forgetting)
    keeping = Keeping(
        compaction=Compaction(store, log, backend.database),
        log=log,
        days=_days(config),
        log_days=config.log_days,
        clock=clock,
        metrics=backend.metrics,
    )
    copying = idle_scaled_job("warehouse.url is not set")
    if scaled is not None:
        copying = scaled_job(scaled, log, backend.database, keeping.days, clock, config.compact_s)
    return warehouse_job(keeping, config.compact_s), copying, forget_job(forgetting)


def _days(config: WarehouseConfig) -> dict[str, int]:
    return {
        "event": config.event_days,
        "account_event": config.event_days,
        "hit": config.hit_days,
        "effect": config.effect_days,
        "decision": config.decision_days,
        "moderation_event": config.decision_days,
        "label": config.label_days,
    }
