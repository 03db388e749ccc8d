"""Turn text of any script into tokens, the same way for what is stored, what is asked and what is highlighted.

Words are letters, marks, digits and underscores: compatibility forms made plain, case folded, without accents and
without characters that are not seen. Scripts that put no spaces between words (and Hangul, which glues particles to
them) have no words to take: a run of n characters becomes n tokens, each character with its follower and the last one
alone, so that any part of a run is a phrase of tokens. An emoji is a token of its own.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

MAX_TEXT_CHARS = 20_000
"""What is behind is not searchable; a post has at most 3,000 bytes by its lexicon, but authors write anything."""
MAX_TOKEN_CHARS = 64
"""Longer words are cut, in the index and in what is asked."""

_DROPPED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\U0001f3fb-\U0001f3ff"
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]+"
)
"""Combining accents, Hebrew points, Arabic vowel signs and tatweel, skin tones: many write without them. Then what
Unicode says to ignore when shown (Default_Ignorable_Code_Point)."""
_UNSPACED = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xAA60, 0xAA7F)),  # Thai, Lao, Burmese, Khmer
    *((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),  # Hangul
    *((0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF)),  # kana
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),  # Han
)
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
_ASCII_WORDS = re.compile(r"[a-z0-9_]+")
_RARE_WORDS = "\U00010000-\U0001afff\U0001d400-\U0001d7ff\U0001e000-\U0001efff"
_RARE_RUNS = "\U0001b000-\U0001b16f\U00020000-\U000323af"
"""Planes that are taken by the block: a class with thousands of ranges behind U+FFFF is slow."""
_PLANE = 0x10000


@dataclass(frozen=True, slots=True)
class Term:
    """One token that is asked for, at a place within its phrase; `is_open`: any token that begins so will do."""

    place: int
    token: str
    is_open: bool = False

    def matches(self, token: str) -> bool:
        return token.startswith(self.token) if self.is_open else token == self.token


def search_form(text: str) -> str:
    """The spelling under which a text is found. Shape: any text -> a text.

    Source: UAX 15 (NFKD, NFC), Unicode 3.13 (default caseless matching), UTS 39 (ignorables).
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _DROPPED.sub("", unicodedata.normalize("NFKD", text).casefold()))


def tokens(text: str) -> list[str]:
    """Tokens of a text in their order; at most as many as MAX_TEXT_CHARS characters give."""
    form = search_form(text[:MAX_TEXT_CHARS])[:MAX_TEXT_CHARS]
    if form.isascii():
        return [word[:MAX_TOKEN_CHARS] for word in _ASCII_WORDS.findall(form)]
    found: list[str] = []
    for piece in _pieces().findall(form):
        if _is_run(piece):
            found += (piece[at : at + 2] for at in range(len(piece)))
        else:
            found.append(piece[:MAX_TOKEN_CHARS])
    return found


def token_spans(form: str) -> list[tuple[str, int, int]]:
    """Tokens of a text that is in its search form already, each with where it starts and ends there."""
    found: list[tuple[str, int, int]] = []
    for match in _pieces().finditer(form):
        piece, start = match[0], match.start()
        if _is_run(piece):
            found += ((piece[at : at + 2], start + at, start + at + 1) for at in range(len(piece)))
        else:
            found.append((piece[:MAX_TOKEN_CHARS], start, match.end()))
    return found


def terms(text: str) -> tuple[Term, ...]:
    """What a text must be followed by in a document to be found there, token by token. () when it has no tokens.

    The last character of a run may have a follower in the document that was not asked for: where the characters
    before it say enough it is left out, alone it is open.
    """
    pieces = _pieces().findall(search_form(text[:MAX_TEXT_CHARS]))
    found: list[Term] = []
    for number, piece in enumerate(pieces):
        place = found[-1].place + 1 if found else 0
        if not _is_run(piece):
            found.append(Term(place, piece[:MAX_TOKEN_CHARS]))
            continue
        found += (Term(place + at, piece[at : at + 2]) for at in range(len(piece) - 1))
        if number < len(pieces) - 1:
            found.append(Term(place + len(piece) - 1, piece[-1]))
        elif len(piece) == 1:
            found.append(Term(place, piece, is_open=True))
    return tuple(found)


def _is_run(piece: str) -> bool:
    return not piece.isascii() and _run().match(piece) is not None


@cache
def _run() -> re.Pattern[str]:
    return re.compile(f"[{_class_of(_unspaced())}{_RARE_RUNS}]")


@cache
def _pieces() -> re.Pattern[str]:
    """A word, a run without spaces, or an emoji."""
    unspaced = set(_unspaced())
    letters = (code for code in range(_PLANE) if code == ord("_") or _is_letter(code))
    words = _class_of(code for code in letters if code not in unspaced)
    return re.compile(f"[{words}{_RARE_WORDS}]+|[{_class_of(unspaced)}{_RARE_RUNS}]+|[{_EMOJI}]")


def _unspaced() -> list[int]:
    return [code for first, last in _UNSPACED for code in range(first, last + 1) if _is_letter(code)]


def _is_letter(code: int) -> bool:
    return unicodedata.category(chr(code))[0] in "LMN"


def _class_of(codes: Iterable[int]) -> str:
    """The inside of a character class."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
