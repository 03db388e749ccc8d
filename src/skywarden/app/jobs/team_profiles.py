"""The job that copies handles and display names of the team from the network, so that members are found by them."""

import asyncio

import msgspec

from skywarden.api.directory import AccountInfo, Directory
from skywarden.kernel.errors import Retryable
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.team import TeamService
from skywarden.moderation.jobs import Job, Ran, Turn


class _Profile(msgspec.Struct, frozen=True, rename="camel"):
    display_name: str | None = None


def team_profiles_job(team: TeamService, directory: Directory, every_s: float) -> Job:
    """Those whom nobody knows at the moment keep the names that they had."""

    async def copy(_turn: Turn) -> Ran:
        members = await asyncio.to_thread(team.members)
        known = await directory.accounts([member.did for member in members])
        if members and not known:
            raise Retryable(f"none of {len(members)} members is known; expected a profile from AppView, PDS or PLC")
        names: dict[Did, tuple[str, str | None]] = {
            did: (info.handle, _display_name(info)) for did, info in known.items()
        }
        await asyncio.to_thread(team.note_profiles, names)
        return Ran(len(names))

    return Job("team-profiles", every_s, "copies the team's handles and display names from the network", copy)


def _display_name(info: AccountInfo) -> str | None:
    return None if info.profile is None else msgspec.json.decode(info.profile, type=_Profile).display_name
