"""Tell new, repeated, late and replayed seqs of a stream apart (PROTOCOL.md 38).

A seq that does not grow ends the connection. The next one starts before a late message, so that it is taken in its
place and never lost; a repeated one is only passed over. A server that repeats much costs one connection in a while,
and where the same message comes late again the server's own history is out of order: then another connection would
not help, and late messages are taken as they come.
"""

from collections import deque

from skywarden.ingest.sources.wire import LinkLost
from skywarden.kernel.clock import Clock

REMEMBERED = 65_536
"""Seqs remembered to tell a late message from a repeated one."""

MANY_BEHIND = 1_000
REPEAT_PAUSE_S = 10.0
"""A connection is given up for a repeated message at most this often."""

UNORDERED_S = 600.0
"""So long a server whose history was found out of order is believed to be so still."""


class SeqOrder:
    """The order of one stream over all its connections. `cursor` is the highest seq kept."""

    def __init__(self, start: int | None, clock: Clock) -> None:
        self.cursor = start
        self._last = start
        self._replaying = True
        self._behind = 0
        self._pending: set[int] = set()
        self._known: set[int] = set()
        self._known_in_order: deque[int] = deque()
        self._known_up_to = -1 if start is None else start
        self._reread: int | None = None
        self._late: int | None = None
        self._clock = clock
        self._may_leave_at_s = 0.0
        self._unordered_until_s = 0.0

    def start(self, cursor: int) -> None:
        """Begin at a stored cursor: all up to it is known."""
        self.cursor = self._last = self._known_up_to = cursor

    def reconnect(self) -> int | None:
        """Begin a connection; the cursor to ask for."""
        self._last = self.cursor
        self._replaying = True
        self._behind = 0
        self._pending.clear()
        return self.cursor if self._reread is None else self._reread - 1

    def accept(self, seq: int) -> bool:
        """Take a message; False: it was there already. Raises: LinkLost, when the order is broken."""
        if self._last is None or seq > self._last:
            if self._last is None:
                # What comes before the first message of a live start was not asked for.
                self._known_up_to = seq - 1
            self._last = seq
            self._replaying = False
            self._reread = None
            self._pending.add(seq)
            return True
        known = self._is_known(seq)
        if not self._replaying:
            self._maybe_leave(seq, known)
        elif known:
            self._behind += 1
            if self._behind > MANY_BEHIND:
                raise LinkLost("seq-behind", f"asked for {self.cursor}, still at {seq}: was the server reset?")
        if known:
            return False
        self._pending.add(seq)
        return True

    def keep(self, seq: int) -> None:
        """A taken message is being decoded."""
        self._pending.discard(seq)
        self._known.add(seq)
        self._known_in_order.append(seq)
        if len(self._known_in_order) > REMEMBERED:
            oldest = self._known_in_order.popleft()
            self._known.discard(oldest)
            self._known_up_to = max(self._known_up_to, oldest)
        self.cursor = seq if self.cursor is None else max(self.cursor, seq)

    def _maybe_leave(self, seq: int, known: bool) -> None:
        now_s = self._clock.monotonic_s()
        detail = f"{seq} after {self._last}"
        if known:
            if now_s >= self._may_leave_at_s:
                self._may_leave_at_s = now_s + REPEAT_PAUSE_S
                raise LinkLost("seq-repeated", detail, at_once=True)
            return
        if seq == self._late:
            self._unordered_until_s = now_s + UNORDERED_S
        if now_s < self._unordered_until_s:
            return
        self._late = seq
        if self.cursor is not None and seq <= self.cursor:
            self._reread = seq
        raise LinkLost("seq-order", detail, at_once=True, keep_before=seq)

    def _is_known(self, seq: int) -> bool:
        return seq <= self._known_up_to or seq in self._known or seq in self._pending
