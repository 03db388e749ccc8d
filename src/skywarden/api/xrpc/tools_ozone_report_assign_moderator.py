"""tools.ozone.report.assignModerator: give a report to the caller, or, as an admin, to anybody."""

import asyncio

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.views.assignments import report_assignment_views
from skywarden.moderation.reports.assignments import ALREADY_ASSIGNED, INVALID_ASSIGNMENT, Wish


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    report_id: int
    queue_id: int | None = None
    did: DidText | None = None
    is_permanent: bool | None = None


async def _handle(call: Call[None, _Input]) -> object:
    body, caller = call.body, call.caller
    did = body.did or caller.did
    if did != caller.did:
        caller.require(Role.ADMIN)
    wish = Wish(body.report_id, did, caller.did, body.queue_id, bool(body.is_permanent))
    given = await asyncio.to_thread(call.services.reports.assignments.assign, wish)
    return (await report_assignment_views(call.services, [given]))[0]


METHOD = procedure(
    "tools.ozone.report.assignModerator",
    Access.MEMBER,
    _Input,
    _handle,
    errors=(ALREADY_ASSIGNED, INVALID_ASSIGNMENT),
)
