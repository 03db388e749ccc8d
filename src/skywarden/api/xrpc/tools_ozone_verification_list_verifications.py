"""tools.ozone.verification.listVerifications: who was verified by whom, and what was taken back."""

import asyncio
from typing import Annotated, Literal

import msgspec

from skywarden.api.formats import DatetimeText, DidText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.verifications import verification_views
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.moderation.desk.verifications import VerificationQuery


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    created_after: DatetimeText | None = None
    created_before: DatetimeText | None = None
    issuers: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=100)] = ()
    subjects: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=100)] = ()
    sort_direction: Literal["asc", "desc"] = "desc"
    is_revoked: bool | None = None


async def _handle(call: Call[_Params, None]) -> object:
    page = await asyncio.to_thread(call.services.desk.verifications.list, _query(call.params))
    views = await verification_views(call, page.rows)
    return given({"verifications": views, "cursor": page.cursor})


def _query(params: _Params) -> VerificationQuery:
    return VerificationQuery(
        issuers=params.issuers,
        subjects=params.subjects,
        created_after_us=None if params.created_after is None else datetime_micros(params.created_after),
        created_before_us=None if params.created_before is None else datetime_micros(params.created_before),
        revoked=params.is_revoked,
        direction=params.sort_direction,
        limit=params.limit,
        cursor=params.cursor,
    )


METHOD = query("tools.ozone.verification.listVerifications", Access.MEMBER, _Params, _handle)
