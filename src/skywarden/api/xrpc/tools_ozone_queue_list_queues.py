"""tools.ozone.queue.listQueues: the queues, oldest first, with what happened in each during the last 24 hours."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.queues import queue_views
from skywarden.moderation.desk.pages import page_of, read_number_cursor
from skywarden.moderation.queues.rows import Queue


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    enabled: bool | None = None
    subject_type: str | None = None
    collection: str | None = None
    report_types: Annotated[tuple[str, ...], msgspec.Meta(max_length=10)] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


def _handle(call: Call[_Params, None]) -> object:
    params, reports = call.params, call.services.reports
    queues = reports.queues.queues(after=read_number_cursor(params.cursor) or 0)
    wanted = [queue for queue in queues if _passes(queue, params)]
    page = page_of(wanted, params.limit, lambda queue: (queue.id,))
    views = queue_views(reports.statistics, page.rows)
    return given({"cursor": page.cursor, "queues": views})


def _passes(queue: Queue, params: _Params) -> bool:
    criteria = queue.criteria
    return (
        params.enabled in (None, queue.enabled)
        and (params.subject_type is None or params.subject_type in criteria.subject_types)
        and params.collection in (None, criteria.collection)
        and (not params.report_types or not criteria.report_types.isdisjoint(params.report_types))
    )


METHOD = query("tools.ozone.queue.listQueues", Access.MEMBER, _Params, _handle)
