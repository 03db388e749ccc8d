"""tools.ozone.report.queryReports: reports by state, queue, subject, type and time, a page at a time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection

from skywarden.api.formats import DatetimeText, DidText, NsidText, UriText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.reports import report_views
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.desk.pages import read_time_cursor, write_cursor
from skywarden.moderation.reports.query import Place, ReportFilter, ReportRow, place_of, query_reports


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    status: str
    queue_id: int | None = None
    report_types: tuple[str, ...] = ()
    subject: UriText | None = None
    did: DidText | None = None
    subject_type: str | None = None
    collections: Annotated[tuple[NsidText, ...], msgspec.Meta(max_length=20)] = ()
    reported_after: DatetimeText | None = None
    reported_before: DatetimeText | None = None
    is_muted: bool = False
    assigned_to: DidText | None = None
    sort_field: Literal["createdAt", "updatedAt"] = "createdAt"
    sort_direction: Literal["asc", "desc"] = "desc"
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


async def _handle(call: Call[_Params, None]) -> object:
    asked = _filter(call.params)
    found: list[ReportRow] = []

    # One row more than asked for tells whether there is a next page.
    def read(tx: Connection) -> Sequence[ReportRow]:
        found.extend(query_reports(tx, replace(asked, limit=asked.limit + 1), call.now_us))
        return found[: asked.limit]

    views = await report_views(call, read)
    cursor = None
    if len(found) > asked.limit:
        place = place_of(found[asked.limit - 1], asked.sort)
        cursor = write_cursor(place.at_us, place.id)
    return given({"cursor": cursor, "reports": views})


def _filter(params: _Params) -> ReportFilter:
    beyond = read_time_cursor(params.cursor)
    return ReportFilter(
        state=params.status,
        queue_id=params.queue_id,
        report_types=params.report_types,
        subject=params.subject,
        did=params.did,
        subject_type=params.subject_type,
        collections=params.collections,
        reported_after_us=_micros(params.reported_after),
        reported_before_us=_micros(params.reported_before),
        is_muted=params.is_muted,
        assigned_to=params.assigned_to,
        sort="updated" if params.sort_field == "updatedAt" else "created",
        ascending=params.sort_direction == "asc",
        beyond=None if beyond is None else Place(*beyond),
        limit=params.limit,
    )


def _micros(text: str | None) -> UtcMicros | None:
    return None if text is None else datetime_micros(text)


METHOD = query("tools.ozone.report.queryReports", Access.MEMBER, _Params, _handle)
