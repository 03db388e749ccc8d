"""tools.ozone.report.queryActivities: what was done to reports, for those who follow it; none is skipped."""

import asyncio
import re
from typing import Annotated, Literal

import msgspec

from skywarden.api.formats import DatetimeText
from skywarden.api.method import Access, Call, query
from skywarden.api.names import INVALID_REQUEST
from skywarden.api.views.activities import REPORT_DEFS, activity_views
from skywarden.api.views.json import given
from skywarden.api.views.reports import report_views
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.activities import ActivityFilter, StoredActivity
from skywarden.moderation.reports.machine import Activity
from skywarden.moderation.reports.query import reports_by_id

_CURSOR = re.compile(r"[0-9]{1,18}::([0-9]{1,18})")
_KINDS = {kind.value: kind for kind in Activity}


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    activity_types: tuple[str, ...] = ()
    created_after: DatetimeText | None = None
    created_before: DatetimeText | None = None
    sort_direction: Literal["asc", "desc"] = "desc"
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


async def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    found = await asyncio.to_thread(call.services.reports.activities.page, _filter(params))
    shown = found[: params.limit]
    ids = list({item.report_id for item in shown})
    reports = await report_views(call, lambda tx: reports_by_id(tx, ids, call.now_us)) if ids else []
    views = await activity_views(call.services, shown, {view.id: view for view in reports})
    cursor = _cursor(shown[-1]) if len(found) > params.limit else None
    return given({"cursor": cursor, "activities": views})


def _filter(params: _Params) -> ActivityFilter:
    return ActivityFilter(
        kinds=[_kind(name) for name in params.activity_types],
        since_us=None if params.created_after is None else datetime_micros(params.created_after),
        until_us=None if params.created_before is None else datetime_micros(params.created_before),
        ascending=params.sort_direction == "asc",
        beyond=None if params.cursor is None else _beyond(params.cursor),
        limit=params.limit + 1,
    )


def _kind(name: str) -> Activity:
    kind = _KINDS.get(name.removeprefix(REPORT_DEFS))
    if kind is None:
        raise Rejected(INVALID_REQUEST, place="activityTypes", expected=", ".join(_KINDS), found=name[:80])
    return kind


def _cursor(last: StoredActivity) -> str:
    """The lexicon says what it looks like; the id alone says where the next page begins."""
    return f"{last.created_us // 1_000}::{last.id}"


def _beyond(cursor: str) -> int:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise Rejected(INVALID_REQUEST, place="cursor", expected="the cursor of a page before this", found=cursor[:80])
    return int(match[1])


METHOD = query("tools.ozone.report.queryActivities", Access.MEMBER, _Params, _handle)
