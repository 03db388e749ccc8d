"""tools.ozone.moderation.getAccountPreferences: how an account has set up its app, as its own server says."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, query
from skywarden.api.names import INVALID_REQUEST
from skywarden.api.upstream import UpstreamFailure
from skywarden.kernel.errors import Rejected, Retryable

_PREFERENCES = "app.bsky.actor.getPreferences"


class _Params(msgspec.Struct, frozen=True):
    did: DidText


class _Preferences(msgspec.Struct, frozen=True):
    preferences: list[msgspec.Raw]


async def _handle(call: Call[_Params, None]) -> object:
    did, home = call.params.did, call.services.directory.home
    try:
        answer = await home.ask(did, _PREFERENCES, [("did", did)], as_ourselves=True)
        return answer.read(_Preferences)
    except Rejected as error:
        raise Rejected(INVALID_REQUEST, place=did, expected="an account whose server can be asked") from error
    except UpstreamFailure:
        raise
    except Retryable as error:
        raise UpstreamFailure("the account's server", "cannot be reached") from error


METHOD = query("tools.ozone.moderation.getAccountPreferences", Access.MEMBER, _Params, _handle)
