"""Tell record keys, the last part of a record's path, from other text."""

import re
from typing import Final

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import RecordKey

RECORD_KEY_PATTERN: Final = r"(?!\.{1,2}$)[a-zA-Z0-9_~.:-]{1,512}"
_RECORD_KEY = re.compile(RECORD_KEY_PATTERN)


def is_record_key(text: str) -> bool:
    """Tell whether this is a record key."""
    return _RECORD_KEY.fullmatch(text) is not None


def parse_record_key(text: str) -> RecordKey:
    """Take a record key. Raises: Rejected (`rkey-syntax`)."""
    if not is_record_key(text):
        raise Rejected("rkey-syntax", expected="1 to 512 of letters, digits and . - _ ~ :", found=repr(text[:80]))
    return RecordKey(text)
