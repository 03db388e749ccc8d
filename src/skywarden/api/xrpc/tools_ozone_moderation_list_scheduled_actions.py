"""tools.ozone.moderation.listScheduledActions: scheduled actions, newest first. A procedure: its lists are long."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DatetimeText, DidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.names import INVALID_REQUEST
from skywarden.api.views.json import given
from skywarden.api.views.scheduled import scheduled_action_view
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.scheduled import ActionFilter, ActionState


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    statuses: Annotated[tuple[ActionState, ...], msgspec.Meta(min_length=1)]
    starts_after: DatetimeText | None = None
    ends_before: DatetimeText | None = None
    subjects: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=100)] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


def _handle(call: Call[None, _Input]) -> object:
    asked = call.body
    wanted = ActionFilter(asked.statuses, asked.subjects, _micros(asked.starts_after), _micros(asked.ends_before))
    found = call.services.scheduled.page(wanted, asked.limit + 1, _before(asked.cursor))
    page = found[: asked.limit]
    cursor = str(page[-1].id) if len(found) > len(page) else None
    return given({"actions": [scheduled_action_view(action) for action in page], "cursor": cursor})


def _micros(text: str | None) -> UtcMicros | None:
    return None if text is None else datetime_micros(text)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise Rejected(INVALID_REQUEST, place="cursor", expected="the cursor of a page", found=cursor[:40])
    return int(cursor)


METHOD = procedure("tools.ozone.moderation.listScheduledActions", Access.MEMBER, _Input, _handle)
