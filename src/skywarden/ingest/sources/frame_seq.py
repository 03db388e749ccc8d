"""Read the seq of a subscribeRepos frame without decoding it."""

EVENT_TYPES = ("#commit", "#identity", "#account", "#sync")
_HEADERS = tuple(b"\xa2\x61t" + bytes((0x60 | len(kind),)) + kind.encode() + b"\x62op\x01" for kind in EVENT_TYPES)
_KEY = b"\x63seq"
_WIDTHS = {0x18: 1, 0x19: 2, 0x1A: 4, 0x1B: 8}


def quick_seq(data: bytes) -> int | None:
    """The seq of a frame that plainly has one; None when only a full decode can tell.

    The key's bytes may also stand inside text of the message, so a frame where they occur twice is left to the decoder.
    """
    if not data.startswith(_HEADERS):
        return None
    at = data.find(_KEY, 8)
    if at < 0 or data.find(_KEY, at + 4) >= 0:
        return None
    return _uint(data, at + 4)


def _uint(data: bytes, at: int) -> int | None:
    head = data[at] if at < len(data) else 0xFF
    if head < 0x18:
        return head
    width = _WIDTHS.get(head)
    if width is None or at + 1 + width > len(data):
        return None
    return int.from_bytes(data[at + 1 : at + 1 + width], "big")
