"""Compute the stateless functions that the engine computes a column at a time, one value at a time and plainly.

Measures of one text are called by the engine once a text as well; they are shared, and tested on their own.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import re2

from oracle.naive_windows import Plain
from skywarden.detectors.distance.edit_kernel import MAX_LETTERS
from skywarden.engine.operators.each import MEASURES
from skywarden.rules.source import SetRef

Sets = Mapping[str, frozenset[str]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 2**63


def compute(op: str, args: Sequence[Plain], params: Sequence[object], sets: Sets) -> Plain:
    """The value of one function; its operands are known."""
    if op in MEASURES:
        found = MEASURES[op](args[0], *params)
        assert found is None or isinstance(found, bool | int | float | str | list)
        return found
    if op in _OF_SETS:
        reference = params[0]
        assert isinstance(reference, SetRef)
        return _OF_SETS[op](str(args[0]), sets[reference.name], *params[1:])
    return _FUNCTIONS[op](*args, *params)


def edit_distance(first: str, second: str) -> int:
    """The whole table of Levenshtein's recurrence."""
    a, b = first[:MAX_LETTERS], second[:MAX_LETTERS]
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(replaced, table[i - 1][j] + 1, table[i][j - 1] + 1)
    return table[-1][-1]


def likeness(first: str, second: str) -> float:
    """Jaro's measure by its definition, then Winkler's prefix."""
    a, b = first[:MAX_LETTERS], second[:MAX_LETTERS]
    if not a or not b:
        return float(a == b)
    reach = max(max(len(a), len(b)) // 2 - 1, 0)
    free = list(range(len(b)))
    pairs: list[tuple[int, int]] = []
    for i, letter in enumerate(a):
        near = [j for j in free if abs(i - j) <= reach and b[j] == letter]
        if near:
            pairs.append((i, near[0]))
            free.remove(near[0])
    if not pairs:
        return 0.0
    of_a, of_b = [a[i] for i, _ in pairs], [b[j] for j in sorted(j for _, j in pairs)]
    common, swapped = len(pairs), sum(x != y for x, y in zip(of_a, of_b, strict=True))
    jaro = (common / len(a) + common / len(b) + (common - swapped / 2) / common) / 3
    same = 0
    while same < min(4, len(a), len(b)) and a[same] == b[same]:
        same += 1
    return jaro + same * 0.1 * (1 - jaro)


def _closest(text: str, names: frozenset[str]) -> float:
    return max((likeness(text, name) for name in names), default=0.0)


def hash_distance(first: str, second: str) -> int | None:
    """Differing bits, digit by digit."""
    digits = "0123456789abcdef"
    if len(first) != len(second) or not 0 < len(first) <= 128 or not set((first + second).lower()) <= set(digits):
        return None
    pairs = zip(first.lower(), second.lower(), strict=True)
    return sum(bin(digits.index(a) ^ digits.index(b)).count("1") for a, b in pairs)


def _near_hash(text: str, hashes: frozenset[str], within: object) -> bool | None:
    assert isinstance(within, int)
    found = [distance for entry in hashes if (distance := hash_distance(text, entry)) is not None]
    return min(found) <= within if found else None


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _element(items: list[Plain], number: int) -> Plain:
    return items[number] if -len(items) <= number < len(items) else None


def _join(items: list[Plain], separator: str) -> str:
    return separator.join(str(item) for item in items if item is not None)


def _capture(text: str, pattern: str) -> Plain:
    found = re2.search(pattern, text)
    value = None if found is None else found.group(min(1, found.re.groups))
    assert value is None or isinstance(value, str)
    return value


_OF_SETS: dict[str, Callable[..., Plain]] = {"closest": _closest, "near_hash": _near_hash}

_FUNCTIONS: dict[str, Callable[..., Plain]] = {
    "edit_distance": edit_distance,
    "likeness": likeness,
    "hash_distance": hash_distance,
    "hour_of_day": lambda micros: _moment(micros).hour,
    "weekday": lambda micros: _moment(micros).weekday(),
    "time_bucket": lambda micros, width: micros - micros % width,
    "at": _element,
    "different": lambda items: len({item for item in items if item is not None}),
    "overlap": lambda items, others: len({item for item in items if item in others} - {None}),
    "join": _join,
    "absolute": lambda value: None if abs(value) == _INT64 else abs(value),
    "count_matches": lambda text, pattern: len(re2.findall(pattern, text)),
    "capture": _capture,
}
KNOWN = frozenset({*_FUNCTIONS, *MEASURES, *_OF_SETS})
