"""tools.ozone.setting.upsertOption: keep JSON under a key, for the instance or for the caller alone."""

from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import NsidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.text_length import require_length
from skywarden.api.views.options import editor_of, option_view
from skywarden.moderation.desk.options import NewOption, Scope

_DESCRIPTION_BYTES = 2_000


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    key: NsidText
    scope: Scope
    value: msgspec.Raw
    description: Annotated[str, msgspec.Meta(max_length=_DESCRIPTION_BYTES)] | None = None
    manager_role: Role | None = None


def _handle(call: Call[None, _Input]) -> object:
    given, options = call.body, call.services.desk.options
    editor = editor_of(call.caller, given.scope)
    require_length("description", given.description, most_bytes=_DESCRIPTION_BYTES)
    text = _json(given.value)
    manager = given.manager_role if given.scope == "instance" else None
    new = NewOption(given.key, text, given.description, manager)
    stored = options.upsert(options.owner(given.scope, call.caller.did), new, editor)
    return {"option": option_view(stored)}


def _json(value: msgspec.Raw) -> str:
    """The value as it came, once it is known to be sound: what lies inside was not looked at when the body was read."""
    try:
        found = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid("value", "JSON", str(error)) from error
    if not isinstance(found, (dict, list)):
        raise invalid("value", "an object or an array", repr(found)[:40])
    return bytes(value).decode().strip()


METHOD = procedure("tools.ozone.setting.upsertOption", Access.MEMBER, _Input, _handle, body_bytes=1024 * 1024)
