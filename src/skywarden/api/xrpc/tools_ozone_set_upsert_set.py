"""tools.ozone.set.upsertSet: make a set of values, or describe it anew."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.text_length import require_length
from skywarden.api.views.sets import set_view
from skywarden.moderation.desk.sets import SET_NAME_BYTES, SET_NAME_LEAST

_DESCRIPTION_BYTES = 10_240
_DESCRIPTION_GRAPHEMES = 1_024


class _Input(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=SET_NAME_LEAST, max_length=SET_NAME_BYTES)]
    description: Annotated[str, msgspec.Meta(max_length=_DESCRIPTION_BYTES)] | None = None


def _handle(call: Call[None, _Input]) -> object:
    given = call.body
    require_length(
        "description", given.description, most_bytes=_DESCRIPTION_BYTES, most_graphemes=_DESCRIPTION_GRAPHEMES
    )
    return set_view(call.services.desk.sets.upsert(given.name, given.description, call.caller.did))


METHOD = procedure("tools.ozone.set.upsertSet", Access.MODERATOR, _Input, _handle)
