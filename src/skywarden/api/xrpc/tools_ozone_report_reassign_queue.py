"""tools.ozone.report.reassignQueue: put a report into another queue, or into none."""

import asyncio

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.reports import report_views
from skywarden.moderation.queues.reassign import reassign_queue
from skywarden.moderation.reports.query import reports_by_id


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    report_id: int
    queue_id: int
    comment: str | None = None


async def _handle(call: Call[None, _Input]) -> object:
    body, services = call.body, call.services

    def move() -> None:
        by, note = call.caller.did, body.comment
        reassign_queue(services.database, services.clock, body.report_id, body.queue_id, by=by, note=note)

    await asyncio.to_thread(move)
    views = await report_views(call, lambda tx: reports_by_id(tx, [body.report_id], call.now_us))
    return {"report": views[0]}


METHOD = procedure(
    "tools.ozone.report.reassignQueue",
    Access.MEMBER,
    _Input,
    _handle,
    errors=("ReportNotFound", "ReportClosed", "AlreadyInTargetQueue", "QueueNotFound", "QueueDisabled"),
)
