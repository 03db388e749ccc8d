"""Find a term of a word list in a text, written after the sentence of the reference, character by character."""

import re
from collections.abc import Iterable

_LETTER = re.compile(r"\w")


def stands_in(term: str, text: str) -> bool:
    """Both are case folded; no letter or digit of the text touches the term's own first or last letter or digit."""
    for at in range(len(text)):
        end = at + len(term)
        if text[at:end] == term:
            touches_left = at > 0 and _LETTER.match(term[0]) and _LETTER.match(text[at - 1])
            touches_right = end < len(text) and _LETTER.match(term[-1]) and _LETTER.match(text[end])
            if not touches_left and not touches_right:
                return True
    return False


def any_stands_in(terms: Iterable[str], text: str) -> bool:
    """Is one of the terms in the text, however both are written?"""
    folded = text.casefold()
    return any(stands_in(term, folded) for term in map(str.casefold, filter(None, terms)) if term in folded)
