"""tools.ozone.set.deleteSet: forget a set with all its values."""

import msgspec

from skywarden.api.method import Access, Call, procedure


class _Input(msgspec.Struct, frozen=True):
    name: str


def _handle(call: Call[None, _Input]) -> object:
    call.services.desk.sets.delete(call.body.name, call.caller.did)
    return {}


METHOD = procedure("tools.ozone.set.deleteSet", Access.MODERATOR, _Input, _handle, errors=("SetNotFound",))
