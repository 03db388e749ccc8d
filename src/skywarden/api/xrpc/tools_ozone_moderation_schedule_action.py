"""tools.ozone.moderation.scheduleAction: take accounts down later, at a moment or at a random one within a range."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DatetimeText, DidText
from skywarden.api.method import Access, Call, CallerKind, procedure
from skywarden.api.views.json import Json, given
from skywarden.kernel.errors import Rejected
from skywarden.moderation.scheduled import NewAction

_TAG = "tools.ozone.moderation.scheduleAction#takedown"


class _Takedown(msgspec.Struct, frozen=True, rename="camel", tag_field="$type", tag=_TAG, omit_defaults=True):
    comment: str | None = None
    duration_in_hours: int | None = None
    acknowledge_account_subjects: bool | None = None
    policies: Annotated[tuple[str, ...], msgspec.Meta(max_length=5)] | None = None
    severity_level: str | None = None
    strike_count: int | None = None
    strike_expires_at: DatetimeText | None = None
    email_content: str | None = None
    email_subject: str | None = None


class _Scheduling(msgspec.Struct, frozen=True, rename="camel"):
    execute_at: DatetimeText | None = None
    execute_after: DatetimeText | None = None
    execute_until: DatetimeText | None = None


class _ModTool(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    meta: dict[str, object] | None = None


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    action: _Takedown
    subjects: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=100)]
    created_by: DidText
    scheduling: _Scheduling
    mod_tool: _ModTool | None = None


def _handle(call: Call[None, _Input]) -> object:
    action = _new_action(call)
    action.when()  # what is wrong for all is no failure of each
    succeeded: list[str] = []
    failed: list[Json] = []
    for did in call.body.subjects:
        try:
            call.services.scheduled.schedule(did, action)
        except Rejected as error:
            failed.append(given({"subject": did, "error": str(error), "errorCode": error.reason}))
        else:
            succeeded.append(did)
    return {"succeeded": succeeded, "failed": failed}


def _new_action(call: Call[None, _Input]) -> NewAction:
    body, tool = call.body, call.body.mod_tool
    tool_json = None if tool is None else msgspec.json.encode(tool)
    asked = msgspec.to_builtins(body.action)
    if tool_json is not None:
        asked["modTool"] = msgspec.Raw(tool_json)
    return NewAction(
        event_json=msgspec.json.encode(asked).decode(),
        # Who has the administrator's password acts for somebody; a member acts in their own name.
        created_by=body.created_by if call.caller.kind is CallerKind.BASIC else call.caller.did,
        comment=body.action.comment,
        at=body.scheduling.execute_at,
        after=body.scheduling.execute_after,
        until=body.scheduling.execute_until,
        tool_json=None if tool_json is None else tool_json.decode(),
    )


METHOD = procedure("tools.ozone.moderation.scheduleAction", Access.MODERATOR, _Input, _handle)
