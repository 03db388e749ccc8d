"""tools.ozone.report.getAssignments: who works on which report, newest first."""

import asyncio
from typing import Annotated

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.assignments import report_assignment_views
from skywarden.api.views.json import given
from skywarden.moderation.desk.pages import page_of, read_number_cursor
from skywarden.moderation.queues.assignments import AssignmentFilter


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    only_active: bool = True
    report_ids: Annotated[tuple[int, ...], msgspec.Meta(max_length=50)] = ()
    dids: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=50)] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


async def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    asked = AssignmentFilter(
        of=params.report_ids,
        dids=params.dids,
        only_active=params.only_active,
        beyond=read_number_cursor(params.cursor),
        limit=params.limit + 1,
    )
    found = await asyncio.to_thread(call.services.reports.assignments.page, asked)
    page = page_of(found, params.limit, lambda item: (item.id,))
    views = await report_assignment_views(call.services, page.rows)
    return given({"cursor": page.cursor, "assignments": views})


METHOD = query("tools.ozone.report.getAssignments", Access.MEMBER, _Params, _handle)
