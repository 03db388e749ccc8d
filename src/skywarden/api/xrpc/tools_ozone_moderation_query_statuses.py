"""tools.ozone.moderation.queryStatuses: a page of subjects and what moderation holds of them."""

import asyncio
from typing import Annotated, Literal

import msgspec

from skywarden.api.formats import DatetimeText, DidText, NsidText, UriText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.statuses import status_json
from skywarden.kernel.ids import Did
from skywarden.moderation.queries.statuses import StatusFilter, StatusPage, status_page

_SortField = Literal[
    "lastReviewedAt", "lastReportedAt", "reportedRecordsCount", "takendownRecordsCount", "priorityScore"
]


class _Params(StatusFilter, frozen=True, rename="camel", kw_only=True):
    subject: UriText | None = None
    reported_after: DatetimeText | None = None
    reported_before: DatetimeText | None = None
    reviewed_after: DatetimeText | None = None
    reviewed_before: DatetimeText | None = None
    hosting_deleted_after: DatetimeText | None = None
    hosting_deleted_before: DatetimeText | None = None
    hosting_updated_after: DatetimeText | None = None
    hosting_updated_before: DatetimeText | None = None
    ignore_subjects: tuple[UriText, ...] = ()
    last_reviewed_by: DidText | None = None
    sort_field: _SortField = "lastReportedAt"
    sort_direction: Literal["asc", "desc"] = "desc"
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=25)] = ()
    collections: Annotated[tuple[NsidText, ...], msgspec.Meta(max_length=20)] = ()
    min_priority_score: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    min_strike_count: Annotated[int, msgspec.Meta(ge=1)] | None = None


async def _handle(call: Call[_Params, None]) -> object:
    page = await asyncio.to_thread(_page, call)
    handles = await call.services.directory.handles(dict.fromkeys(Did(row.did) for row in page.rows))
    views = [status_json(row, call.now_us, handles.get(Did(row.did))) for row in page.rows]
    return given({"subjectStatuses": views, "cursor": page.cursor})


def _page(call: Call[_Params, None]) -> StatusPage:
    with call.services.database.read() as tx:
        return status_page(tx, call.params, call.now_us)


METHOD = query("tools.ozone.moderation.queryStatuses", Access.MEMBER, _Params, _handle)
