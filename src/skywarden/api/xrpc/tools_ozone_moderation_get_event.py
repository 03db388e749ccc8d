"""tools.ozone.moderation.getEvent: one moderation event, with its subject as it is now."""

import asyncio
from typing import Any

import msgspec
from sqlalchemy import Row

from skywarden.api.method import Access, Call, query
from skywarden.api.views.events import event_detail
from skywarden.api.views.facts import viewer_of
from skywarden.api.views.subjects import event_subject
from skywarden.kernel.errors import Rejected
from skywarden.moderation.queries.events import one_event


class _Params(msgspec.Struct, frozen=True):
    id: int


async def _handle(call: Call[_Params, None]) -> object:
    row = await asyncio.to_thread(_event, call)
    viewer = viewer_of(call)
    subject = await event_subject(viewer, row.did if row.convo_id else row.uri, row.convo_id)
    records = await call.services.directory.records([row.uri]) if row.blob_cids_json and row.record_path else {}
    return event_detail(row, subject, records.get(row.uri))


def _event(call: Call[_Params, None]) -> Row[Any]:
    with call.services.database.read() as tx:
        row = one_event(tx, call.params.id)
    if row is None:
        raise Rejected("InvalidRequest", place="id", expected="the id of an event", found=str(call.params.id))
    return row


METHOD = query("tools.ozone.moderation.getEvent", Access.MEMBER, _Params, _handle)
