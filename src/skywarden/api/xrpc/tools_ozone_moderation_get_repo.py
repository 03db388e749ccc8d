"""tools.ozone.moderation.getRepo: all that is known of one account."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Answer, Call, query
from skywarden.api.views.facts import gather_facts, viewer_of
from skywarden.api.views.repos import repo_detail
from skywarden.kernel.errors import Rejected


class _Params(msgspec.Struct, frozen=True):
    did: DidText


async def _handle(call: Call[_Params, None]) -> object:
    viewer, did = viewer_of(call), call.params.did
    repo = repo_detail(await gather_facts(viewer, [did], (), labels=True), did)
    if repo is None:
        raise Rejected("RepoNotFound", place=did, expected="an account that somebody knows")
    return Answer(repo, viewer.headers)


METHOD = query("tools.ozone.moderation.getRepo", Access.MEMBER, _Params, _handle, errors=("RepoNotFound",))
