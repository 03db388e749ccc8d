"""tools.ozone.report.unassignModerator: take a report from whoever has it; it waits again."""

import asyncio

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.assignments import report_assignment_views
from skywarden.moderation.reports.assignments import INVALID_ASSIGNMENT


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    report_id: int


async def _handle(call: Call[None, _Input]) -> object:
    unassign = call.services.reports.assignments.unassign
    ended = await asyncio.to_thread(unassign, call.body.report_id, call.caller.did)
    return (await report_assignment_views(call.services, [ended]))[0]


METHOD = procedure("tools.ozone.report.unassignModerator", Access.MEMBER, _Input, _handle, errors=(INVALID_ASSIGNMENT,))
