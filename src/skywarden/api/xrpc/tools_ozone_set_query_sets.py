"""tools.ozone.set.querySets: the sets whose name begins so, with their sizes."""

from typing import Annotated, Literal

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.sets import set_view
from skywarden.moderation.desk.sets import SetQuery


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None
    name_prefix: str = ""
    sort_by: Literal["name", "createdAt", "updatedAt"] = "name"
    sort_direction: Literal["asc", "desc"] = "asc"


def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    wanted = SetQuery(params.name_prefix, params.sort_by, params.sort_direction, params.limit, params.cursor)
    page = call.services.desk.sets.query(wanted)
    return given({"sets": [set_view(named) for named in page.rows], "cursor": page.cursor})


METHOD = query("tools.ozone.set.querySets", Access.MODERATOR, _Params, _handle)
