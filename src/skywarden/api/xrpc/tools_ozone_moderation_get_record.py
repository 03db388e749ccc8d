"""tools.ozone.moderation.getRecord: all that is known of one record, or of one version of it."""

from dataclasses import replace

import msgspec

from skywarden.api.formats import AtUriText, CidText
from skywarden.api.method import Access, Answer, Call, query
from skywarden.api.views.facts import gather_facts, viewer_of
from skywarden.api.views.records import record_detail
from skywarden.kernel.errors import Rejected


class _Params(msgspec.Struct, frozen=True):
    uri: AtUriText
    cid: CidText | None = None


async def _handle(call: Call[_Params, None]) -> object:
    viewer, uri, cid = viewer_of(call), call.params.uri, call.params.cid
    facts = await gather_facts(viewer, (), [uri], labels=True)
    if cid is not None:
        version = await call.services.directory.version(uri, cid)
        facts = replace(facts, records={} if version is None else {uri: version})
    record = record_detail(facts, uri)
    if record is None:
        raise Rejected("RecordNotFound", place=uri[:200], expected="a record that somebody has")
    return Answer(record, viewer.headers)


METHOD = query("tools.ozone.moderation.getRecord", Access.MEMBER, _Params, _handle, errors=("RecordNotFound",))
