"""tools.ozone.setting.removeOptions: forget options of the instance, or the caller's own; all of them or none."""

from typing import Annotated

import msgspec

from skywarden.api.formats import NsidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.options import editor_of
from skywarden.moderation.desk.options import Scope


class _Input(msgspec.Struct, frozen=True):
    keys: Annotated[tuple[NsidText, ...], msgspec.Meta(min_length=1, max_length=200)]
    scope: Scope


def _handle(call: Call[None, _Input]) -> object:
    given, options = call.body, call.services.desk.options
    options.remove(options.owner(given.scope, call.caller.did), given.keys, editor_of(call.caller, given.scope))
    return {}


METHOD = procedure("tools.ozone.setting.removeOptions", Access.MEMBER, _Input, _handle)
