"""Keep which service tokens were used, for every process on one database and beyond a restart.

Retry: a token that was burned stays burned, also when the request behind it failed.
Crash: what `burn` returned True for is durable. Two writers: of all who burn one token, in any process, one gets True.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete

from skywarden.api.workers import Workers
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.storage import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import USED_TOKEN

_FORGET_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class _Burn:
    """One token that waits for its place in a transaction."""

    token: str
    until_us: UtcMicros
    is_first: "asyncio.Future[bool]"

    def settle(self, result: bool | Exception) -> None:
        """Tell who waits, unless they have gone."""
        if self.is_first.done():
            return
        if isinstance(result, Exception):
            self.is_first.set_exception(result)
        else:
            self.is_first.set_result(result)


class SqlReplayStore:
    """Used tokens in SQL. Those that arrive while a transaction runs share the next one, so that many cost few."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._insert = Prepared(
            database.insert_or_ignore(USED_TOKEN).values(token=bindparam("token"), until_us=bindparam("until_us"))
        )
        self._worker = Workers(at_once=1)
        self._waiting: list[_Burn] = []
        self._writing: asyncio.Task[None] | None = None
        self._forget_us = 0

    async def burn(self, issuer: Did, jti: str, until_us: UtcMicros) -> bool:
        """Mark a token as used; False when it was. Raises: Retryable, when the database is busy; nothing is marked."""
        token = hashlib.sha256(f"{issuer} {jti}".encode()).hexdigest()
        burn = _Burn(token, until_us, asyncio.get_running_loop().create_future())
        self._waiting.append(burn)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await burn.is_first

    async def _write_all(self) -> None:
        while self._waiting:
            # In one order everywhere, so that two processes with the same tokens do not wait for each other.
            burns, self._waiting = sorted(self._waiting, key=lambda burn: burn.token), []
            try:
                first = await self._worker.run(self._write, burns)
            except Exception as error:  # noqa: BLE001 - whoever waits gets it
                for burn in burns:
                    burn.settle(error)
                continue
            for burn, is_first in zip(burns, first, strict=True):
                burn.settle(is_first)

    def _write(self, burns: Sequence[_Burn]) -> list[bool]:
        now_us = self._clock.now_us()
        with self._database.write("burn-tokens") as tx:
            if now_us >= self._forget_us:
                tx.execute(delete(USED_TOKEN).where(USED_TOKEN.c.until_us < now_us))
                self._forget_us = now_us + _FORGET_EVERY_S * SECOND_US
            return [self._insert.run(tx, {"token": burn.token, "until_us": burn.until_us}) == 1 for burn in burns]
