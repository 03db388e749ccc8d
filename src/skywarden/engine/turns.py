"""Let chunks run in several threads, and touch memory one after another, in the order of the log (INV-3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Turns:
    """Whose turn it is, scope by scope, among the chunks of one batch.

    A chunk waits only for chunks before it, and these run already: threads take chunks in order. Every chunk must
    `leave` in the end, whatever happened, or those behind it would wait for ever.
    """

    def __init__(self, scopes: int) -> None:
        self._next = [0] * scopes
        self._left: list[set[int]] = [set() for _ in range(scopes)]
        self._changed = Condition()

    @contextmanager
    def take(self, scope: int, chunk: int) -> Iterator[None]:
        """Wait until all earlier chunks are done with the scope's memory; then it is this chunk's."""
        with self._changed:
            self._changed.wait_for(lambda: self._next[scope] == chunk)
        try:
            yield
        finally:
            self._leave(scope, chunk)

    def leave(self, chunk: int) -> None:
        """The chunk will touch nothing any more."""
        for scope in range(len(self._next)):
            self._leave(scope, chunk)

    def _leave(self, scope: int, chunk: int) -> None:
        with self._changed:
            if chunk >= self._next[scope]:
                self._left[scope].add(chunk)
            while self._next[scope] in self._left[scope]:
                self._left[scope].discard(self._next[scope])
                self._next[scope] += 1
            self._changed.notify_all()
