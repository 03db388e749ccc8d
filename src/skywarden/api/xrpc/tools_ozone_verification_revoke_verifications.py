"""tools.ozone.verification.revokeVerifications: take back what our verifier said of accounts."""

from typing import Annotated

import msgspec

from skywarden.api.formats import AtUriText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.text_length import require_length
from skywarden.api.verifying import revoke

_REASON_BYTES = 1_000


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    uris: Annotated[tuple[AtUriText, ...], msgspec.Meta(max_length=100)]
    revoke_reason: Annotated[str, msgspec.Meta(max_length=_REASON_BYTES)] | None = None


async def _handle(call: Call[None, _Input]) -> object:
    given = call.body
    require_length("revokeReason", given.revoke_reason, most_bytes=_REASON_BYTES)
    outcomes = await revoke(call.services, given.uris, call.caller.did, given.revoke_reason)
    return {
        "revokedVerifications": outcomes.done,
        "failedRevocations": [{"uri": uri, "error": why} for uri, why in outcomes.failed],
    }


METHOD = procedure("tools.ozone.verification.revokeVerifications", Access.VERIFIER, _Input, _handle)
