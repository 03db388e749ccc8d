"""Turn accounts that act into looked-up facts, in the background and never in the stream's way.

Retry: a failed look-up is dropped; the account comes back when it acts again. Crash: what was found is stored with the
next batch or flush; the rest is asked again. Two writers: one hydrator a table.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from skywarden.ingest.accounts.account import LookedUp
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.ingest.accounts.lookups import (
    PROFILES_AT_ONCE,
    Fetcher,
    Origin,
    Profile,
    ask_origin,
    ask_profiles,
)
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.reconnect import Wait
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

GATHER_S = 0.5
"""A partly filled batch waits so long for more accounts."""

ORIGINS_AT_ONCE = 4
MAX_WAIT_S = 5.0
_T = TypeVar("_T")
_PICTURE = re.compile(r"/(b[a-z2-7]{58})(@[a-z]+)?\Z")


@dataclass(frozen=True, slots=True)
class HydrationConfig:
    """Whom to ask; an empty URL means nobody. Rates are requests a second to that host, 0 without limit."""

    appview_url: str = ""
    plc_url: str = ""
    appview_per_s: float = 5.0
    plc_per_s: float = 8.0

    def __bool__(self) -> bool:
        return bool(self.appview_url or self.plc_url)


class Hydrator:
    """Looks accounts up in the order of the table's waiting line."""

    def __init__(
        self,
        table: AccountTable,
        fetcher: Fetcher,
        config: HydrationConfig,
        *,
        clock: Clock,
        metrics: Metrics,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._table = table
        self._fetcher = fetcher
        self._appview_url = config.appview_url.rstrip("/")
        self._plc_url = config.plc_url.rstrip("/")
        self._appview = HostBreaker(_host(config.appview_url), clock, per_s=config.appview_per_s)
        self._plc = HostBreaker(_host(config.plc_url), clock, per_s=config.plc_per_s)
        self._clock = clock
        self._metrics = metrics
        self._wait = wait
        self.last_error = ""
        self._logger = Logger("hydration")

    async def run(self, stop: asyncio.Event) -> None:
        """Look up until `stop`, which ends it at once; with nobody to ask there is nothing to do."""
        if not self._appview_url and not self._plc_url:
            return
        looking = asyncio.create_task(self._look_on(), name="hydration")
        stopping = asyncio.create_task(stop.wait(), name="stop hydration")
        try:
            await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                looking.result()
        finally:
            looking.cancel()
            stopping.cancel()
            await asyncio.gather(looking, stopping, return_exceptions=True)

    async def _look_on(self) -> None:
        while True:
            if await self.step() == 0:
                await self._wait(GATHER_S)

    async def step(self) -> int:
        """Look up one batch; return how many accounts were taken from the line."""
        pause_s = self._pause_s()
        if pause_s > 0:
            await self._wait(min(pause_s, MAX_WAIT_S))
            return 0
        dids = self._table.waiting.take(PROFILES_AT_ONCE)
        self._metrics.set(catalog.ACCOUNTS_HYDRATION_WAITING, len(self._table.waiting))
        self._metrics.set(catalog.ACCOUNTS_CACHED, len(self._table))
        if not dids:
            return 0
        try:
            await self._look_up(dids)
        finally:
            self._table.waiting.done(dids)
        return len(dids)

    def _pause_s(self) -> float:
        """Wait only while nobody at all can be asked."""
        waits = [
            breaker.wait_s() for breaker, url in ((self._appview, self._appview_url), (self._plc, self._plc_url)) if url
        ]
        return min(waits, default=0.0)

    async def _look_up(self, dids: list[Did]) -> None:
        profiles = await self._profiles(dids)
        origins = await self._origins(dids)
        now_us = self._clock.now_us()
        found = []
        for did in dids:
            origin = origins.get(did, _NOTHING_ASKED)
            complete = profiles.answered and origin.answered
            profile = None if profiles.value is None else profiles.value.get(did)
            found.append(_looked_up(did, now_us if complete else None, profile, origin.value))
        await asyncio.to_thread(self._table.looked_up, found)

    async def _profiles(self, dids: list[Did]) -> "_Asked[dict[Did, Profile]]":
        if not self._appview_url:
            return _NO_PROFILES
        return await self._ask(self._appview, lambda: ask_profiles(self._fetcher, self._appview_url, dids))

    async def _origins(self, dids: list[Did]) -> "dict[Did, _Asked[Origin]]":
        """Creation time and server; the first never changes, the second only with an identity event."""
        if not self._plc_url:
            return {}
        undated = await asyncio.to_thread(self._table.undated, dids)
        wanted = [did for did in undated if did.startswith("did:plc:")]
        turns = asyncio.Semaphore(ORIGINS_AT_ONCE)
        return dict(zip(wanted, await asyncio.gather(*(self._origin(did, turns) for did in wanted)), strict=True))

    async def _origin(self, did: Did, turns: asyncio.Semaphore) -> "_Asked[Origin]":
        async with turns:
            return await self._ask(self._plc, lambda: ask_origin(self._fetcher, self._plc_url, did))

    async def _ask(self, breaker: HostBreaker, request: Callable[[], Awaitable[_T | None]]) -> "_Asked[_T]":
        """Ask one host as soon as its rate allows; not while it rests."""
        while not breaker.is_open and (wait_s := breaker.wait_s()) > 0:
            await self._wait(wait_s)
        if breaker.is_open:
            return _Asked(None, answered=False)
        breaker.asked()
        try:
            value = await request()
        except Rejected as error:
            # The host is well and its answer final: asking again would bring the same.
            breaker.succeeded()
            self._told(breaker, "rejected", error)
            return _Asked(None, answered=True)
        except Retryable as error:
            if breaker.failed():
                self._logger.warning(catalog.HYDRATION_FAILED, host=breaker.host, detail=str(error))
            self._told(breaker, "busy", error)
            return _Asked(None, answered=False)
        breaker.succeeded()
        self._told(breaker, "ok", None)
        return _Asked(value, answered=True)

    def _told(self, breaker: HostBreaker, outcome: str, error: Exception | None) -> None:
        self._metrics.add(catalog.ACCOUNTS_HYDRATED, host=breaker.host, outcome=outcome)
        self.last_error = self.last_error if error is None else str(error)


@dataclass(frozen=True, slots=True)
class _Asked(Generic[_T]):
    """What one request gave; `answered` means that asking again soon would bring nothing new."""

    value: _T | None
    answered: bool


_NOTHING_ASKED: _Asked[Origin] = _Asked(None, answered=True)
_NO_PROFILES: _Asked[dict[Did, Profile]] = _Asked(None, answered=True)


def _looked_up(did: Did, at_us: UtcMicros | None, profile: Profile | None, origin: Origin | None) -> LookedUp:
    created_us, host = (None, None) if origin is None else (origin.created_us, origin.pds_host)
    if profile is None:
        return LookedUp(did, at_us, created_us=created_us, pds_host=host)
    return LookedUp(
        did,
        at_us,
        created_us=created_us,
        handle=profile.handle,
        pds_host=host,
        display_name=profile.display_name,
        description=profile.description,
        has_avatar=profile.avatar is not None,
        avatar_cid=_picture_cid(profile.avatar),
        followers=profile.followers_count,
        follows=profile.follows_count,
        posts=profile.posts_count,
    )


def _picture_cid(url: str | None) -> str | None:
    """The CID in a picture's address: .../img/avatar/plain/{did}/{cid}@jpeg."""
    match = _PICTURE.search(url or "")
    return match.group(1) if match else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
