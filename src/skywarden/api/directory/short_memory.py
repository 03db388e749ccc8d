"""Remember answers for a while, the least used forgotten first."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from skywarden.kernel.clock import Clock

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class ShortMemory(Generic[_K, _V]):
    """At most `entries` answers, each good for as long as it was given. For one event loop."""

    def __init__(self, clock: Clock, entries: int) -> None:
        self._clock = clock
        self._most = entries
        self._entries: OrderedDict[_K, tuple[float, _V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def known(self, keys: Iterable[_K]) -> dict[_K, _V]:
        """What is remembered of these keys."""
        now_s = self._clock.monotonic_s()
        found: dict[_K, _V] = {}
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None and entry[0] > now_s:
                self._entries.move_to_end(key)
                found[key] = entry[1]
        return found

    def keep(self, key: _K, value: _V, for_s: float) -> None:
        """Remember an answer for `for_s` seconds."""
        self._entries[key] = (self._clock.monotonic_s() + for_s, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def forget(self, key: _K) -> None:
        """Drop what is remembered of a key."""
        self._entries.pop(key, None)
