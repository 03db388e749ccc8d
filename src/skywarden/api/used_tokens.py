"""Keep which service tokens were used, for every process on one database and beyond a restart.

Retry: a token that was burned stays burned, also when the request behind it failed.
Crash: what `burn` returned True for is durable. Two writers: of all who burn one token, in any process, one gets True.
"""

import hashlib
import threading
from dataclasses import dataclass, field

from sqlalchemy import delete

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import USED_TOKEN

_FORGET_EVERY_S = 60


@dataclass(slots=True)
class _Burn:
    """One token that waits for its place in a transaction."""

    token: str
    until_us: int
    done: threading.Event = field(default_factory=threading.Event)
    is_first: bool = False
    failure: BaseException | None = None


class SqlReplayStore:
    """Used tokens in SQL. Those that arrive while a transaction runs share the next one, so that many cost few."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[_Burn] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._forget_us = 0

    def burn(self, issuer: Did, jti: str, until_us: UtcMicros) -> bool:
        """Mark a token as used; False when it was. Raises: Retryable, when the database is busy; nothing is marked."""
        burn = _Burn(hashlib.sha256(f"{issuer} {jti}".encode()).hexdigest(), until_us)
        with self._lock:
            self._waiting.append(burn)
        with self._turn:
            if not burn.done.is_set():
                self._write_waiting()
        if burn.failure is not None:
            raise burn.failure
        return burn.is_first

    def _write_waiting(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            self._write(sorted(taken, key=lambda burn: burn.token))
        except BaseException as error:
            for burn in taken:
                burn.failure = error
            raise
        finally:
            for burn in taken:
                burn.done.set()

    def _write(self, burns: list[_Burn]) -> None:
        insert = self._database.insert_or_ignore(USED_TOKEN)
        now_us = self._clock.now_us()
        with self._database.write("burn-tokens") as tx:
            if now_us >= self._forget_us:
                tx.execute(delete(USED_TOKEN).where(USED_TOKEN.c.until_us < now_us))
                self._forget_us = now_us + _FORGET_EVERY_S * SECOND_US
            first = [tx.execute(insert, {"token": burn.token, "until_us": burn.until_us}).rowcount for burn in burns]
        for burn, count in zip(burns, first, strict=True):
            burn.is_first = count == 1
