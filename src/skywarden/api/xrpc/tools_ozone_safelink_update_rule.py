"""tools.ozone.safelink.updateRule: decide anew what happens to links to a URL or a domain."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.safelinks import link_event_view
from skywarden.moderation.desk.safelinks import Action, LinkRule, Pattern, Reason


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    url: str
    pattern: Pattern
    action: Action
    reason: Reason
    comment: str | None = None
    created_by: DidText | None = None


def _handle(call: Call[None, _Input]) -> object:
    given = call.body
    rule = LinkRule(given.url, given.pattern, given.action, given.reason, given.comment)
    return link_event_view(call.services.desk.safelinks.update(rule, call.caller.author(given.created_by)))


METHOD = procedure("tools.ozone.safelink.updateRule", Access.MODERATOR, _Input, _handle, errors=("RuleNotFound",))
