"""Talk to the labeler's own PDS: sign in, read and write its record, have its identity changed."""

from typing import Any

import msgspec

from skywarden.atproto.xrpc import XrpcClient, XrpcRefused
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.labels.declaration import RECORD_TYPE

_KEY = "self"
_SECOND_FACTOR = "AuthFactorTokenRequired"


class NeedsSecondFactor(Exception):
    """The account's sign-in wants a code that was sent by e-mail."""


class _Session(msgspec.Struct, frozen=True, rename="camel"):
    did: str
    access_jwt: str


class PublishedRecord(msgspec.Struct, frozen=True):
    """A record as the PDS holds it."""

    cid: str
    value: dict[str, Any]


class LabelerAccount:
    """The account behind the labeler's DID. Use it with `async with`."""

    def __init__(self, pds: str, did: Did) -> None:
        self.pds = pds
        self._did = did
        self._token = ""
        self._client = XrpcClient(pds, authorize=self._authorize)
        self._public = XrpcClient(pds)

    async def __aenter__(self) -> "LabelerAccount":
        return self

    async def __aexit__(self, *exit_info: object) -> None:
        await self._client.aclose()
        await self._public.aclose()

    async def sign_in(self, password: str, code: str = "") -> None:
        """Open a session. Raises: NeedsSecondFactor; Rejected for another account; as XrpcClient."""
        body = {"identifier": self._did, "password": password} | ({"authFactorToken": code} if code else {})
        try:
            session = await self._public.procedure("com.atproto.server.createSession", body, output=_Session)
        except XrpcRefused as error:
            if error.error == _SECOND_FACTOR:
                raise NeedsSecondFactor from error
            raise
        if session.did != self._did:
            raise Rejected("label_account", place=self.pds, expected=self._did, found=session.did)
        self._token = session.access_jwt

    async def published(self) -> PublishedRecord | None:
        """The labeler's record, which anybody may read; None when there is none."""
        params = {"repo": self._did, "collection": RECORD_TYPE, "rkey": _KEY}
        try:
            return await self._public.query("com.atproto.repo.getRecord", params, output=PublishedRecord)
        except XrpcRefused as error:
            if error.error == "RecordNotFound" or "Could not locate record" in error.message:
                return None
            raise

    async def publish(self, record: dict[str, Any], replaces: PublishedRecord | None) -> None:
        """Write the record, unless somebody has changed it since it was read."""
        body = {
            "repo": self._did,
            "collection": RECORD_TYPE,
            "rkey": _KEY,
            "record": record,
            "swapRecord": None if replaces is None else replaces.cid,
        }
        await self._client.procedure("com.atproto.repo.putRecord", body)

    async def ask_for_token(self) -> None:
        """Have the PDS send the e-mail with the token that `change_identity` needs."""
        await self._client.procedure("com.atproto.identity.requestPlcOperationSignature")

    async def change_identity(self, token: str, methods: dict[str, str], services: dict[str, Any]) -> None:
        """Have the PDS sign the change with its rotation key, and hand it to the directory."""
        asked = {"token": token, "verificationMethods": methods, "services": services}
        signed = await self._client.procedure("com.atproto.identity.signPlcOperation", asked)
        operation = {"operation": signed.get("operation")}
        await self._client.procedure("com.atproto.identity.submitPlcOperation", operation)

    def _authorize(self, _nsid: str) -> str:
        return f"Bearer {self._token}"
