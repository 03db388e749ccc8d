"""What a member asks moderation to do, to the event that moderation takes: who may do it, and by whose name."""

from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.caller import Caller
from skywarden.api.formats import CidText, DidText
from skywarden.api.services import Services
from skywarden.api.views.subjects_given import GivenSubject, subject_given
from skywarden.model.subject import Subject
from skywarden.model.team import Role
from skywarden.moderation.events import (
    AgeAssuranceOverrideEvent,
    AgeAssurancePurgeEvent,
    ModEvent,
    ModEventLabel,
    ModEventReport,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    RevokeAccountCredentialsEvent,
)
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.reasons import REASON_TYPES, report_tag
from skywarden.moderation.reports.acting import ReportAction
from skywarden.moderation.tag_policy import OPEN_TAGS, TagPolicy, TagRight

FEED_GENERATOR = "app.bsky.feed.generator"
_EXTERNAL_ID_CHARACTERS = 512
_MODERATORS_ONLY = (
    ModEventTakedown,
    ModEventReverseTakedown,
    ModEventLabel,
    AgeAssuranceOverrideEvent,
    AgeAssurancePurgeEvent,
)
_OF_TAGS = (ModEventTag, ModEventTakedown, ModEventReverseTakedown)


class ModTool(msgspec.Struct, frozen=True, omit_defaults=True):
    """tools.ozone.moderation.defs#modTool."""

    name: str
    meta: dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class GivenEvent(msgspec.Struct, frozen=True, rename="camel"):
    """The input of tools.ozone.moderation.emitEvent."""

    event: ModEvent
    subject: GivenSubject
    created_by: DidText
    subject_blob_cids: tuple[CidText, ...] = ()
    mod_tool: ModTool | None = None
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=_EXTERNAL_ID_CHARACTERS)] | None = None
    report_action: ReportAction | None = None


def new_event(given: GivenEvent, caller: Caller, services: Services) -> NewEvent:
    """The event, if this caller may make it. Raises: Rejected Forbidden or InvalidRequest."""
    event, subject = given.event, subject_given(given.subject)
    _require_role(caller, event, subject)
    if isinstance(event, ModEventReport) and event.report_type not in REASON_TYPES:
        raise invalid("event.reportType", "a reason type of the lexicons", repr(event.report_type[:200]))
    return NewEvent(
        event=event,
        subject=subject,
        created_by=caller.author(given.created_by),
        subject_blob_cids=given.subject_blob_cids,
        mod_tool_json=None if given.mod_tool is None else msgspec.json.encode(given.mod_tool).decode(),
        external_id=given.external_id,
        report_action=given.report_action,
        actor=caller.did,
        tag_policy=_tag_policy(caller, services) if isinstance(event, _OF_TAGS) else OPEN_TAGS,
        auto_tags=(report_tag(event.report_type),) if isinstance(event, ModEventReport) else (),
    )


def _require_role(caller: Caller, event: ModEvent, subject: Subject) -> None:
    """What needs more than being a member of the team. Raises: Rejected Forbidden."""
    if isinstance(event, _MODERATORS_ONLY):
        caller.require(Role.MODERATOR)
    of_feed = subject.record_path.startswith(f"{FEED_GENERATOR}/")
    if isinstance(event, RevokeAccountCredentialsEvent) or (isinstance(event, ModEventTakedown) and of_feed):
        caller.require(Role.ADMIN)


def _tag_policy(caller: Caller, services: Services) -> TagPolicy:
    """The protected tags, as this caller meets them."""
    protected = services.desk.options.protected_tags()
    if not protected:
        return OPEN_TAGS
    rights = {
        tag: TagRight(
            None if given.roles is None else frozenset(given.roles),
            None if given.moderators is None else frozenset(given.moderators),
        )
        for tag, given in protected.items()
    }
    return TagPolicy(rights, caller.did, caller.role or "")
