"""Measure and reshape one text: its words, letters, emoji, repetition. All of them linear in the text."""

import base64
import hashlib
import re

from skywarden.detectors.text.skeleton import skeleton

_WORD = re.compile(r"\w+")
_PICTURE = "[\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag is two letters
    "|[0-9#*]\ufe0f?\u20e3"  # a keycap
    f"|{_PICTURE}[\U000e0020-\U000e007f]*(?:\u200d{_PICTURE})*"  # joined ones are one
)
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,19}\s*\Z")
_RUN = re.compile(r"(.)\1+", re.DOTALL)
_LONG_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_LEET = str.maketrans("01i34@5$78", "olleaasstb")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def words(text: str) -> list[str]:
    """The words of a text in their order, case folded."""
    return _WORD.findall(text.casefold())


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(_WORD.findall(text))


def line_count(text: str) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())


def emoji_count(text: str) -> int:
    """Emoji as the eye counts them: a flag, a family and a hand with a skin colour are one each."""
    return 0 if text.isascii() else len(_EMOJI.findall(text))


def digit_count(text: str) -> int:
    """Decimal digits, of any script."""
    return sum(map(str.isdecimal, text))


def letter_count(text: str) -> int:
    """Letters, of any script."""
    return sum(map(str.isalpha, text))


def uppercase_share(text: str) -> float | None:
    """Upper-case letters among those that have a case; None where none has."""
    upper = sum(map(str.isupper, text))
    cased = upper + sum(map(str.islower, text))
    return upper / cased if cased else None


def repeated_share(text: str) -> float | None:
    """Share of words that came before in the text; None for a text without words."""
    found = words(text)
    return 1 - len(set(found)) / len(found) if found else None


def longest_run(text: str) -> int:
    """The most times that one character stands in a row."""
    runs = (match.end() - match.start() for match in _RUN.finditer(text))
    return max(runs, default=min(len(text), 1))


def unleet(text: str) -> str:
    """The skeleton with letters for the digits and signs that stand for them, and long runs as one letter."""
    spelt = skeleton(text.casefold().translate(_LEET)).translate(_LEET)
    return _LONG_RUN.sub(r"\1", spelt)


def stripped(text: str, characters: str = "") -> str:
    """Without white space, or without the characters, at both ends."""
    return text.strip(characters or None)


def replaced(text: str, part: str, by: str) -> str:
    """With something else in the place of every `part`."""
    return text.replace(part, by)


def sliced(text: str, start: int, stop: int) -> str:
    """Characters from number `start` up to `stop`, as Python counts them."""
    return text[start:stop]


def split_text(text: str, separator: str) -> list[str]:
    """The parts between separators."""
    return text.split(separator)


def sha256_hex(text: str) -> str:
    """SHA-256 of the text's UTF-8 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def md5_hex(text: str) -> str:
    """MD5 of the text's UTF-8 in hexadecimal: for lists that are kept so, not for secrets."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def decoded_base64(text: str) -> str | None:
    """The text that was written in base64, of either alphabet; None where it is none."""
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) < 4:
        return None
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except ValueError:  # not base64, or not UTF-8
        return None


def whole_number(text: str) -> int | None:
    """The whole number that a text consists of; None where it does not, or 64 bits are too few."""
    if not _WHOLE.match(text):
        return None
    value = int(text)
    return value if _INT64_MIN <= value <= _INT64_MAX else None


def bucket_of(text: str, buckets: int, salt: str) -> int:
    """A number from 0 to `buckets` - 1 that depends on nothing but the text and the salt."""
    digest = hashlib.sha256(f"{salt}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % buckets
