"""tools.ozone.safelink.queryEvents: how rules for links changed. A procedure: its lists of URLs are long.

Who asks in rising order gets a cursor with every page that has an event, and reads on from it later.
"""

from typing import Annotated, Literal

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.json import given
from skywarden.api.views.safelinks import link_event_view
from skywarden.moderation.desk.safelinks import LinkQuery, Pattern


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    urls: tuple[str, ...] = ()
    pattern_type: Pattern | None = None
    sort_direction: Literal["asc", "desc"] = "desc"


def _handle(call: Call[None, _Input]) -> object:
    asked = call.body
    page = call.services.desk.safelinks.events(
        LinkQuery(
            urls=asked.urls,
            pattern=asked.pattern_type,
            direction=asked.sort_direction,
            limit=asked.limit,
            cursor=asked.cursor,
        )
    )
    return given({"events": [link_event_view(event) for event in page.rows], "cursor": page.cursor})


METHOD = procedure("tools.ozone.safelink.queryEvents", Access.MEMBER, _Input, _handle)
