"""tools.ozone.verification.grantVerifications: have our verifier say that accounts are who they say they are."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DatetimeText, DidText, HandleText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.verifying import grant
from skywarden.api.views.verifications import verification_views
from skywarden.atproto.syntax.datetime import datetime_micros, datetime_text
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.desk.verifications import Verified


class _Verification(msgspec.Struct, frozen=True, rename="camel"):
    subject: DidText
    handle: HandleText
    display_name: str
    created_at: DatetimeText | None = None


class _Input(msgspec.Struct, frozen=True):
    verifications: Annotated[tuple[_Verification, ...], msgspec.Meta(max_length=100)]


async def _handle(call: Call[None, _Input]) -> object:
    wanted = [_verified(given, call.now_us) for given in call.body.verifications]
    outcomes = await grant(call.services, wanted, call.caller.did)
    return {
        "verifications": await verification_views(call, outcomes.done),
        "failedVerifications": [{"error": why, "subject": verified.subject} for verified, why in outcomes.failed],
    }


def _verified(given: _Verification, now_us: UtcMicros) -> Verified:
    created_at = given.created_at or datetime_text(now_us)
    return Verified(given.subject, given.handle, given.display_name, created_at, datetime_micros(created_at))


METHOD = procedure("tools.ozone.verification.grantVerifications", Access.VERIFIER, _Input, _handle)
