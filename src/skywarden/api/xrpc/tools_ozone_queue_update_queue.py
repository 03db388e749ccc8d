"""tools.ozone.queue.updateQueue: change a queue's name, description, policies, or whether it takes reports."""

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.names import INVALID_REQUEST
from skywarden.api.views.queues import queue_views
from skywarden.kernel.errors import Rejected
from skywarden.moderation.queues.service import CONFLICT, INVALID_POLICIES, QueueChange


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    queue_id: int
    name: str | None = None
    enabled: bool | None = None
    description: str | None = None
    recommended_policies: tuple[str, ...] | None = None


def _handle(call: Call[None, _Input]) -> object:
    body, reports = call.body, call.services.reports
    policies = None if body.recommended_policies is None else tuple(dict.fromkeys(body.recommended_policies))
    if all(wish is None for wish in (body.name, body.enabled, body.description, policies)):
        raise Rejected(INVALID_REQUEST, place="input", expected="something to change")
    change = QueueChange(body.queue_id, call.caller.did, body.name, body.enabled, body.description, policies)
    queue = reports.queues.update(change)
    return {"queue": queue_views(reports.statistics, [queue])[0]}


METHOD = procedure(
    "tools.ozone.queue.updateQueue", Access.MODERATOR, _Input, _handle, errors=(INVALID_POLICIES, CONFLICT)
)
