"""Turn failures of a connection into waits that grow, and keep the state of the link for people to see.

Retry: waits double from `first_s` to `most_s` with jitter, so that many consumers do not come back at once; anything
received starts them over. Crash: nothing is kept. Two writers: one link has one owner.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

Wait = Callable[[float], Awaitable[None]]
"""Waits so many seconds: `asyncio.sleep`, or a test's own."""


class Backoff:
    """Waits between attempts: exponential with jitter in the upper half."""

    def __init__(
        self,
        *,
        first_s: float = 0.5,
        most_s: float = 60.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._chance = chance
        self._failures = 0

    def next_s(self) -> float:
        """Wait before the next attempt, after one more failure.

        Shape: between half of and the whole of min(most_s, first_s * 2^failures so far).
        """
        ceiling = min(self._most_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return ceiling * (0.5 + 0.5 * self._chance())

    def progressed(self) -> None:
        """Start over: the other side gave something new."""
        self._failures = 0


@dataclass(slots=True)
class Link:
    """State of one network source's connection; written by the source, read by the status page."""

    host: str = ""
    connected: bool = False
    reconnects: int = 0
    gaps: int = 0
    last_error: str = ""
    stalled: frozenset[str] = field(default_factory=frozenset)


@runtime_checkable
class Linked(Protocol):
    """A source that holds a connection."""

    @property
    def link(self) -> Link: ...
