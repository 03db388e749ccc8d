"""Find which texts of a column match which of many patterns: one scan for all, checked by RE2 where that is needed.

The language's patterns mean what RE2 says. A pattern is scanned for in the form that `rules.patterns.scannable` gives
it; the candidates of a form that is not exact are matched by RE2. Patterns without such a form, and those that are
found in so many rows that telling so costs more than matching, are matched by RE2 in every row. What is chosen changes
the time that it takes, never the answer.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.text.arrow import text_buffers
from skywarden.detectors.text.bytes_kernel import SLACK
from skywarden.detectors.text.row_match import matched
from skywarden.detectors.text.rows_kernel import lay_rows
from skywarden.detectors.text.scan_database import Expression, ScanDatabase
from skywarden.rules.patterns.scannable import scannable

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

MATCHES_A_ROW = 0.5
"""A pattern found more often is cheaper matched row by row (150 ns) than told of (250 ns a time)."""
_PADDING = 32
"""Separators at the end: Vectorscan 5.4.12 misses a match of `c{1,3}[a-c]+` that ends with a buffer of 17 bytes."""
MATCHES_FREE = 4_096
"""Matches that a pattern may have before its rate is looked at: one odd text decides nothing."""


@lru_cache(maxsize=64)
def scanner_of(patterns: tuple[str, ...]) -> "PatternScanner":
    """The scanner of these patterns; a reload that leaves them as they were compiles nothing."""
    return PatternScanner(patterns)


class PatternScanner:
    """Patterns that are looked for in the same texts. Several threads may scan at once."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(patterns)
        forms = [scannable(pattern) for pattern in self._patterns]
        self._inexact = frozenset(number for number, form in enumerate(forms) if form is not None and not form.exact)
        expressions = [
            Expression(number, form.expression, form.wide) for number, form in enumerate(forms) if form is not None
        ]
        self._database = ScanDatabase.of(expressions)
        self._changing = threading.Lock()
        self._rows_seen = 0
        self._seen: Counter[int] = Counter()

    @property
    def scanned(self) -> frozenset[int]:
        """The patterns that are scanned for now; the others are matched row by row."""
        return self._database.numbers

    def matches(self, array: pa.StringArray) -> Bools:
        """Which pattern is found in which text. Shape: (patterns, texts); what stands for a null means nothing."""
        found = np.zeros((len(self._patterns), len(array)), np.bool_)
        scanned: frozenset[int] = frozenset()
        if self._database.numbers and len(array):
            scanned = self._scan(array, found)
        for number in range(len(self._patterns)):
            if number not in scanned:
                found[number] = matched(self._patterns[number], array)
        return found

    def _scan(self, array: pa.StringArray, found: Bools) -> frozenset[int]:
        """Fill in the rows of the patterns that are scanned for; tells which they were."""
        rows = _Rows(array)
        while True:
            database = self._database
            most = int(MATCHES_FREE + MATCHES_A_ROW * len(array) * len(database.numbers))
            numbers, ends = database.scan(rows.buffer, most)
            which, at = rows.of(numbers, ends)
            if len(ends) <= most:
                break
            self._leave_out(Counter(numbers), MATCHES_FREE // len(database.numbers), int(at.max()) + 1, database)
        self._count(Counter(numbers), len(array), database)
        found[which, at] = True
        self._verify(array, found, database.numbers, np.flatnonzero(rows.unusual))
        return database.numbers

    def _verify(
        self, array: pa.StringArray, found: Bools, scanned: frozenset[int], unusual: npt.NDArray[np.int64]
    ) -> None:
        """Match the candidates of inexact forms, and for every form the rows that a scan does not speak for."""
        found[:, unusual] = True
        for number in sorted(scanned if len(unusual) else scanned & self._inexact):
            asked = np.flatnonzero(found[number]) if number in self._inexact else unusual
            if len(asked):
                found[number, asked] = matched(self._patterns[number], array.take(pa.array(asked)))

    def _count(self, seen: Counter[int], rows: int, database: ScanDatabase) -> None:
        with self._changing:
            self._rows_seen += rows
            self._seen.update(seen)
            total, rows = self._seen.copy(), self._rows_seen
        self._leave_out(total, MATCHES_FREE, rows, database)

    def _leave_out(self, seen: Counter[int], free: int, rows: int, database: ScanDatabase) -> None:
        """Scan no longer for what was found too often in so many rows."""
        frequent = {number for number, times in seen.items() if times > free + MATCHES_A_ROW * rows}
        if frequent & database.numbers:
            with self._changing:
                self._database = self._database.without(frequent)


class _Rows:
    """A column's texts as one buffer."""

    def __init__(self, array: pa.StringArray) -> None:
        data, offsets = text_buffers(array)
        laid = np.empty(int(offsets[-1]) - int(offsets[0]) + len(array) + 1 + max(SLACK, _PADDING), np.uint8)
        self._starts = np.empty(len(array), np.int64)
        self.unusual = np.empty(len(array), np.bool_)
        self._size = lay_rows(data, offsets, laid, self._starts, self.unusual)
        laid[self._size :] = 0
        self.buffer = laid

    def of(self, numbers: list[int], ends: list[int]) -> tuple[Numbers, Numbers]:
        """Each match's pattern and row: that of its last character, or of the separator after it."""
        last = np.array(ends, np.int64) - 1
        within = (last > 0) & (last < self._size)
        at = np.searchsorted(self._starts, last[within], side="right") - 1
        return np.array(numbers, np.int64)[within], at
