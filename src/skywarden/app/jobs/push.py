"""Send what moderation decided to one service: queued pushes to XRPC calls, many at once, none lost.

Retry: a service that is away is left alone for a while, then probed with one message; each message has its own growing
pauses besides. Crash: what was sent and not yet marked is sent again. Two writers: one job a target, so that a service
that is away holds up no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from skywarden.atproto.xrpc import XrpcClient, XrpcLimits, XrpcRefused, XrpcUnavailable
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.moderation.jobs import Ran, Turn
from skywarden.moderation.pushes import CREDENTIALS, EMAIL, REVERSAL, TAKEDOWN
from skywarden.moderation.pushes.queue import Attempt, Push, PushQueue
from skywarden.observe.catalog import PUSH_BREAKER_OPEN, PUSH_REFUSED, PUSHES
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

BATCH = 64
AT_ONCE = 8
"""Messages under way to one service at a time."""

LIMITS = XrpcLimits(attempts=1, timeout_s=15.0)
"""One attempt a run: the queue does the waiting, durably."""

_MOST_REST_S = 3_600.0
"""A service that asks for more patience is asked again after an hour all the same."""

_MAY_PASS = frozenset((401, 403, 404, 405, 501))
"""Refusals that the operator of either side mends: wrong keys, wrong address, a method not yet there."""

_METHODS: Mapping[str, str] = {
    TAKEDOWN: "com.atproto.admin.updateSubjectStatus",
    REVERSAL: "com.atproto.admin.updateSubjectStatus",
    EMAIL: "com.atproto.admin.sendEmail",
    CREDENTIALS: "com.atproto.temp.revokeAccountCredentials",
}


class Elsewhere(Retryable):
    """Something else that a message needs is away; its target is not to blame."""


Send = Callable[[Push], Awaitable[None]]
"""Brings one push to its service. Raises: XrpcRefused, XrpcUnavailable, Elsewhere, Rejected."""


@dataclass(slots=True)
class Pusher:
    """The step of one target's job. `failing`: the last message did not get through, so the next one goes alone."""

    target: str
    queue: PushQueue
    send: Send
    breaker: HostBreaker
    clock: Clock
    metrics: Metrics
    failing: bool = False
    _rest_until_us: int = 0

    def due_us(self) -> int | None:
        """Since when a message waits that may be tried; later than now while the service is left alone."""
        due_us = self.queue.due_us(self.target)
        return None if due_us is None else max(due_us, self._alone_until_us())

    def pending(self) -> int:
        """How many messages wait."""
        return self.queue.pending(self.target)

    async def step(self, turn: Turn) -> Ran:
        """Try a batch of messages at once, one of each lane; mark them together."""
        if self._alone_until_us() > turn.now_us:
            return Ran()
        limit = 1 if self.failing else BATCH
        due = await asyncio.to_thread(self.queue.due, self.target, turn.now_us, limit)
        gate = asyncio.Semaphore(AT_ONCE)
        tried = [attempt for attempt in await asyncio.gather(*(self._try(push, gate) for push in due)) if attempt]
        refused = await asyncio.to_thread(self.queue.settle, tried, self.clock.now_us())
        self._count(tried, refused)
        return Ran(done=sum(not attempt.error for attempt in tried), more=bool(due) and not self.failing)

    async def _try(self, push: Push, gate: asyncio.Semaphore) -> Attempt | None:
        async with gate:
            if self.breaker.is_open:  # since this batch began: what was not tried is not put off either
                return None
            try:
                await self.send(push)
            except XrpcRefused as error:
                if error.status in _MAY_PASS:
                    self._not_reached(None)
                    return Attempt(push, _words(error))
                self._reached()
                return Attempt(push, _words(error), refused=True)
            except Elsewhere as error:
                return Attempt(push, str(error))
            except Retryable as error:
                self._not_reached(error.retry_after_s if isinstance(error, XrpcUnavailable) else None)
                return Attempt(push, str(error))
            except Rejected as error:
                self._reached()
                return Attempt(push, str(error), refused=True)
        self._reached()
        return Attempt(push)

    def _reached(self) -> None:
        self.breaker.succeeded()
        self.failing = False
        self.metrics.set(PUSH_BREAKER_OPEN, 0, target=self.target)

    def _not_reached(self, asked_s: float | None) -> None:
        self.failing = True
        if self.breaker.failed():
            self.metrics.set(PUSH_BREAKER_OPEN, 1, target=self.target)
        if asked_s:
            self._rest_until_us = self.clock.now_us() + round(min(asked_s, _MOST_REST_S) * SECOND_US)

    def _alone_until_us(self) -> int:
        """Until when nothing is sent."""
        wait_us = round(self.breaker.wait_s() * SECOND_US) if self.breaker.is_open else 0
        return max(self._rest_until_us, self.clock.now_us() + wait_us if wait_us else 0)

    def _count(self, tried: list[Attempt], refused: list[Attempt]) -> None:
        lost = {attempt.push.id for attempt in refused}
        for attempt in tried:
            outcome = "refused" if attempt.push.id in lost else "put_off" if attempt.error else "sent"
            self.metrics.add(PUSHES, target=self.target, kind=attempt.push.kind, outcome=outcome)
        for attempt in refused:
            push = attempt.push
            Logger("jobs").warning(PUSH_REFUSED, target=push.target, push=push.id, uri=push.uri, detail=attempt.error)


def xrpc_sender(client: XrpcClient, sender: Did) -> Send:
    """Bring pushes to a PDS or an AppView; e-mails are written in the name of `sender`."""

    async def send(push: Push) -> None:
        body: object = msgspec.Raw(push.body)
        if push.kind == EMAIL:
            body = {**msgspec.json.decode(push.body, type=dict[str, str]), "senderDid": sender}
        answer: dict[str, Any] = await client.procedure(_METHODS[push.kind], body)
        if push.kind == EMAIL and answer.get("sent") is False:
            raise Rejected("not sent", place=push.did, expected="sent: true", found="the PDS did not send the e-mail")

    return send


def _words(error: XrpcRefused) -> str:
    """What the service said."""
    return f"{error.status} {error.error}: {error.message}".strip(" :")
