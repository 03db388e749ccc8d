"""Members of the team to tools.ozone.team.defs#member, with their profiles where the network knows them."""

from collections.abc import Mapping, Sequence

import msgspec

from skywarden.api.directory import AccountInfo
from skywarden.api.services import Services
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.model.team import Role
from skywarden.moderation.desk.team import TeamMember


class MemberView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.team.defs#member."""

    did: Did
    role: Role
    disabled: bool
    created_at: str
    updated_at: str
    last_updated_by: Did
    profile: msgspec.Raw | None = None


async def member_views(services: Services, members: Sequence[TeamMember]) -> list[MemberView]:
    """Show members; a profile that cannot be had now is absent."""
    known = await services.directory.accounts([member.did for member in members])
    return [_view(member, known) for member in members]


def _view(member: TeamMember, known: Mapping[Did, AccountInfo]) -> MemberView:
    info = known.get(member.did)
    return MemberView(
        did=member.did,
        role=member.role,
        disabled=member.disabled,
        created_at=datetime_text(member.created_us),
        updated_at=datetime_text(member.updated_us),
        last_updated_by=member.last_updated_by,
        profile=None if info is None else info.profile,
    )
