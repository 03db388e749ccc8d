"""Turn a pattern into an expression that Hyperscan finds in a buffer of many rows.

Rows stand in the buffer with one `SEPARATOR` before, between and after them. The expression is found in every row
that the pattern matches; where `exact` says so, in no other. A match ends in its row or with the separator after it.
Rows that have the separator or one of `ODD_LETTERS` in their own text are not spoken for: with the two signs beyond
ASCII that fold to k and s in it, every class of a pattern that ignores case would be dear to look for.

Texts of one batch are one buffer, so the start and the end of a text become the separator itself, taken as a character
where they are the first or the last thing of the pattern and left out elsewhere. What a search need not take is cut off
(`\\w+@` finds what `\\w@` finds), which saves most matches of the kind "and so on".
"""

from dataclasses import dataclass
from typing import Final

from skywarden.rules.patterns.classes import UnreadablePattern
from skywarden.rules.patterns.fixed import FIXED_LETTERS, fixed_run
from skywarden.rules.patterns.read import read_pattern
from skywarden.rules.patterns.tree import (
    EMPTY,
    LAST_CODE,
    Chars,
    Choice,
    Edge,
    EdgeKind,
    Join,
    Pattern,
    Ranges,
    Repeat,
    united,
    without,
)

SEPARATOR: Final = 0
ODD_LETTERS: Final = (0x17F, 0x212A)
"""The long s and the sign of Kelvin."""
_ODD_RANGES: Final = frozenset((code, code) for code in ODD_LETTERS)
_LAST_ASCII: Final = 0x7F
_ROW_END: Final = (SEPARATOR, SEPARATOR)
_LINE_END: Final = (0x0A, 0x0A)
_MOST_COPIES: Final = 40
"""Copies that a bounded repeat of more than one character, or of a choice, is written with."""
_MOST_PLACES: Final = 2_000
"""Characters of an expression with its repeats written out; larger ones compile too long."""
_MOST_RANGES: Final = 120
_STARTS: Final = frozenset({EdgeKind.TEXT_START, EdgeKind.LINE_START})
_ENDS: Final = frozenset({EdgeKind.TEXT_END, EdgeKind.LINE_END})


@dataclass(frozen=True, slots=True)
class Scannable:
    """An expression for the scanner (UTF-8, no other flag).

    `wide`: it has letters beyond ASCII, and no fixed ones that a scanner could look for. Other expressions are dearer
    to scan for together with it.
    """

    expression: str
    exact: bool
    wide: bool


def scannable(text: str) -> Scannable | None:
    """The form of a pattern that a scan takes; None where it has to be matched row by row."""
    try:
        tree = read_pattern(text)
    except UnreadablePattern:
        return None
    tree = _cut(_cut(tree, 0), -1)
    if _least(tree) == 0:
        return None  # it matches nearly every row
    writer = _Writer()
    expression = writer.write(tree, first=True, last=True)
    if writer.impossible or writer.places > _MOST_PLACES:
        return None
    return Scannable(expression, writer.exact, writer.beyond and fixed_run(tree) < FIXED_LETTERS)


def _cut(node: Pattern, side: int) -> Pattern:
    """Leave out what a repeat at one side of the pattern (0 left, -1 right) may take beyond its least."""
    match node:
        case Repeat(part=part, least=least):
            return _cut(part, side) if least == 1 else EMPTY if least == 0 else Repeat(part, least, least)
        case Join(parts=parts) if parts:
            outer = _cut(parts[side], side)
            rest = parts[1:] if side == 0 else parts[:-1]
            if outer == EMPTY:
                return _cut(Join(rest), side)
            return Join((outer, *rest) if side == 0 else (*rest, outer))
        case Choice(options=options):
            return Choice(tuple(_cut(option, side) for option in options))
        case _:
            return node


def _least(node: Pattern, last: bool = True) -> int:
    """The fewest characters that a match takes; the separator after a row is one, that before it is none."""
    match node:
        case Chars():
            return 1
        case Edge(kind=kind):
            return int(last and kind in _ENDS)
        case Join(parts=parts):
            ends = len(parts) - 1
            return sum(_least(part, last and number == ends) for number, part in enumerate(parts))
        case Choice(options=options):
            return min(_least(option, last) for option in options)
        case Repeat(part=part, least=least):
            return least * _least(part, last=False)


class _Writer:
    """Writes one tree; notes whether the expression means the same, how large it is, and if it goes beyond ASCII."""

    def __init__(self) -> None:
        self.exact = True
        self.impossible = False
        self.beyond = False
        self.places = 0

    def write(self, node: Pattern, *, first: bool = False, last: bool = False) -> str:
        """`first`, `last`: nothing of the pattern stands before, after this."""
        match node:
            case Chars(ranges=ranges):
                return self._chars(_usual(ranges))
            case Edge(kind=kind):
                return self._edge(kind, first, last)
            case Join(parts=parts):
                ends = len(parts) - 1
                written = [
                    self.write(part, first=first and number == 0, last=last and number == ends)
                    for number, part in enumerate(parts)
                ]
                return "".join(written)
            case Choice(options=options):
                return "(?:" + "|".join(self.write(option, first=first, last=last) for option in options) + ")"
            case Repeat():
                return self._repeat(node)

    def _edge(self, kind: EdgeKind, first: bool, last: bool) -> str:
        if kind is EdgeKind.WORD:
            return "\\b"
        if (first and kind in _STARTS) or (last and kind in _ENDS):
            lines = kind in (EdgeKind.LINE_START, EdgeKind.LINE_END)
            return _spelled((_ROW_END, _LINE_END) if lines else (_ROW_END,))
        self.exact = False
        return ""

    def _chars(self, ranges: Ranges) -> str:
        self.places += 1
        if not ranges:
            self.impossible = True
            return ""
        if len(ranges) > _MOST_RANGES:
            self.exact = False
            ranges = united([part for part in ranges if part[0] <= _LAST_ASCII] + [(_LAST_ASCII + 1, LAST_CODE)])
        self.beyond = self.beyond or ranges[-1][1] > _LAST_ASCII
        return _spelled(ranges)

    def _repeat(self, node: Repeat) -> str:
        before = self.places
        part = self.write(node.part)
        size = self.places - before
        if not part:
            return ""
        least, most = node.least, node.most
        if not isinstance(node.part, Chars) and max(least, most or 0) > _MOST_COPIES:
            self.exact = False
            least, most = min(least, _MOST_COPIES), None
        self.places = before + size * max(least, most or 1, 1)
        return f"(?:{part}){_bounds(least, most)}"


def _usual(ranges: Ranges) -> Ranges:
    """The class without what makes a row unusual; the odd letters only where nothing else beyond ASCII is in it."""
    beyond = [part for part in ranges if part[1] > _LAST_ASCII]
    if beyond and all(part in _ODD_RANGES for part in beyond):
        ranges = tuple(part for part in ranges if part[1] <= _LAST_ASCII)
    return without(ranges, SEPARATOR)


def _bounds(least: int, most: int | None) -> str:
    if most is None:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _spelled(ranges: Ranges) -> str:
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _code(ranges[0][0])
    return "[" + "".join(_code(low) if low == high else f"{_code(low)}-{_code(high)}" for low, high in ranges) + "]"


def _code(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{{{code:x}}}"
