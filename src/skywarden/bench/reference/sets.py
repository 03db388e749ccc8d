"""Make the sets of the reference rules from a seed: ten word lists, six sets of accounts, four of domains."""

from random import Random

import msgspec
import numpy as np

from skywarden.rules.source import Sets

TERMS = 500
ENTRIES = 100_000
SEED = 20_260_704

_SYLLABLES = [first + vowel for first in "bdfgklmnp" for vowel in "aeio"]
_ENDINGS = ("sk", "rt", "x", "nd", "lm", "zz", "th", "ck")
_TOP_LEVELS = (".com", ".net", ".org", ".io", ".xyz", ".shop")
_DID_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
_DID_CHARS = 24
_DOMAIN_WORDS = 700


class ReferenceSets(msgspec.Struct, frozen=True):
    """Every entry by the name of its set, in the order made, so that a history can plant some."""

    entries: dict[str, list[str]]

    def as_sets(self) -> Sets:
        """The sets as the compiler takes them."""
        return Sets({name: frozenset(entries) for name, entries in self.entries.items()})


def make_sets(seed: int = SEED) -> ReferenceSets:
    """All sets. The same seed gives the same sets."""
    rng = Random(seed)  # noqa: S311  # test data
    entries: dict[str, list[str]] = {f"words_{letter}": _terms(rng) for letter in "abcdefghij"}
    entries |= {f"accounts_{letter}": dids(rng.randrange(2**32), ENTRIES) for letter in "abcdef"}
    entries |= {f"domains_{letter}": _domains(rng) for letter in "abcd"}
    return ReferenceSets(entries)


def dids(seed: int, count: int) -> list[str]:
    """Made-up accounts with identifiers like those of the directory."""
    letters = np.random.default_rng(seed).integers(0, len(_DID_LETTERS), size=(count, _DID_CHARS))
    drawn = _DID_LETTERS[letters].tobytes().decode()
    return [f"did:plc:{drawn[at : at + _DID_CHARS]}" for at in range(0, len(drawn), _DID_CHARS)]


def _terms(rng: Random) -> list[str]:
    """Words and phrases that nobody says by chance; two of three are single words."""
    found: dict[str, None] = {}
    while len(found) < TERMS:
        found[_word(rng) if rng.random() < 0.67 else f"{_word(rng)} {_word(rng)}"] = None
    return list(found)


def _word(rng: Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3, 3)))) + rng.choice(_ENDINGS)


def _domains(rng: Random) -> list[str]:
    """Pairs of words, each pair once."""
    words = sorted({_word(rng) for _ in range(2 * _DOMAIN_WORDS)})[:_DOMAIN_WORDS]
    pairs = rng.sample(range(len(words) ** 2), ENTRIES)
    return [f"{words[pair // len(words)]}-{words[pair % len(words)]}{_TOP_LEVELS[pair % 6]}" for pair in pairs]
