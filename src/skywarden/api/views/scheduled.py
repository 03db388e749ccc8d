"""Scheduled actions to tools.ozone.moderation.defs#scheduledActionView."""

import msgspec

from skywarden.api.views.json import Json, given
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.scheduled import ScheduledAction
from skywarden.moderation.scheduled.actions import TAKEDOWN


def scheduled_action_view(action: ScheduledAction) -> Json:
    """Show one action; the moment that was drawn for a random one stays secret until it has come."""
    when = action.when
    return given(
        {
            "id": action.id,
            "action": TAKEDOWN,
            "eventData": msgspec.Raw(action.event_json.encode()),
            "did": action.did,
            "executeAt": _text(when.at_us),
            "executeAfter": _text(when.after_us),
            "executeUntil": _text(when.until_us),
            "randomizeExecution": when.is_random,
            "createdBy": action.created_by,
            "createdAt": datetime_text(action.created_us),
            "updatedAt": datetime_text(action.updated_us),
            "status": action.state.value,
            "lastExecutedAt": _text(action.executed_us),
            "lastFailureReason": action.last_failure or None,
            "executionEventId": action.event_id,
        }
    )


def _text(time_us: UtcMicros | None) -> str | None:
    return None if time_us is None else datetime_text(time_us)
