"""Rules for links and their events to the objects of tools.ozone.safelink.defs."""

import msgspec

from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.safelinks import LinkEvent, StoredLinkRule


class LinkEventView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.safelink.defs#event."""

    id: int
    event_type: str
    url: str
    pattern: str
    action: str
    reason: str
    created_by: Did
    created_at: str
    comment: str | None = None


class LinkRuleView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.safelink.defs#urlRule."""

    url: str
    pattern: str
    action: str
    reason: str
    created_by: Did
    created_at: str
    updated_at: str
    comment: str | None = None


def link_event_view(event: LinkEvent) -> LinkEventView:
    """Show a change of a rule."""
    rule = event.rule
    return LinkEventView(
        id=event.number,
        event_type=event.event_type,
        url=rule.url,
        pattern=rule.pattern,
        action=rule.action,
        reason=rule.reason,
        created_by=event.created_by,
        created_at=datetime_text(event.created_us),
        comment=rule.comment,
    )


def link_rule_view(stored: StoredLinkRule) -> LinkRuleView:
    """Show a rule that holds."""
    rule = stored.rule
    return LinkRuleView(
        url=rule.url,
        pattern=rule.pattern,
        action=rule.action,
        reason=rule.reason,
        created_by=stored.created_by,
        created_at=datetime_text(stored.created_us),
        updated_at=datetime_text(stored.updated_us),
        comment=rule.comment,
    )
