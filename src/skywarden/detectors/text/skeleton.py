"""Turn a text into what the eye reads, so that look-alikes have one spelling."""

import re
import unicodedata

from skywarden.detectors.text.normal import normalise

_LOOKALIKES = {
    "a": "аαạɑ@4",
    "b": "ьвβƅ8",
    "c": "сϲⅽç",
    "d": "ԁɗ",
    "e": "еєεҽ3",
    "f": "ƒ",
    "g": "ɡցğ9",
    "h": "һհн",
    "i": "іїıιíìɩӏļ1l|!",
    "j": "јʝ",
    "k": "кκҝ",
    "m": "мṃ",
    "n": "пոηռ",
    "o": "оοօσөø0",
    "p": "рρþ",
    "q": "ԛգ",
    "r": "гɾя",
    "s": "ѕʂ5$",
    "t": "тτ7",
    "u": "υսцµ",
    "v": "ѵν",
    "w": "ԝшωѡ",
    "x": "хχ",
    "y": "уүγ",
    "z": "ʐ2",
}
"""Letters and digits that pass for a Latin letter; our own short list, not the whole of UTS 39's table."""
_TABLE = {ord(other): letter for letter, others in _LOOKALIKES.items() for other in others}
_PAIRS = (("rn", "m"), ("vv", "w"))
_END_MARKS = re.compile(r"[!|]+(?=[\s!-/:-@]|\Z)")
"""At the end of a word these are punctuation, not letters."""
_NOT_WORD = re.compile(r"[\W_]+")
_ASCII = [chr(code) for code in range(0x80)]
_ASCII_TABLE = bytes(ord(_TABLE.get(ord(char), char)) for char in _ASCII) + bytes(0x80)
_ASCII_DROPPED = "".join(char for char in _ASCII if _NOT_WORD.match(_TABLE.get(ord(char), char))).encode()


def skeleton(text: str) -> str:
    """Normalise, drop marks, make look-alikes the same, drop separators.

    Shape: any text -> letters and digits only. Compare skeletons with skeletons, never show them.
    Source: UTS 39 section 4 (skeleton), with folded case and our own table.
    """
    plain = text.lower() if text.isascii() else _without_marks(normalise(text))
    if "!" in plain or "|" in plain:
        plain = _END_MARKS.sub("", plain)
    if plain.isascii():
        letters = plain.encode().translate(_ASCII_TABLE, _ASCII_DROPPED).decode()
    else:
        letters = _NOT_WORD.sub("", plain.translate(_TABLE))
    for pair, one in _PAIRS:
        letters = letters.replace(pair, one)
    return letters


def _without_marks(plain: str) -> str:
    if plain.isascii():
        return plain
    return "".join(char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char))
