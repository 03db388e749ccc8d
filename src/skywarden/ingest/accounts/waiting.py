"""Keep the accounts that want a look-up, those that act now first."""

import threading
from collections import OrderedDict

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.ids import Did

FRESH_FOR_US = 24 * 3600 * SECOND_US
"""A look-up is repeated when the account acts so long after the last one."""


class WaitingLine:
    """Bounded: when full, who waited longest without acting again leaves; acting again brings an account back."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._dids: OrderedDict[Did, None] = OrderedDict()
        self._under_way: set[Did] = set()

    def __len__(self) -> int:
        return len(self._dids)

    @staticmethod
    def is_due(hydrated_us: int | None, now_us: int) -> bool:
        """Does an account want a look-up?"""
        return hydrated_us is None or now_us - hydrated_us > FRESH_FOR_US

    def add(self, did: Did) -> None:
        """Put an account first in the line, unless its look-up is under way."""
        with self._lock:
            if did in self._under_way:
                return
            self._dids[did] = None
            self._dids.move_to_end(did)
            if len(self._dids) > self._most:
                self._dids.popitem(last=False)

    def take(self, count: int) -> list[Did]:
        """Take up to `count` accounts, who acted last first; `done` must follow."""
        with self._lock:
            taken = [self._dids.popitem()[0] for _ in range(min(count, len(self._dids)))]
            self._under_way.update(taken)
            return taken

    def done(self, dids: list[Did]) -> None:
        """These look-ups have ended, well or not."""
        with self._lock:
            self._under_way.difference_update(dids)
