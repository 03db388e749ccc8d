"""tools.ozone.set.getValues: what a set holds, in the order it came."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.sets import set_view


class _Params(msgspec.Struct, frozen=True):
    name: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    cursor: str | None = None


def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    named, page = call.services.desk.sets.values(params.name, params.limit, params.cursor)
    return given({"set": set_view(named), "values": page.rows, "cursor": page.cursor})


METHOD = query("tools.ozone.set.getValues", Access.MODERATOR, _Params, _handle, errors=("SetNotFound",))
