"""query/saved: list the caller's questions and those that are shared."""

from skywarden.api.http.asking import investigation
from skywarden.api.method import Access, Call, query


def _handle(call: Call[None, None]) -> object:
    return {"queries": investigation(call.services).saved.visible(call.caller.did)}


METHOD = query("tools.skywarden.query.saved", Access.MEMBER, None, _handle)
