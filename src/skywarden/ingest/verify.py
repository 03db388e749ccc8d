"""Turn commit and sync messages into verified ones, or into the reason why they are not."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

from skywarden.atproto.commit import SignedCommit, check_commit, check_signature, check_sync
from skywarden.atproto.frames import CommitMessage, SyncMessage
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.keys import PublicKey
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

SAMPLE_ONE_IN = 100

_MAX_LOOKUPS = 32
_CHECKS_A_TURN = 64


class VerifyMode(StrEnum):
    """How much of a stream is verified."""

    FULL = "full"
    SAMPLED = "sampled"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Verified:
    """A message whose commit its account signed; for commits the records' blocks by path."""

    commit: SignedCommit
    records: dict[str, bytes]


Outcome = Verified | Rejected


class CommitVerifier:
    """Checks hashes, signature, repository and operation inversion of the messages that its mode picks.

    `off` leaves only the hashes of records to the decoder. `sampled` picks by a hash of account and rev, so the same
    stream gives the same sample. Look-ups run side by side; a failed one is an outcome, not an exception.
    """

    def __init__(
        self,
        mode: VerifyMode,
        resolver: IdentityResolver | None = None,
        *,
        sample_one_in: int = SAMPLE_ONE_IN,
    ) -> None:
        if mode is not VerifyMode.OFF and resolver is None:
            raise Rejected("verify-without-resolver", expected="a way to resolve DIDs", hint="or verify=off")
        self.mode = mode
        self._resolver = resolver
        self._one_in = sample_one_in

    def wants(self, message: CommitMessage | SyncMessage) -> bool:
        """Whether this message is to be verified."""
        if self.mode is VerifyMode.SAMPLED:
            did = message.repo if isinstance(message, CommitMessage) else message.did
            return crc32(f"{did} {message.rev}".encode()) % self._one_in == 0
        return self.mode is VerifyMode.FULL

    async def verify(self, messages: list[CommitMessage | SyncMessage]) -> list[Outcome]:
        """Verify messages; the answers are in their order."""
        dids = sorted({_did(message) for message in messages})
        lookups = asyncio.Semaphore(_MAX_LOOKUPS)
        keys = dict(zip(dids, await asyncio.gather(*(self._key(did, lookups) for did in dids)), strict=True))
        outcomes: list[Outcome] = []
        for number, message in enumerate(messages):
            outcomes.append(await self._verify_one(message, keys))
            if number % _CHECKS_A_TURN == 0:
                await asyncio.sleep(0)  # let the socket and other tasks live between the checks
        return outcomes

    async def check_export(self, commit: SignedCommit) -> None:
        """Check the signature of a repository's export. Raises: Rejected, when its account did not make it."""
        key = await self._key(commit.did, asyncio.Semaphore(1))
        if isinstance(key, Rejected):
            raise key
        check_signature(commit, key)

    async def _verify_one(self, message: CommitMessage | SyncMessage, keys: dict[str, PublicKey | Rejected]) -> Outcome:
        """Check with the key at hand; on a bad signature once more with a fresh one (PROTOCOL.md 43)."""
        did = _did(message)
        outcome = _check(message, keys[did])
        if isinstance(outcome, Rejected) and outcome.reason == "commit-signature":
            fresh = await self._key(did, asyncio.Semaphore(1), fresh=True)
            if fresh != keys[did]:
                keys[did] = fresh
                outcome = _check(message, fresh)
        return outcome

    async def _key(self, did: str, lookups: asyncio.Semaphore, *, fresh: bool = False) -> PublicKey | Rejected:
        assert self._resolver is not None  # __init__ refuses a mode that needs one
        look_up = self._resolver.refresh if fresh else self._resolver.resolve
        try:
            async with lookups:
                document = await look_up(Did(did))
            return document.signing_key()
        except Rejected as error:
            return error
        except Retryable as error:
            return Rejected("identity-unavailable", place=did, found=str(error), hint="retry it from the quarantine")


def _did(message: CommitMessage | SyncMessage) -> str:
    return message.repo if isinstance(message, CommitMessage) else message.did


def _check(message: CommitMessage | SyncMessage, key: PublicKey | Rejected) -> Outcome:
    if isinstance(key, Rejected):
        return key
    try:
        if isinstance(message, SyncMessage):
            return Verified(check_sync(message, key), {})
        checked = check_commit(message, key)
        return Verified(checked.commit, checked.records)
    except Rejected as error:
        return error
