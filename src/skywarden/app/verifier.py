"""Write and delete verification records in the verifier's repository, signed in at its PDS with an app password.

Retry: a record's key is chosen before it is sent, so when the answer is lost the record is looked for under that key.
Crash: a record that was written and not noted is found by the job that indexes the verifier's records.
"""

import asyncio
from typing import Final, TypeVar

import msgspec

from skywarden.atproto.syntax.at_uri import at_uri, parse_at_uri
from skywarden.atproto.tid import TidClock
from skywarden.atproto.xrpc import XrpcClient, XrpcLimits, XrpcRefused, XrpcUnavailable
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import AtUri, Cid, Did
from skywarden.moderation.desk.verifications import COLLECTION, IssuedRecord, Verified
from skywarden.settings.schema import VerifierConfig

_T = TypeVar("_T")
_CLOCK_ID: Final = 23
_LIMITS: Final = XrpcLimits(attempts=2, longest_wait_s=2.0, timeout_s=10.0)
"""Somebody waits for the answer."""
_TOKEN_ERRORS: Final = frozenset({"ExpiredToken", "InvalidToken"})


class _Session(msgspec.Struct, frozen=True, rename="camel"):
    did: str
    access_jwt: str


class _Stored(msgspec.Struct, frozen=True):
    uri: AtUri
    cid: Cid


class PdsVerifier:
    """The configured account. For one event loop; it signs in when it is first needed and when its token ends."""

    def __init__(self, config: VerifierConfig, clock: Clock) -> None:
        self._config = config
        self._tids = TidClock(clock, _CLOCK_ID)
        self._door = XrpcClient(config.url, limits=_LIMITS, clock=clock)
        self._pds = XrpcClient(config.url, authorize=self._authorization, limits=_LIMITS, clock=clock)
        self._token = ""
        self._signing_in = asyncio.Lock()

    @property
    def did(self) -> Did:
        return Did(self._config.did)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._door.aclose()
        await self._pds.aclose()

    async def issue(self, verified: Verified) -> IssuedRecord:
        """Write a record. Raises: Rejected for what the PDS will not do; Retryable when nothing was written."""
        rkey = self._tids.next()
        record = {
            "$type": COLLECTION,
            "subject": verified.subject,
            "handle": verified.handle,
            "displayName": verified.display_name,
            "createdAt": verified.created_at,
        }
        body = {"repo": self.did, "collection": COLLECTION, "rkey": rkey, "record": record}
        try:
            stored = await self._call("com.atproto.repo.createRecord", body, _Stored)
        except XrpcUnavailable as error:
            found = await self._find(rkey) if error.was_sent else None
            if found is None:
                raise
            stored = found
        return IssuedRecord(at_uri(self.did, COLLECTION, rkey), stored.cid, self.did, verified)

    async def revoke(self, uri: AtUri) -> None:
        """Delete a record; one that is gone already is no error. Raises: Rejected for another account's; Retryable."""
        parts = parse_at_uri(uri)
        if parts.authority != self.did or parts.collection != COLLECTION or parts.rkey is None:
            raise Rejected("InvalidRequest", place=uri, expected=f"a verification of {self.did}")
        body = {"repo": self.did, "collection": COLLECTION, "rkey": parts.rkey}
        await self._call("com.atproto.repo.deleteRecord", body, dict[str, object])

    def _authorization(self, _nsid: str) -> str:
        return f"Bearer {self._token}"

    async def _find(self, rkey: str) -> _Stored | None:
        """The record of this key, if it was written after all."""
        asked = {"repo": self.did, "collection": COLLECTION, "rkey": rkey}
        try:
            return await self._door.query("com.atproto.repo.getRecord", asked, output=_Stored)
        except Rejected:
            return None

    async def _call(self, nsid: str, body: object, output: type[_T]) -> _T:
        """Call with a token, and once more with a new one when it has ended."""
        token = self._token or await self._sign_in("")
        try:
            return await self._pds.procedure(nsid, body, output=output)
        except XrpcRefused as error:
            if error.status != 401 and error.error not in _TOKEN_ERRORS:
                raise
        await self._sign_in(token)
        return await self._pds.procedure(nsid, body, output=output)

    async def _sign_in(self, spent: str) -> str:
        """Get a token other than `spent`; whoever comes while another asks for one waits for that."""
        async with self._signing_in:
            if self._token == spent:
                credentials = {"identifier": self.did, "password": self._config.password}
                session = await self._door.procedure("com.atproto.server.createSession", credentials, output=_Session)
                if session.did != self.did:
                    raise Rejected("verifier-account", place="verifier.did", expected=self.did, found=session.did)
                self._token = session.access_jwt
            return self._token


def open_verifier(config: VerifierConfig, clock: Clock) -> PdsVerifier | None:
    """The verifier of the settings, if they name one."""
    return PdsVerifier(config, clock) if config.url and config.did and config.password else None
