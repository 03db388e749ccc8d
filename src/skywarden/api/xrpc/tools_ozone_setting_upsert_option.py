"""tools.ozone.setting.upsertOption: keep JSON under a key, for the instance or for the caller alone."""

from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import NsidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.views.options import editor_of, option_view
from skywarden.moderation.desk.options import NewOption, Scope


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    key: NsidText
    scope: Scope
    value: msgspec.Raw
    description: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    manager_role: Role | None = None


def _handle(call: Call[None, _Input]) -> object:
    given, options = call.body, call.services.desk.options
    editor = editor_of(call.caller, given.scope)
    text = bytes(given.value).decode().strip()
    if text[:1] not in ("{", "["):
        raise invalid("value", "an object or an array", text[:40])
    manager = given.manager_role if given.scope == "instance" else None
    new = NewOption(given.key, text, given.description, manager)
    stored = options.upsert(options.owner(given.scope, call.caller.did), new, editor)
    return {"option": option_view(stored)}


METHOD = procedure("tools.ozone.setting.upsertOption", Access.MEMBER, _Input, _handle, body_bytes=1024 * 1024)
