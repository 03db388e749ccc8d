"""Turn commit and sync messages into verified ones, or into the reason why they are not."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from zlib import crc32

from skywarden.atproto.commit import SignedCommit, check_commit, check_sync
from skywarden.atproto.frames import CommitMessage, SyncMessage
from skywarden.atproto.keys import PublicKey
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

SAMPLE_ONE_IN = 100
REFRESH_INTERVAL_S = 600.0
"""A bad signature makes us resolve the DID again, but so often at most: a stranger could make us ask for ever."""

_MAX_LOOKUPS = 32
_MAX_REFRESHES_KEPT = 100_000
_CHECKS_A_TURN = 64


class _Document(Protocol):
    def signing_key(self, name: str) -> PublicKey: ...


class IdentityResolver(Protocol):
    """What verification needs of `skywarden.atproto.identity`."""

    async def resolve(self, did: Did) -> _Document: ...

    def purge(self, did: Did) -> None: ...


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
        clock: Clock,
        sample_one_in: int = SAMPLE_ONE_IN,
    ) -> None:
        if mode is not VerifyMode.OFF and resolver is None:
            raise Rejected("verify-without-resolver", expected="a way to resolve DIDs", hint="or verify=off")
        self.mode = mode
        self._resolver = resolver
        self._clock = clock
        self._one_in = sample_one_in
        self._refreshed: OrderedDict[str, float] = OrderedDict()

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

    async def _verify_one(self, message: CommitMessage | SyncMessage, keys: dict[str, PublicKey | Rejected]) -> Outcome:
        did = _did(message)
        outcome = _check(message, keys[did])
        if isinstance(outcome, Rejected) and outcome.reason == "commit-signature" and self._may_refresh(did):
            assert self._resolver is not None
            self._resolver.purge(Did(did))
            keys[did] = await self._key(did, asyncio.Semaphore(1))
            outcome = _check(message, keys[did])
        return outcome

    async def _key(self, did: str, lookups: asyncio.Semaphore) -> PublicKey | Rejected:
        assert self._resolver is not None
        try:
            async with lookups:
                document = await self._resolver.resolve(Did(did))
            return document.signing_key("atproto")
        except Rejected as error:
            return error
        except Retryable as error:
            return Rejected("identity-unavailable", place=did, found=str(error), hint="retry it from the quarantine")

    def _may_refresh(self, did: str) -> bool:
        now = self._clock.monotonic_s()
        last = self._refreshed.get(did)
        if last is not None and now - last < REFRESH_INTERVAL_S:
            return False
        self._refreshed[did] = now
        self._refreshed.move_to_end(did)
        if len(self._refreshed) > _MAX_REFRESHES_KEPT:
            self._refreshed.popitem(last=False)
        return True


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
