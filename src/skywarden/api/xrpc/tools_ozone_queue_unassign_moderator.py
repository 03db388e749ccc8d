"""tools.ozone.queue.unassignModerator: take a queue from somebody; admins may take it from others."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.moderation.queues.assignments import INVALID_ASSIGNMENT


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    queue_id: int
    did: DidText


def _handle(call: Call[None, _Input]) -> object:
    body = call.body
    if body.did != call.caller.did:
        call.caller.require(Role.ADMIN)
    call.services.reports.queue_assignments.unassign(body.queue_id, body.did, call.caller.did)
    return None


METHOD = procedure(
    "tools.ozone.queue.unassignModerator", Access.MODERATOR, _Input, _handle, errors=(INVALID_ASSIGNMENT,)
)
