"""tools.ozone.report.getHistoricalStats: what happened to reports on each day, newest first."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DatetimeText, DidText
from skywarden.api.method import Access, Call, Role, query
from skywarden.api.views.json import given
from skywarden.api.views.statistics import day_view
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.moderation.desk.pages import page_of, read_number_cursor
from skywarden.moderation.reports.statistics import LAST_DAY, day_of
from skywarden.moderation.reports.tally import Scope


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    queue_id: int | None = None
    moderator_did: DidText | None = None
    report_types: tuple[str, ...] = ()
    start_date: DatetimeText | None = None
    end_date: DatetimeText | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 30
    cursor: str | None = None


def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    if params.moderator_did is not None:
        call.caller.require(Role.ADMIN)
    scope = Scope(params.queue_id, params.moderator_did, frozenset(params.report_types))
    first = 0 if params.start_date is None else day_of(datetime_micros(params.start_date))
    last = LAST_DAY if params.end_date is None else day_of(datetime_micros(params.end_date))
    before = read_number_cursor(params.cursor)
    if before is not None:
        last = min(last, before - 1)
    found = call.services.reports.statistics.history(scope, first, last, params.limit + 1)
    page = page_of(found, params.limit, lambda item: (item.day,))
    worked = params.moderator_did is not None
    return given({"cursor": page.cursor, "stats": [day_view(item, worked=worked) for item in page.rows]})


METHOD = query("tools.ozone.report.getHistoricalStats", Access.MEMBER, _Params, _handle)
