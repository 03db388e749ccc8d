"""tools.ozone.moderation.queryEvents: a page of moderation events."""

import asyncio
from typing import Annotated, Literal

import msgspec

from skywarden.api.formats import DatetimeText, DidText, NsidText, UriText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.events import event_view
from skywarden.api.views.json import given
from skywarden.kernel.ids import Did
from skywarden.moderation.queries.events import EventFilter, EventPage, event_page


class _Params(EventFilter, frozen=True, rename="camel", kw_only=True):
    created_by: DidText | None = None
    sort_direction: Literal["asc", "desc"] = "desc"
    created_after: DatetimeText | None = None
    created_before: DatetimeText | None = None
    subject: UriText | None = None
    collections: Annotated[tuple[NsidText, ...], msgspec.Meta(max_length=20)] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


async def _handle(call: Call[_Params, None]) -> object:
    page = await asyncio.to_thread(_page, call)
    dids = dict.fromkeys(Did(did) for row in page.rows for did in (row.did, row.created_by))
    handles = await call.services.directory.handles(dids)
    return given({"events": [event_view(row, handles) for row in page.rows], "cursor": page.cursor})


def _page(call: Call[_Params, None]) -> EventPage:
    with call.services.database.read() as tx:
        return event_page(tx, call.params)


METHOD = query("tools.ozone.moderation.queryEvents", Access.MEMBER, _Params, _handle)
