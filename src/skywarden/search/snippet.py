"""Cut the piece of a document that shows why it was found, and say where in it the words are."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from skywarden.search.contract import Snippet
from skywarden.search.query import Phrase
from skywarden.search.tokens import MAX_TEXT_CHARS, search_form, token_spans, tokens

MAX_CHARS = 240
_BEFORE = 60
"""Characters that are shown before the first word that was found."""

_JOINING = "\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\uff9e\uff9f"
"""Conjoining Hangul and halfwidth voice marks: not marks by their class, but one character with what is before."""
_PLANES = 0x20000
"""No mark is behind."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Form:
    """A text in its search form; character i of `form` comes from character `origin[i]` of the text."""

    form: str
    origin: Sequence[int]


def make_snippet(parts: Sequence[tuple[str, str]], phrases: Sequence[Phrase]) -> Snippet:
    """The first part that has one of the phrases, around it; the beginning of the first part where none has."""
    for name, text in parts:
        if spans := find_spans(text, phrases):
            return _cut(name, text, spans)
    name, text = parts[0] if parts else ("text", "")
    return _cut(name, text, [])


def find_spans(text: str, phrases: Sequence[Phrase]) -> list[Span]:
    """Where the phrases are in a text, ascending and apart. Units: characters."""
    held = tokens(text)
    found = _with_origin(text) if any(_starts(phrase, held) for phrase in phrases) else None
    if found is None:
        return []
    placed = token_spans(found.form)
    spans = sorted(_original(found, span) for phrase in phrases for span in _occurrences(placed, phrase))
    return _joined(spans)


def _occurrences(placed: Sequence[tuple[str, int, int]], phrase: Phrase) -> Iterator[Span]:
    last = phrase.terms[-1]
    for at in _starts(phrase, [token for token, _, _ in placed]):
        token, begin, end = placed[at + last.place]
        yield placed[at][1], end if last.is_open else max(end, begin + len(token))


def _starts(phrase: Phrase, held: Sequence[str]) -> list[int]:
    """Where in a list of tokens the phrase begins."""
    first, ends = phrase.terms[0], len(held) - phrase.terms[-1].place
    places = [at for at, token in enumerate(held[: max(ends, 0)]) if first.matches(token)]
    return [at for at in places if all(term.matches(held[at + term.place]) for term in phrase.terms)]


def _with_origin(text: str) -> _Form | None:
    """The search form, made character by character; None for the rare text where that gives another one."""
    text = text[:MAX_TEXT_CHARS]
    if text.isascii():
        return _Form(text.lower(), range(len(text) + 1))
    form: list[str] = []
    origin: list[int] = []
    for cluster in _clusters().finditer(text):
        piece, start, end = cluster[0], *cluster.span()
        made = piece.lower() if piece.isascii() else search_form(piece)
        form.append(made)
        origin += range(start, end) if piece.isascii() else [start] * len(made)
    joined = "".join(form)
    return _Form(joined, [*origin, len(text)]) if joined == search_form(text) else None


@cache
def _clusters() -> re.Pattern[str]:
    """Stretches of ASCII, and the other characters one by one, each with the marks that belong to it."""
    marks = "".join(chr(code) for code in range(_PLANES) if unicodedata.combining(chr(code)))
    return re.compile(f"[\x00-\x7f]+(?![{marks}{_JOINING}])|.[{marks}{_JOINING}]*", re.DOTALL)


def _original(found: _Form, span: Span) -> Span:
    start = found.origin[span[0]]
    end = found.origin[span[1]]
    last = found.origin[span[1] - 1]
    return start, end if end > last else last + 1


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Overlapping spans made one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1] and end > joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        elif not joined or start > joined[-1][1]:
            joined.append((start, end))
    return joined


def _cut(name: str, text: str, spans: Sequence[Span]) -> Snippet:
    start = max(spans[0][0] - _BEFORE, 0) if spans and len(text) > MAX_CHARS else 0
    if start and (space := text.rfind(" ", start, spans[0][0])) > 0:
        start = space + 1
    end = min(start + MAX_CHARS, len(text))
    inside = ((max(first, start), min(last, end)) for first, last in spans)
    return Snippet(name, text[start:end], tuple((a - start, b - start) for a, b in inside if a < b))
