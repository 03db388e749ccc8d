"""Send what rules want to tell to the webhooks of the settings: queued messages to signed, guarded POSTs.

Retry: pauses double from 10 s to 6 h, twelve attempts in all; then the message is kept as failed.
Crash: a message whose answer was not noted is sent again, under the same number.
Two writers: one notifier a database.
"""

import asyncio
import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.moderation.deliveries import Delivery, DeliveryQueue
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

POLL_S = 1.0
AT_ONCE = 20
_GONE = 410


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One webhook; with a secret, messages carry their HMAC-SHA256 in `x-skywarden-signature`."""

    url: str
    secret: str = ""


Hooks = Mapping[str, Hook]
"""Webhooks by the name that rules use."""


def read_hooks(file: str) -> Hooks:
    """Read NAME = { url = "https://...", secret = "..." } from a TOML file; "" has none. Raises: Rejected."""
    if not file:
        return {}
    try:
        return msgspec.convert(tomllib.loads(Path(file).read_text(encoding="utf-8")), dict[str, Hook])
    except OSError as error:
        raise Rejected("webhooks cannot be read", place=file, found=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        expected = 'NAME = { url = "https://...", secret = "..." }'
        raise Rejected("wrong webhooks", place=file, expected=expected, found=str(error)) from error


class Notifier:
    """Empties the queue, oldest first."""

    def __init__(
        self, queue: DeliveryQueue, hooks: Hooks, fetcher: GuardedFetcher, clock: Clock, metrics: Metrics
    ) -> None:
        self._queue = queue
        self._hooks = hooks
        self._fetcher = fetcher
        self._clock = clock
        self._metrics = metrics
        self._logger = Logger("notify")

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; a message under way is then sent again by the next run."""
        while not stop.is_set():
            if not await self.send_due():
                try:
                    async with asyncio.timeout(POLL_S):
                        await stop.wait()
                except TimeoutError:
                    continue

    async def send_due(self) -> int:
        """Try every message whose time has come; return how many that were."""
        try:
            due = await asyncio.to_thread(self._queue.due, self._clock.now_us(), AT_ONCE)
            await asyncio.gather(*(self._send(delivery) for delivery in due))
        except Retryable:
            return 0
        return len(due)

    async def _send(self, delivery: Delivery) -> None:
        hook = self._hooks.get(delivery.hook)
        if hook is None:
            await self._note(delivery, "failed", f"no webhook {delivery.hook!r} in the settings")
            return
        try:
            answer = await self._fetcher.post(hook.url, delivery.body, _headers(delivery, hook))
        except Retryable as error:
            await self._note(delivery, "put_off", str(error))
        except Rejected as error:
            await self._note(delivery, "failed", str(error))
        else:
            if answer.status == _GONE:
                await self._note(delivery, "failed", "the webhook is gone (410)")
            elif 200 <= answer.status < 300:
                await self._note(delivery, "sent", "")
            else:
                await self._note(delivery, "put_off", f"answered {answer.status}")

    async def _note(self, delivery: Delivery, outcome: str, error: str) -> None:
        if outcome == "sent":
            await asyncio.to_thread(self._queue.sent, delivery)
        elif outcome == "failed":
            await asyncio.to_thread(self._queue.give_up, delivery, error)
        elif not await asyncio.to_thread(self._queue.put_off, delivery, error, self._clock.now_us()):
            outcome = "failed"
        self._metrics.add(catalog.DELIVERIES, hook=delivery.hook, outcome=outcome)
        if outcome == "failed":
            self._logger.warning(catalog.DELIVERY_FAILED, hook=delivery.hook, decision=delivery.decision, detail=error)


def _headers(delivery: Delivery, hook: Hook) -> dict[str, str]:
    headers = {"content-type": "application/json", "x-skywarden-delivery": str(delivery.decision)}
    if hook.secret:
        digest = hmac.digest(hook.secret.encode(), delivery.body, hashlib.sha256).hex()
        headers["x-skywarden-signature"] = f"sha256={digest}"
    return headers
