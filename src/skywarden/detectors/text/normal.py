"""Turn a text into normal forms: one spelling for every way of writing the same characters."""

import re
import unicodedata
from collections.abc import Container
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.text.arrow import Bytes, Offsets, text_array, text_buffers
from skywarden.detectors.text.bytes_kernel import SLACK
from skywarden.detectors.text.fold_kernel import Entries, Folded, non_ascii_bytes
from skywarden.detectors.text.normal_kernel import HARD, SAME, SPACE, normal_spans

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]+"
)
"""Characters that Unicode says to ignore when shown (Default_Ignorable_Code_Point), and bidi controls."""
_SPACES = re.compile(r"\s+")
_CHARACTERS = 0x30000
"""Those of the table; texts with later ones are hard."""
_UNCHANGED = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xF900), (0x17000, 0x18D00), (0x20000, 0x2F800))
"""From and to before which no character changes, nor changes others: ideographs, Hangul, Tangut, private use."""
_JAMO = range(0x1160, 0x1200)
"""They join a syllable before them."""
_LONGEST_FORM = 7
_GROWTH = 2
"""The table holds no form of more than three times a character's bytes."""


def normalise(text: str) -> str:
    """Compatibility form, case folded, without invisible characters, spaces collapsed.

    Shape: any text -> a text; doing it twice changes nothing.
    Source: UAX 15 (NFKC), UTS 39 (ignorables).
    """
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    return _SPACES.sub(" ", _respelled(_folded(text))).strip()


def normalise_texts(array: pa.StringArray) -> pa.StringArray:
    """Normalise a column; null stays null."""
    return text_array(*normal_buffers(array), array)


def normal_buffers(array: pa.StringArray) -> tuple[Bytes, Offsets]:
    """The normal forms of a column as `text_buffers` has texts; the first offset is 0.

    Texts with characters that change their neighbours go through Python.
    """
    data, offsets = text_buffers(array)
    start, end = int(offsets[0]), int(offsets[-1])
    room = end - start + _GROWTH * int(non_ascii_bytes(data, start, end)) + SLACK
    out, ends, hard = np.empty(room, np.uint8), np.zeros(len(offsets), np.int32), np.zeros(len(array), np.bool_)
    if normal_spans(data, offsets, *_tables(), out, ends, hard) == 0:
        out.flags.writeable = ends.flags.writeable = False
        return out, ends
    texts = array.filter(pa.array(hard)).to_pylist()
    forms = pa.array([None if text is None else normalise(text) for text in texts], pa.string())
    return text_buffers(pc.replace_with_mask(text_array(out, ends, array), pa.array(hard), forms))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()


def _respelled(folded: str) -> str:
    """Case folding may make characters that have another spelling again."""
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", folded).casefold())


@cache
def _tables() -> tuple[Entries, Folded]:
    """What `normal_spans` asks of each character, and the forms of those that have another."""
    codes = [code for code in range(_CHARACTERS) if not any(first <= code < end for first, end in _UNCHANGED)]
    pairs = [unicodedata.decomposition(chr(code)).split() for code in codes]
    joining = {int(pair[1], 16) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}.union(_JAMO)
    entries, numbers = np.full(_CHARACTERS, SAME, np.uint16), {" ": SPACE}
    for code in codes:
        form = chr(code) if _is_settled(chr(code), joining) else _form(chr(code), joining)
        if form is None:
            entries[code] = HARD
        elif form == " " or form != chr(code):
            entries[code] = numbers.setdefault(form, len(numbers) + SPACE)
    forms = [form.encode() for form in ("", "", *numbers)]
    return entries, np.array([int.from_bytes(form, "little") | len(form) << 56 for form in forms], np.uint64)


def _form(char: str, joining: Container[int]) -> str | None:
    """What stands for a character in every text without characters that join others; None when that depends.

    Source: UAX 15 section 9: normal forms of two texts may be put together when the second begins with a starter that
    joins nothing.
    """
    clean = _INVISIBLE.sub("", char)
    again = _INVISIBLE.sub("", _folded(char)).casefold()
    if any(_joins(text[0], joining) for text in (clean, again) if text):
        return None
    form = _SPACES.sub(" ", _respelled(_folded(char)))
    is_long = len(form.encode()) > min(_LONGEST_FORM, (1 + _GROWTH) * len(char.encode()))
    return None if is_long or (" " in form and form != " ") else form


def _is_settled(char: str, joining: Container[int]) -> bool:
    """Most characters change nothing and are quickly told."""
    if unicodedata.decomposition(char) or unicodedata.combining(char) or ord(char) in joining:
        return False
    return char.casefold() == char and not char.isspace() and _INVISIBLE.match(char) is None


def _joins(char: str, joining: Container[int]) -> bool:
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.combining(first) > 0 or ord(first) in joining
