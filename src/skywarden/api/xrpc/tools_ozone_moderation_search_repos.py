"""tools.ozone.moderation.searchRepos: accounts by DID, by handle or by words of their profile."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.api.upstream import Upstream
from skywarden.api.views.facts import gather_facts, viewer_of
from skywarden.api.views.repos import repo_view
from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.syntax.handle import is_handle
from skywarden.kernel.ids import Did

_SEARCH, _RESOLVE = "app.bsky.actor.searchActors", "com.atproto.identity.resolveHandle"
_NOT_SERVED = (404, 501)


class _Params(msgspec.Struct, frozen=True):
    q: str | None = None
    term: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


class _Actor(msgspec.Struct, frozen=True):
    did: Did


class _Found(msgspec.Struct, frozen=True):
    actors: list[_Actor]
    cursor: str | None = None


async def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    words = ((params.q if params.q is not None else params.term) or "").strip()
    if words.startswith("did:"):
        found = _Found([_Actor(Did(words))] if is_did(words) else [])
    else:
        found = await _search(call.services.upstreams.appview, words, params)
    dids = [actor.did for actor in found.actors]
    facts = await gather_facts(viewer_of(call), dids, (), labels=False)
    repos = [repo for did in dids if (repo := repo_view(facts, did)) is not None]
    return {"repos": repos} | ({} if found.cursor is None else {"cursor": found.cursor})


async def _search(appview: Upstream, words: str, params: _Params) -> _Found:
    """Ask the AppView; one that cannot search may still know a whole handle. Raises: UpstreamFailure."""
    given = [("q", words), ("limit", str(params.limit))]
    answer = await appview.get(_SEARCH, given if params.cursor is None else [*given, ("cursor", params.cursor)])
    if answer.status not in _NOT_SERVED:
        return answer.read(_Found)
    handle = words.removeprefix("@").lower()
    if not is_handle(handle):
        return _Found([])
    resolved = await appview.get(_RESOLVE, [("handle", handle)])
    return _Found([resolved.read(_Actor)] if resolved.status == 200 else [])


METHOD = query("tools.ozone.moderation.searchRepos", Access.MEMBER, _Params, _handle)
