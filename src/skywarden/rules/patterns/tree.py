"""What a pattern matches, as a tree: characters, edges, sequences, choices, repeats."""

from dataclasses import dataclass
from enum import Enum

Ranges = tuple[tuple[int, int], ...]
"""Code points from first to last, both included; ascending, with gaps between."""

LAST_CODE = 0x10FFFF
EVERY: Ranges = ((0, LAST_CODE),)


class EdgeKind(Enum):
    """Where a pattern looks without taking a character."""

    TEXT_START = "text start"
    TEXT_END = "text end"
    LINE_START = "line start"
    LINE_END = "line end"
    WORD = "word edge"
    NOT_WORD = "no word edge"


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a class."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Edge:
    """A place of no width."""

    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Join:
    """Parts one after the other; none is the empty text."""

    parts: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part `least` to `most` times; None is without end."""

    part: "Pattern"
    least: int
    most: int | None


Pattern = Chars | Edge | Join | Choice | Repeat
EMPTY = Join(())


def united(ranges: list[tuple[int, int]]) -> Ranges:
    """Sort ranges and join those that touch."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def inverted(ranges: Ranges) -> Ranges:
    """Every other character."""
    gaps, at = [], 0
    for first, last in ranges:
        if first > at:
            gaps.append((at, first - 1))
        at = last + 1
    if at <= LAST_CODE:
        gaps.append((at, LAST_CODE))
    return tuple(gaps)


def without(ranges: Ranges, code: int) -> Ranges:
    """The ranges without one character."""
    return inverted(united([*inverted(ranges), (code, code)]))
