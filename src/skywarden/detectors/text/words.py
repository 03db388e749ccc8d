"""Find the words and phrases of a list in texts, whole words only."""

import re
from collections.abc import Iterable

from skywarden.detectors.text.skeleton import skeleton

_WORD = re.compile(r"\w+")


class WordFinder:
    """Looks up one list; terms and texts are compared case folded.

    Single words are found by set look-up of the text's words; phrases by substring, then a check of their edges.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        folded = {term.casefold() for term in terms if term}
        self._words = frozenset(term for term in folded if _WORD.fullmatch(term))
        self._phrases = tuple(sorted(folded - self._words))

    def found_in(self, folded: str) -> bool:
        """True when one term stands in the (case folded) text with no letter or digit right before or after it."""
        if self._words and not self._words.isdisjoint(_WORD.findall(folded)):
            return True
        return any(_stands_alone(phrase, folded) for phrase in self._phrases if phrase in folded)


class LookalikeFinder:
    """Looks up one list by skeletons: with look-alike letters, digits for letters, letters spaced out."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._skeletons = frozenset(skeleton(term) for term in terms) - {""}

    def found_in(self, text: str) -> bool:
        """True when a word of the text, or the whole of it, has the skeleton of a term."""
        if skeleton(text) in self._skeletons:
            return True
        return any(skeleton(word) in self._skeletons for word in text.split())


def _stands_alone(phrase: str, text: str) -> bool:
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        before = at > 0 and _both_word(text[at - 1], phrase[0])
        after = end < len(text) and _both_word(phrase[-1], text[end])
        if not before and not after:
            return True
        at = text.find(phrase, at + 1)
    return False


def _both_word(left: str, right: str) -> bool:
    return bool(_WORD.match(left)) and bool(_WORD.match(right))
