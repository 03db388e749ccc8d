"""tools.ozone.moderation.getRepos: all that is known of several accounts, in the order asked for."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Answer, Call, query
from skywarden.api.views.facts import Facts, gather_facts, viewer_of
from skywarden.api.views.json import Json
from skywarden.api.views.repos import repo_detail, repo_not_found
from skywarden.api.views.statuses import DEFS
from skywarden.kernel.ids import Did


class _Params(msgspec.Struct, frozen=True):
    dids: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=100)]


async def _handle(call: Call[_Params, None]) -> object:
    viewer = viewer_of(call)
    facts = await gather_facts(viewer, call.params.dids, (), labels=True)
    repos = [_entry(facts, did) for did in call.params.dids]
    return Answer({"repos": repos}, viewer.headers)


def _entry(facts: Facts, did: Did) -> Json:
    repo = repo_detail(facts, did)
    return repo_not_found(did) if repo is None else {"$type": DEFS + "repoViewDetail", **repo}


METHOD = query("tools.ozone.moderation.getRepos", Access.MEMBER, _Params, _handle)
