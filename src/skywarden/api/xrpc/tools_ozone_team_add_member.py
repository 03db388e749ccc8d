"""tools.ozone.team.addMember: make an account a member of the team."""

import asyncio

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.views.members import member_views


class _Input(msgspec.Struct, frozen=True):
    did: DidText
    role: Role


async def _handle(call: Call[None, _Input]) -> object:
    given = call.body
    made = await asyncio.to_thread(call.services.desk.team.add, given.did, given.role, call.caller.did)
    [view] = await member_views(call.services, [made])
    return view


METHOD = procedure("tools.ozone.team.addMember", Access.ADMIN, _Input, _handle, errors=("MemberAlreadyExists",))
