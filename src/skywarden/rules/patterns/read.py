"""Turn the text of a pattern that RE2 accepts into a tree; what we are not sure of is refused.

Source: RE2's syntax.txt and parse.cc, Perl syntax, UTF-8.
"""

import re
from dataclasses import dataclass, replace

from skywarden.rules.patterns.classes import PERL, POSIX, UnreadablePattern, ask_re2, folded
from skywarden.rules.patterns.tree import (
    EMPTY,
    EVERY,
    Chars,
    Choice,
    Edge,
    EdgeKind,
    Join,
    Pattern,
    Ranges,
    Repeat,
    inverted,
    united,
    without,
)

_COUNTS = re.compile(r"\{(\d+)(,(\d*))?\}")
_GROUP_NAME = re.compile(r"\?P?<\w+>")
_GROUP_FLAGS = re.compile(r"\?([imsU]*)(-[imsU]+)?([:)])")
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w+):\]")
_UNICODE_CLASS = re.compile(r"\\[pP](\{\^?\w+\}|\w)")
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_EDGES = {"A": EdgeKind.TEXT_START, "z": EdgeKind.TEXT_END, "b": EdgeKind.WORD, "B": EdgeKind.NOT_WORD}
_SIMPLE_REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True, slots=True)
class _Flags:
    fold: bool = False
    lines: bool = False
    dot_all: bool = False

    def changed(self, letters: str, on: bool) -> "_Flags":
        names = {"i": "fold", "m": "lines", "s": "dot_all"}
        return replace(self, **{names[letter]: on for letter in letters if letter in names})


def read_pattern(text: str) -> Pattern:
    """Take a pattern apart. Raises: UnreadablePattern."""
    reader = _Reader(text)
    tree = reader.choice()
    if reader.at < len(text):
        raise UnreadablePattern(text)
    return tree


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags = _Flags()

    def choice(self) -> Pattern:
        """Options up to the end or to the `)` of the group; flags set within hold for the options that follow."""
        options = [self._join()]
        while self._take("|"):
            options.append(self._join())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _join(self) -> Pattern:
        parts: list[Pattern] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self._take("\\Q"):
                parts += self._quoted()
            else:
                parts.append(self._atom())
            if parts:
                parts[-1] = self._repeated(parts[-1])
        return parts[0] if len(parts) == 1 else Join(tuple(parts))

    def _take(self, token: str) -> bool:
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise UnreadablePattern(self.text)
        self.at += 1
        return self.text[self.at - 1]

    def _quoted(self) -> list[Pattern]:
        end = self.text.find("\\E", self.at)
        end = len(self.text) if end < 0 else end
        if end == self.at:
            raise UnreadablePattern(self.text)
        literals: list[Pattern] = [self._literal(ord(char)) for char in self.text[self.at : end]]
        self.at = min(end + 2, len(self.text))
        return literals

    def _repeated(self, part: Pattern) -> Pattern:
        while self.at < len(self.text):
            bounds = self._bounds()
            if bounds is None:
                break
            self._take("?")  # the lazy form finds the same texts
            part = Repeat(part, *bounds)
        return part

    def _bounds(self) -> tuple[int, int | None] | None:
        simple = _SIMPLE_REPEATS.get(self.text[self.at])
        if simple is not None:
            self.at += 1
            return simple
        counts = self._match(_COUNTS)
        if counts is None:
            return None
        least = int(counts[1])
        if counts[2] is None:
            return least, least
        return least, int(counts[3]) if counts[3] else None

    def _atom(self) -> Pattern:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return self._bracket()
            case ".":
                return Chars(EVERY if self.flags.dot_all else without(EVERY, ord("\n")))
            case "^":
                return Edge(EdgeKind.LINE_START if self.flags.lines else EdgeKind.TEXT_START)
            case "$":
                return Edge(EdgeKind.LINE_END if self.flags.lines else EdgeKind.TEXT_END)
            case "\\":
                self.at -= 1
                return self._escape()
            case _:
                return self._literal(ord(char))

    def _literal(self, code: int) -> Chars:
        ranges: Ranges = ((code, code),)
        return Chars(folded(ranges) if self.flags.fold else ranges)

    def _group(self) -> Pattern:
        outer = self.flags
        flags = self._match(_GROUP_FLAGS)
        if flags:
            on, off = flags[1], (flags[2] or "")
            self.flags = self.flags.changed(on, True).changed(off, False)
            if flags[3] == ")":
                return EMPTY
        elif not self._match(_GROUP_NAME) and self._take("?"):
            raise UnreadablePattern(self.text)
        inner = self.choice()
        if not self._take(")"):
            raise UnreadablePattern(self.text)
        self.flags = outer
        return inner

    def _escape(self) -> Pattern:
        kind = self.text[self.at + 1 : self.at + 2]
        if kind in _EDGES:
            self.at += 2
            return Edge(_EDGES[kind])
        ranges = self._class_escape()
        if ranges is not None:
            return Chars(ranges)
        return self._literal(self._escaped_code())

    def _class_escape(self) -> Ranges | None:
        """`\\d`, `\\W`, `\\pL`: the class, folded where flags say so; None where another escape stands."""
        unicode_class = self._match(_UNICODE_CLASS)
        if unicode_class:
            return ask_re2(unicode_class[0], fold=self.flags.fold)
        kind = self.text[self.at + 1 : self.at + 2]
        perl = PERL.get(kind.lower())
        if perl is None:
            return None
        self.at += 2
        ranges = folded(perl) if self.flags.fold else perl
        return ranges if kind.islower() else inverted(ranges)

    def _escaped_code(self) -> int:
        code = self._match(_HEX)
        if code:
            return int(code[1] or code[2], 16)
        octal = self._match(_OCTAL)
        if octal:
            return int(octal[1], 8)
        self.at += 1
        char = self._next()
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.isalnum() or not char.isascii():
            raise UnreadablePattern(self.text)
        return ord(char)

    def _bracket(self) -> Pattern:
        """`[...]`; folding comes before the turning round, and a turned class has the newline in it."""
        turned = self._take("^")
        found: list[tuple[int, int]] = []
        first = True
        while first or not self._take("]"):
            first = False
            found += self._class_item()
        ranges = united(found)
        return Chars(inverted(ranges) if turned else ranges)

    def _class_item(self) -> Ranges:
        posix = self._match(_POSIX_CLASS)
        if posix:
            ranges = POSIX.get(posix[2])
            if ranges is None:
                raise UnreadablePattern(self.text)
            ranges = folded(ranges) if self.flags.fold else ranges
            return inverted(ranges) if posix[1] else ranges
        if self.text.startswith("\\", self.at):
            known = self._class_escape()
            if known is not None:
                return known
        low = self._class_code()
        high = low
        if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
            self.at += 1
            high = self._class_code()
        if high < low:
            raise UnreadablePattern(self.text)
        return folded(((low, high),)) if self.flags.fold else ((low, high),)

    def _class_code(self) -> int:
        if self.text.startswith("\\", self.at):
            return self._escaped_code()
        return ord(self._next())
