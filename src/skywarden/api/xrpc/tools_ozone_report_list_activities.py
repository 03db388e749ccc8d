"""tools.ozone.report.listActivities: what was done to one report, newest first."""

import asyncio
from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.api.views.activities import activity_views
from skywarden.api.views.json import given
from skywarden.moderation.desk.pages import page_of, read_number_cursor
from skywarden.moderation.reports.activities import ActivityFilter


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    report_id: int
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


async def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    beyond = read_number_cursor(params.cursor)
    asked = ActivityFilter(report_id=params.report_id, beyond=beyond, limit=params.limit + 1)
    found = await asyncio.to_thread(call.services.reports.activities.page, asked)
    page = page_of(found, params.limit, lambda item: (item.id,))
    return given({"cursor": page.cursor, "activities": await activity_views(call.services, page.rows)})


METHOD = query("tools.ozone.report.listActivities", Access.MEMBER, _Params, _handle)
