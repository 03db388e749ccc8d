"""tools.ozone.team.updateMember: change a member's role, or whether it may do anything."""

import asyncio

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.views.members import member_views
from skywarden.moderation.desk.team import TeamMember


class _Input(msgspec.Struct, frozen=True):
    did: DidText
    disabled: bool | None = None
    role: Role | None = None


async def _handle(call: Call[None, _Input]) -> object:
    [view] = await member_views(call.services, [await asyncio.to_thread(_update, call)])
    return view


def _update(call: Call[None, _Input]) -> TeamMember:
    given = call.body
    return call.services.desk.team.update(given.did, call.caller.did, role=given.role, disabled=given.disabled)


METHOD = procedure("tools.ozone.team.updateMember", Access.ADMIN, _Input, _handle, errors=("MemberNotFound",))
