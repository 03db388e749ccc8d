"""Prove an account by an app password: its own PDS is asked, and what the PDS gives is thrown away."""

from dataclasses import dataclass

import msgspec

from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

WRONG = "AuthenticationRequired"


class _Session(msgspec.Struct, frozen=True):
    did: str


@dataclass(frozen=True, slots=True)
class PasswordSignIn:
    """Asks the servers of members; the fetcher keeps it from any other place. For one event loop."""

    resolver: IdentityResolver
    fetcher: GuardedFetcher

    async def prove(self, did: Did, password: str) -> None:
        """Find out whether this is an app password of the account.

        Raises: Rejected AuthenticationRequired, when it is not; Retryable, when the account's server does not answer.
        """
        try:
            server = (await self.resolver.resolve(did)).pds_endpoint
        except Rejected as error:
            raise wrong() from error
        if server is None:
            raise wrong()
        body = msgspec.json.encode({"identifier": did, "password": password})
        url = f"{server}/xrpc/com.atproto.server.createSession"
        answer = await self.fetcher.post(url, body, {"content-type": "application/json"})
        if answer.status >= 500 or answer.status == 429:
            raise Retryable(f"{server}: status {answer.status}; try again later")
        if answer.status != 200 or _did(answer.body) != did:
            raise wrong()


def wrong() -> Rejected:
    """The same for whoever is no member and for a wrong password, so that neither can be guessed."""
    return Rejected(WRONG, place="sign-in", expected="the handle and an app password of a member", found="neither")


def _did(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Session).did
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
