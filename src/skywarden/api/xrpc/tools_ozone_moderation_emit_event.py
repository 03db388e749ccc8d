"""tools.ozone.moderation.emitEvent: one moderation event, by the door that all use."""

from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import CidText, DidText
from skywarden.api.method import Access, Call, Role, procedure
from skywarden.api.views.events import stored_event_view
from skywarden.api.views.subjects_given import GivenSubject, subject_given
from skywarden.model.subject import Subject
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
_ERRORS = ("SubjectHasAction", "DuplicateExternalId", "AlreadyAppealed")


class ModTool(msgspec.Struct, frozen=True, omit_defaults=True):
    """tools.ozone.moderation.defs#modTool."""

    name: str
    meta: dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    event: ModEvent
    subject: GivenSubject
    created_by: DidText
    subject_blob_cids: tuple[CidText, ...] = ()
    mod_tool: ModTool | None = None
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=_EXTERNAL_ID_CHARACTERS)] | None = None
    report_action: ReportAction | None = None


def _handle(call: Call[None, _Input]) -> object:
    given, event = call.body, call.body.event
    subject = subject_given(given.subject)
    _require_role(call, event, subject)
    if isinstance(event, ModEventReport) and event.report_type not in REASON_TYPES:
        raise invalid("event.reportType", "a reason type of the lexicons", repr(event.report_type[:200]))
    stored = call.services.moderation.emit(
        NewEvent(
            event=event,
            subject=subject,
            created_by=call.caller.author(given.created_by),
            subject_blob_cids=given.subject_blob_cids,
            mod_tool_json=None if given.mod_tool is None else msgspec.json.encode(given.mod_tool).decode(),
            external_id=given.external_id,
            report_action=given.report_action,
            actor=call.caller.did,
            tag_policy=_tag_policy(call) if isinstance(event, _OF_TAGS) else OPEN_TAGS,
            auto_tags=(report_tag(event.report_type),) if isinstance(event, ModEventReport) else (),
        )
    )
    return stored_event_view(stored)


def _require_role(call: Call[None, _Input], event: ModEvent, subject: Subject) -> None:
    """What needs more than being a member of the team. Raises: Rejected Forbidden."""
    if isinstance(event, _MODERATORS_ONLY):
        call.caller.require(Role.MODERATOR)
    of_feed = subject.record_path.startswith(f"{FEED_GENERATOR}/")
    if isinstance(event, RevokeAccountCredentialsEvent) or (isinstance(event, ModEventTakedown) and of_feed):
        call.caller.require(Role.ADMIN)


def _tag_policy(call: Call[None, _Input]) -> TagPolicy:
    """The protected tags, as this caller meets them."""
    protected = call.services.desk.options.protected_tags()
    if not protected:
        return OPEN_TAGS
    rights = {
        tag: TagRight(
            None if given.roles is None else frozenset(given.roles),
            None if given.moderators is None else frozenset(given.moderators),
        )
        for tag, given in protected.items()
    }
    return TagPolicy(rights, call.caller.did, call.caller.role or "")


METHOD = procedure("tools.ozone.moderation.emitEvent", Access.MEMBER, _Input, _handle, errors=_ERRORS)
