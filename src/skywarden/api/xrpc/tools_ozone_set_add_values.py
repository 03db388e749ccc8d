"""tools.ozone.set.addValues: put values into a set; those it holds already stay."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, procedure


class _Input(msgspec.Struct, frozen=True):
    name: str
    values: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1000)]


def _handle(call: Call[None, _Input]) -> None:
    call.services.desk.sets.add_values(call.body.name, call.body.values, call.caller.did)


METHOD = procedure("tools.ozone.set.addValues", Access.MODERATOR, _Input, _handle, body_bytes=4 * 1024 * 1024)
