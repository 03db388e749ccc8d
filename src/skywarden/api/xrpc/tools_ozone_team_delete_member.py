"""tools.ozone.team.deleteMember: take an account out of the team."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, procedure


class _Input(msgspec.Struct, frozen=True):
    did: DidText


def _handle(call: Call[None, _Input]) -> None:
    call.services.desk.team.delete(call.body.did, call.caller.did)


METHOD = procedure(
    "tools.ozone.team.deleteMember", Access.ADMIN, _Input, _handle, errors=("MemberNotFound", "CannotDeleteSelf")
)
