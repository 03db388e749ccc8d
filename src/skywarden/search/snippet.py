"""Cut the piece of a document that shows why it was found, and say where in it the words are."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from skywarden.search.contract import Snippet
from skywarden.search.query import Phrase
from skywarden.search.tokens import MAX_TEXT_CHARS, search_form, token_spans

MAX_CHARS = 240
_BEFORE = 60
"""Characters that are shown before the first word that was found."""

_JOINING = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\uff9e\uff9f]")
"""Conjoining Hangul and halfwidth voice marks: not marks by their class, but one character with what is before."""

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


def find_spans(text: str, phrases: Iterable[Phrase]) -> list[Span]:
    """Where the phrases are in a text, ascending and apart. Units: characters."""
    found = _with_origin(text)
    if found is None:
        return []
    tokens = token_spans(found.form)
    spans = sorted(_original(found, span) for phrase in phrases for span in _occurrences(tokens, phrase))
    return _joined(spans)


def _occurrences(tokens: Sequence[tuple[str, int, int]], phrase: Phrase) -> Iterator[Span]:
    first = phrase.terms[0]
    for at, (token, start, _) in enumerate(tokens):
        if not first.matches(token) or at + phrase.terms[-1].place >= len(tokens):
            continue
        if all(term.matches(tokens[at + term.place][0]) for term in phrase.terms):
            last = phrase.terms[-1]
            token, begin, end = tokens[at + last.place]
            yield start, end if last.is_open else max(end, begin + len(last.token))


def _with_origin(text: str) -> _Form | None:
    """The search form, made character by character; None for the rare text where that gives another one."""
    text = text[:MAX_TEXT_CHARS]
    if text.isascii():
        return _Form(text.lower(), range(len(text) + 1))
    form, origin = [], []
    for start, end in _clusters(text):
        piece = search_form(text[start:end])
        form.append(piece)
        origin += [start] * len(piece)
    joined = "".join(form)
    return _Form(joined, [*origin, len(text)]) if joined == search_form(text) else None


def _clusters(text: str) -> Iterator[Span]:
    """Characters with the marks that belong to them."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.combining(text[at]) or _JOINING.match(text[at])):
            yield start, at
            start = at


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
