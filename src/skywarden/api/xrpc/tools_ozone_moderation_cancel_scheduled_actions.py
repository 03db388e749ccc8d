"""tools.ozone.moderation.cancelScheduledActions: call off what was scheduled for accounts and has not happened yet."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.json import Json
from skywarden.kernel.errors import Rejected


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    subjects: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=100)]
    comment: str | None = None


def _handle(call: Call[None, _Input]) -> object:
    succeeded: list[str] = []
    failed: list[Json] = []
    for did in call.body.subjects:
        try:
            call.services.scheduled.cancel(did, call.caller.did, call.body.comment)
        except Rejected as error:
            failed.append({"did": did, "error": str(error), "errorCode": error.reason})
        else:
            succeeded.append(did)
    return {"succeeded": succeeded, "failed": failed}


METHOD = procedure("tools.ozone.moderation.cancelScheduledActions", Access.MODERATOR, _Input, _handle)
