"""tools.ozone.queue.assignModerator: give somebody a queue for a while; admins may give it to others."""

import asyncio

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.views.assignments import queue_assignment_views
from skywarden.moderation.queues.assignments import INVALID_ASSIGNMENT


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    queue_id: int
    did: DidText


async def _handle(call: Call[None, _Input]) -> object:
    body, reports = call.body, call.services.reports
    if body.did != call.caller.did:
        call.caller.require(Role.ADMIN)
    assign = reports.queue_assignments.assign
    given = await asyncio.to_thread(assign, body.queue_id, body.did, call.caller.did)
    return (await queue_assignment_views(call.services, [given]))[0]


METHOD = procedure("tools.ozone.queue.assignModerator", Access.MODERATOR, _Input, _handle, errors=(INVALID_ASSIGNMENT,))
