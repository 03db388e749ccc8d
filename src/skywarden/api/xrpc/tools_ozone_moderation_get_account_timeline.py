"""tools.ozone.moderation.getAccountTimeline: how often what happened to an account, day by day."""

import asyncio

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.timeline import Tally, hosting_tally, identity_tally, moderation_tally, timeline
from skywarden.kernel.errors import Rejected


class _Params(msgspec.Struct, frozen=True):
    did: DidText


async def _handle(call: Call[_Params, None]) -> object:
    services, did = call.services, call.params.did
    moderation, hosting, identity = await asyncio.gather(
        asyncio.to_thread(moderation_tally, services.database, did),
        hosting_tally(services.upstreams.pds, did),
        services.directory.plc.history(did),
    )
    tallies: list[Tally] = [moderation]
    if hosting is not None:
        tallies.append(hosting)
    if identity is not None:
        tallies.append(identity_tally(identity, with_handles=hosting is None))
    days = timeline(tallies)
    if not days and did not in await services.directory.accounts([did]):
        raise Rejected("RepoNotFound", place=did, expected="an account that somebody knows")
    return {"timeline": days}


METHOD = query("tools.ozone.moderation.getAccountTimeline", Access.MEMBER, _Params, _handle, errors=("RepoNotFound",))
