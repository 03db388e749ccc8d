"""query/history: list what the caller asked, newest first, with how long it took."""

from skywarden.api.http.asking import investigation
from skywarden.api.method import Access, Call, query

_MOST = 200


def _handle(call: Call[None, None]) -> object:
    return {"runs": investigation(call.services).saved.recent(call.caller.did, _MOST)}


METHOD = query("tools.skywarden.query.history", Access.MEMBER, None, _handle)
