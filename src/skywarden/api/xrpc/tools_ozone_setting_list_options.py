"""tools.ozone.setting.listOptions: options of the instance, or the caller's own."""

from typing import Annotated

import msgspec

from skywarden.api.formats import NsidText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.json import given
from skywarden.api.views.options import editor_of, option_view
from skywarden.moderation.desk.options import OptionQuery, Scope


class _Params(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None
    scope: Scope = "instance"
    prefix: str = ""
    keys: Annotated[tuple[NsidText, ...], msgspec.Meta(max_length=100)] = ()


def _handle(call: Call[_Params, None]) -> object:
    params, options = call.params, call.services.desk.options
    owner = options.owner(params.scope, editor_of(call.caller, params.scope).did)
    page = options.list(OptionQuery(owner, params.prefix, params.keys, params.limit, params.cursor))
    return given({"options": [option_view(option) for option in page.rows], "cursor": page.cursor})


METHOD = query("tools.ozone.setting.listOptions", Access.MEMBER, _Params, _handle)
