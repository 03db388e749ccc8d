"""tools.ozone.team.listMembers: who is in the team, by role, state or any part of a name."""

import asyncio
from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, Role, query
from skywarden.api.views.json import given
from skywarden.api.views.members import member_views
from skywarden.moderation.desk.team import MemberQuery


class _Params(msgspec.Struct, frozen=True):
    q: str = ""
    disabled: bool | None = None
    roles: tuple[str, ...] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


async def _handle(call: Call[_Params, None]) -> object:
    page = await asyncio.to_thread(call.services.desk.team.list, _query(call.params))
    return given({"members": await member_views(call.services, page.rows), "cursor": page.cursor})


def _query(params: _Params) -> MemberQuery:
    # A role that nobody has heard of is a role that nobody has: no member is found by it.
    roles = None if params.roles is None else frozenset(role for role in Role if role.value in params.roles)
    return MemberQuery(params.q, params.disabled, roles, params.limit, params.cursor)


METHOD = query("tools.ozone.team.listMembers", Access.MEMBER, _Params, _handle)
