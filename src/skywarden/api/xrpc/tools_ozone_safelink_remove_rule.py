"""tools.ozone.safelink.removeRule: let links to a URL or a domain be as they are."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.safelinks import link_event_view
from skywarden.moderation.desk.safelinks import Pattern


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    url: str
    pattern: Pattern
    comment: str | None = None
    created_by: DidText | None = None


def _handle(call: Call[None, _Input]) -> object:
    given, author = call.body, call.caller.author(call.body.created_by)
    return link_event_view(call.services.desk.safelinks.remove(given.url, given.pattern, given.comment, author))


METHOD = procedure("tools.ozone.safelink.removeRule", Access.MODERATOR, _Input, _handle, errors=("RuleNotFound",))
