"""query/forget: forget a question of the caller's."""

import msgspec

from skywarden.api.http.asking import ERRORS, investigation
from skywarden.api.method import Access, Call, procedure


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


def _handle(call: Call[None, _Body]) -> object:
    investigation(call.services).saved.delete(call.caller.did, call.body.name)
    return {}


METHOD = procedure("tools.skywarden.query.forget", Access.MEMBER, _Body, _handle, errors=ERRORS)
