"""tools.ozone.moderation.emitEvent: one moderation event, by the door that all use."""

from skywarden.api.emitting import GivenEvent, new_event
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.events import stored_event_view

_ERRORS = ("SubjectHasAction", "DuplicateExternalId", "AlreadyAppealed")


def _handle(call: Call[None, GivenEvent]) -> object:
    return stored_event_view(call.services.moderation.emit(new_event(call.body, call.caller, call.services)))


METHOD = procedure("tools.ozone.moderation.emitEvent", Access.MEMBER, GivenEvent, _handle, errors=_ERRORS)
