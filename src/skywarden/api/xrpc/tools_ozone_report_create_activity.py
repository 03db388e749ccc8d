"""tools.ozone.report.createActivity: record what was done to a report; its state follows."""

import asyncio

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.names import INVALID_REQUEST
from skywarden.api.views.activities import REPORT_DEFS, activity_views
from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.activities import REPORT_NOT_FOUND, NewActivity
from skywarden.moderation.reports.machine import ALREADY_THERE, NOT_PERMITTED, Activity


class _Moved(msgspec.Struct, frozen=True, rename="camel", tag_field="$type", tag=""):
    """A `previousStatus` that a client sends is passed over: the report itself knows it."""

    previous_status: str | None = None


class _Queue(_Moved, frozen=True, tag=REPORT_DEFS + Activity.QUEUED):
    pass


class _Assignment(_Moved, frozen=True, tag=REPORT_DEFS + Activity.ASSIGNED):
    pass


class _Escalation(_Moved, frozen=True, tag=REPORT_DEFS + Activity.ESCALATED):
    pass


class _Close(_Moved, frozen=True, tag=REPORT_DEFS + Activity.CLOSED):
    pass


class _Reopen(_Moved, frozen=True, tag=REPORT_DEFS + Activity.REOPENED):
    pass


class _Note(msgspec.Struct, frozen=True, tag_field="$type", tag=REPORT_DEFS + Activity.NOTED):
    pass


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    activity: _Queue | _Assignment | _Escalation | _Close | _Reopen | _Note
    report_id: int | None = None
    event_id: int | None = None
    internal_note: str | None = None
    public_note: str | None = None
    is_automated: bool = False


async def _handle(call: Call[None, _Input]) -> object:
    body = call.body
    if (body.report_id is None) is (body.event_id is None):
        raise Rejected(INVALID_REQUEST, place="reportId", expected="exactly one of reportId and eventId")
    new = NewActivity(
        activity=Activity(str(body.activity.__struct_config__.tag).removeprefix(REPORT_DEFS)),
        by=call.caller.did,
        report_id=body.report_id,
        event_id=body.event_id,
        internal_note=body.internal_note,
        public_note=body.public_note,
        is_automated=body.is_automated,
    )
    stored = await asyncio.to_thread(call.services.reports.activities.record, new)
    return {"activity": (await activity_views(call.services, [stored]))[0]}


METHOD = procedure(
    "tools.ozone.report.createActivity",
    Access.MEMBER,
    _Input,
    _handle,
    errors=(REPORT_NOT_FOUND, NOT_PERMITTED, ALREADY_THERE),
)
