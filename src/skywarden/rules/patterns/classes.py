"""Tell which characters a class of RE2 stands for; RE2 itself is asked where its own tables decide."""

from functools import cache, lru_cache
from itertools import chain

import re2

from skywarden.rules.patterns.tree import Ranges, united

_SURROGATES = range(0xD800, 0xE000)
_KELVIN, _LONG_S = 0x212A, 0x17F
"""The only characters beyond ASCII that fold to an ASCII letter: k and s."""


class UnreadablePattern(ValueError):
    """A pattern that we do not take apart, though RE2 may."""


def _of(*parts: str) -> Ranges:
    return united([(ord(part[0]), ord(part[-1])) for part in parts])


PERL: dict[str, Ranges] = {"d": _of("09"), "s": _of("\t\n", "\f\r", " "), "w": _of("09", "AZ", "_", "az")}
POSIX: dict[str, Ranges] = {
    "alnum": _of("09", "AZ", "az"),
    "alpha": _of("AZ", "az"),
    "ascii": _of("\x00\x7f"),
    "blank": _of("\t", " "),
    "cntrl": _of("\x00\x1f", "\x7f"),
    "digit": _of("09"),
    "graph": _of("!~"),
    "lower": _of("az"),
    "print": _of(" ~"),
    "punct": _of("!/", ":@", "[`", "{~"),
    "space": _of("\t\r", " "),
    "upper": _of("AZ"),
    "word": _of("09", "AZ", "_", "az"),
    "xdigit": _of("09", "AF", "af"),
}


def folded(ranges: Ranges) -> Ranges:
    """The class with the other case of each of its characters."""
    beyond = [part for part in ranges if part[1] > 0x7F]
    if beyond:
        return united([*_folded_ascii(ranges), *ask_re2(_spelled(tuple(beyond)), fold=True)])
    return united(_folded_ascii(ranges))


def _folded_ascii(ranges: Ranges) -> list[tuple[int, int]]:
    found = list(ranges)
    for first, last in ranges:
        for start, end, other in ((0x41, 0x5A, 0x20), (0x61, 0x7A, -0x20)):
            low, high = max(first, start), min(last, end)
            if low <= high:
                found.append((low + other, high + other))
    for letter, beyond in ((0x6B, _KELVIN), (0x73, _LONG_S)):
        if any(first <= letter <= last for first, last in found):
            found.append((beyond, beyond))
    return found


def _spelled(ranges: Ranges) -> str:
    return "[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges) + "]"


@lru_cache(maxsize=512)
def ask_re2(source: str, *, fold: bool) -> Ranges:
    """The characters that a class, as RE2 writes it, matches: found by matching it with all of them.

    Raises: UnreadablePattern where RE2 does not take it.
    """
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not fold
    try:
        runs = re2.compile(f"(?s)(?:{source})+", options)
    except re2.error as error:
        raise UnreadablePattern(source) from error
    return united([(_code(match.start()), _code(match.end() - 1)) for match in runs.finditer(_every_character())])


@cache
def _every_character() -> str:
    return "".join(map(chr, chain(range(_SURROGATES[0]), range(_SURROGATES[-1] + 1, 0x110000))))


def _code(index: int) -> int:
    return index if index < _SURROGATES[0] else index + len(_SURROGATES)
