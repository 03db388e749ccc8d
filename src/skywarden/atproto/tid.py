"""Turn microseconds into timestamp identifiers (TIDs) and back."""

import re

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Tid, UtcMicros

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]

CLOCK_IDS = 1 << 10
_LAST_US = (1 << 53) - 1


def is_tid(text: str) -> bool:
    """Tell whether this is a TID: 13 characters, the top bit zero."""
    return _TID.fullmatch(text) is not None


def tid_of(us: int, clock_id: int) -> Tid:
    """Write a moment and a clock's number as a TID."""
    if not 0 <= us <= _LAST_US or not 0 <= clock_id < CLOCK_IDS:
        raise Rejected("tid-range", expected="53 bits of microseconds, 10 bits of clock id", found=f"{us}, {clock_id}")
    value = us << 10 | clock_id
    pairs = (_PAIRS[value >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0))
    return Tid(_ALPHABET[value >> 60] + "".join(pairs))


def tid_micros(tid: str) -> UtcMicros:
    """Read the moment of a TID. Raises: Rejected when it is none."""
    if not is_tid(tid):
        raise Rejected("tid-syntax", expected="13 characters of base32-sortable", found=repr(tid[:40]))
    value = 0
    for letter in tid:
        value = value << 5 | _VALUES[letter]
    return UtcMicros(value >> 10)


class TidClock:
    """Hand out TIDs that only grow, also when the wall clock stands still or steps back.

    On restart: pass a clock id that nobody else uses, or wait one microsecond. Not for use by two threads.
    """

    def __init__(self, clock: Clock, clock_id: int) -> None:
        self._clock = clock
        self._clock_id = clock_id
        self._last_us = -1

    def next(self) -> Tid:
        """Give a TID above all before it."""
        self._last_us = max(self._clock.now_us(), self._last_us + 1)
        return tid_of(self._last_us, self._clock_id)
