"""tools.ozone.safelink.queryRules: the rules for links that hold. A procedure: its lists of URLs are long."""

from typing import Annotated, Literal

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.json import given
from skywarden.api.views.safelinks import link_rule_view
from skywarden.moderation.desk.safelinks import Action, LinkQuery, Pattern, Reason


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    urls: tuple[str, ...] = ()
    pattern_type: Pattern | None = None
    actions: tuple[Action, ...] = ()
    reason: Reason | None = None
    created_by: DidText | None = None
    sort_direction: Literal["asc", "desc"] = "desc"


def _handle(call: Call[None, _Input]) -> object:
    asked = call.body
    page = call.services.desk.safelinks.rules(
        LinkQuery(
            urls=asked.urls,
            pattern=asked.pattern_type,
            actions=asked.actions,
            reason=asked.reason,
            created_by=asked.created_by,
            direction=asked.sort_direction,
            limit=asked.limit,
            cursor=asked.cursor,
        )
    )
    return given({"rules": [link_rule_view(stored) for stored in page.rows], "cursor": page.cursor})


METHOD = procedure("tools.ozone.safelink.queryRules", Access.MEMBER, _Input, _handle)
