"""tools.ozone.set.deleteValues: take values out of a set; those it does not hold are passed over."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, procedure


class _Input(msgspec.Struct, frozen=True):
    name: str
    values: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


def _handle(call: Call[None, _Input]) -> None:
    call.services.desk.sets.delete_values(call.body.name, call.body.values, call.caller.did)


METHOD = procedure(
    "tools.ozone.set.deleteValues",
    Access.MODERATOR,
    _Input,
    _handle,
    errors=("SetNotFound",),
    body_bytes=4 * 1024 * 1024,
)
