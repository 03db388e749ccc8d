"""Measure what a pattern costs, in usual patterns: by a scan of the same posts in the same moment.

A pattern that has to have three fixed letters somewhere is cheap: scanners look for these. Only the others are timed.
The answer is the smallest of several rounds, each against usual patterns timed beside it, so that other work on the
machine does not make a pattern dear; and it is kept, so that a pattern has one cost in a process. The clock is the
caller's: seconds of this thread's processor time.
"""

from collections.abc import Callable
from functools import cache, lru_cache

import hyperscan

from skywarden.rules.patterns.classes import UnreadablePattern
from skywarden.rules.patterns.fixed import FIXED_LETTERS, fixed_run
from skywarden.rules.patterns.read import read_pattern
from skywarden.rules.patterns.sample import POSTS, sample_posts
from skywarden.rules.patterns.scannable import SEPARATOR, scannable

_USUAL = (r"(?i)free\s+(crypto|airdrop|nft)", r"\b(click|tap)\s+(here|now|this)\b", r"(?i)https?://[a-z0-9-]+\.xyz\b")
_MATCH_NS = 250
"""What it takes to be told of one match."""
_FREQUENT = 0.5
_ROUNDS = 5
_BEYOND_DOUBT = 500
"""A pattern that costs so much twice is not timed again."""


ProcessorClock = Callable[[], float]


@lru_cache(maxsize=4_096)
def cost_in_usual_patterns(text: str, clock: ProcessorClock) -> float:
    """How many usual patterns could be looked for in the time that this one takes; 1 for those that need no timing."""
    try:
        tree = read_pattern(text)
    except UnreadablePattern:
        return _by_row(text, clock)
    if fixed_run(tree) >= FIXED_LETTERS:
        return 1.0
    form = scannable(text)
    scan = None if form is None else _Scan.of(form.expression)
    if scan is None or scan.matches > _FREQUENT * POSTS:
        return _by_row(text, clock)
    told = scan.matches * _MATCH_NS / 1e9
    return min((scan.time(clock) + told) / _usual_time(clock) for _ in range(_ROUNDS))


class _Scan:
    """One expression, ready to be timed."""

    def __init__(self, database: hyperscan.Database) -> None:
        self._database = database
        self.matches = 0
        database.scan(_posts_buffer(), match_event_handler=self._note)

    @classmethod
    def of(cls, expression: str) -> "_Scan | None":
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        try:
            database.compile(expressions=[expression.encode()], ids=[0], elements=1, flags=[hyperscan.HS_FLAG_UTF8])
        except hyperscan.error:
            return None
        return cls(database)

    def _note(self, number: int, start: int, end: int, flags: int, context: object) -> None:
        self.matches += 1

    def time(self, clock: ProcessorClock) -> float:
        """Seconds of a scan without matches told."""
        return _timed(clock, lambda: self._database.scan(_posts_buffer(), None))  # type: ignore[arg-type]  # None is allowed


def _usual_time(clock: ProcessorClock) -> float:
    return sum(scan.time(clock) for scan in _usual_scans()) / len(_USUAL)


@cache
def _usual_scans() -> tuple[_Scan, ...]:
    forms = [scannable(pattern) for pattern in _USUAL]
    scans = [_Scan.of(form.expression) for form in forms if form is not None]
    return tuple(scan for scan in scans if scan is not None)


def _by_row(text: str, clock: ProcessorClock) -> float:
    """The cost of matching each row by RE2, as the engine does with what it cannot or will not scan for."""
    import pyarrow as pa  # only the few such patterns need it
    import pyarrow.compute as pc

    all_posts, half = pa.array(sample_posts()), pa.array(sample_posts()[: POSTS // 2])
    whole = part = usual = float("inf")
    for number in range(_ROUNDS):
        whole = min(whole, _timed(clock, lambda: pc.match_substring_regex(all_posts, text), times=1))
        part = min(part, _timed(clock, lambda: pc.match_substring_regex(half, text), times=1))
        usual = min(usual, _usual_time(clock))
        if number > 0 and 2 * (whole - part) > _BEYOND_DOUBT * usual:
            break
    # The difference leaves out what is done once a chunk: compiling the pattern, building its automaton.
    return max(2 * (whole - part) / usual, 1.0)


def _timed(clock: ProcessorClock, work: Callable[[], object], times: int = 3) -> float:
    """Seconds that the work takes, the least of a few."""
    best = float("inf")
    for _ in range(times):
        start = clock()
        work()
        best = min(best, clock() - start)
    return best


@cache
def _posts_buffer() -> bytes:
    between = bytes((SEPARATOR,))
    return between + between.join(post.encode() for post in sample_posts()) + 32 * between
