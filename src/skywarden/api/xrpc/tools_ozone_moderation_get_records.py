"""tools.ozone.moderation.getRecords: all that is known of several records, in the order asked for."""

from typing import Annotated

import msgspec

from skywarden.api.formats import AtUriText
from skywarden.api.method import Access, Answer, Call, query
from skywarden.api.views.facts import Facts, gather_facts, viewer_of
from skywarden.api.views.json import Json
from skywarden.api.views.records import record_detail, record_not_found
from skywarden.api.views.statuses import DEFS


class _Params(msgspec.Struct, frozen=True):
    uris: Annotated[tuple[AtUriText, ...], msgspec.Meta(max_length=100)]


async def _handle(call: Call[_Params, None]) -> object:
    viewer = viewer_of(call)
    facts = await gather_facts(viewer, (), call.params.uris, labels=True)
    records = [_entry(facts, uri) for uri in call.params.uris]
    return Answer({"records": records}, viewer.headers)


def _entry(facts: Facts, uri: str) -> Json:
    record = record_detail(facts, uri)
    return record_not_found(uri) if record is None else {"$type": DEFS + "recordViewDetail", **record}


METHOD = query("tools.ozone.moderation.getRecords", Access.MEMBER, _Params, _handle)
