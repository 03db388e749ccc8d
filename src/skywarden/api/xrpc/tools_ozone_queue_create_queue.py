"""tools.ozone.queue.createQueue: make a queue of reports."""

from typing import Annotated

import msgspec

from skywarden.api.formats import NsidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.queues import NOTHING, queue_view, stats_view
from skywarden.moderation.queues.criteria import Criteria
from skywarden.moderation.queues.service import CONFLICT, INVALID_POLICIES, NewQueue


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    name: str
    subject_types: tuple[str, ...] = ()
    collection: NsidText | None = None
    report_types: Annotated[tuple[str, ...], msgspec.Meta(max_length=25)] = ()
    description: str | None = None
    recommended_policies: tuple[str, ...] = ()


def _handle(call: Call[None, _Input]) -> object:
    body = call.body
    new = NewQueue(
        name=body.name,
        by=call.caller.did,
        criteria=Criteria(frozenset(body.subject_types), body.collection, frozenset(body.report_types)),
        description=body.description,
        policies=tuple(dict.fromkeys(body.recommended_policies)),
    )
    queue = call.services.reports.queues.create(new)
    return {"queue": queue_view(queue, stats_view(NOTHING, call.now_us))}


METHOD = procedure(
    "tools.ozone.queue.createQueue", Access.MODERATOR, _Input, _handle, errors=(INVALID_POLICIES, CONFLICT)
)
