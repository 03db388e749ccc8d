"""Turn bytes into values and back as DAG-CBOR the way atproto allows it: canonical, no floats, bounded.

The fast path lets libipld decode and compares the result's re-encoding with the input. libipld refuses bad UTF-8,
unsorted or repeated keys, foreign tags and lengths past the end; the comparison catches every form that is not
canonical; one walk catches floats, integers past 64 bits and depth. Whatever is doubtful goes to `cbor_exact`, which
answers or says what is wrong.
"""

from collections.abc import Iterable
from typing import Any, cast

import libipld

from skywarden.atproto.cbor_exact import (
    INT_MAX,
    INT_MIN,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_KEY_BYTES,
    ExactReader,
    encode_exact,
)
from skywarden.atproto.cid import CID_BYTES, CID_PREFIXES
from skywarden.atproto.json_form import from_json, record_from_json, to_json
from skywarden.atproto.node import Link, Node
from skywarden.kernel.errors import Rejected

__all__ = [
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "Link",
    "Node",
    "decode",
    "decode_map",
    "decode_prefix",
    "encode",
    "from_json",
    "record_from_json",
    "to_json",
]

_CID_LIKE_STARTS = (b"\x01", b"\x12\x20")
"""Starts of byte strings that libipld may take for a CID when it encodes."""

_SHORT_KEY_CHARS = MAX_KEY_BYTES // 4
"""A key of so few characters is within MAX_KEY_BYTES in any script."""

_loads = libipld.decode_dag_cbor
_dumps = libipld.encode_dag_cbor


def decode(data: bytes) -> Node:
    """Read exactly one item.

    Raises: Rejected with a reason `cbor-...` and the byte where it went wrong.
    Limits: 32 containers deep, 131,072 elements in all, keys of 8,192 bytes, integers of 64 bits.
    """
    if len(data) > MAX_KEY_BYTES:
        if len(data) > MAX_ELEMENTS:
            _check_element_count(data)
        return _decode_checking_keys(data)
    try:
        value = _loads(data)
        if _settle(value, 1) and _dumps(value) == data:
            return cast(Node, value)
    except (ValueError, RecursionError):
        pass
    return _decode_exact(data)


def decode_unsettled(data: bytes) -> Any:
    """Read one canonical item whose every field the caller checks by type, itself and at once.

    Links come as plain bytes; floats, integers past 64 bits and depth are not refused.
    Raises: ValueError when libipld cannot read it or it is not canonical: `decode` says why.
    """
    try:
        value = _loads(data)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if _dumps(value) != data:
        raise ValueError("not canonical")
    return value


def decode_map(data: bytes) -> dict[str, Node]:
    """Read exactly one map.

    Raises: Rejected as `decode`, and `cbor-not-a-map`.
    """
    value = decode(data)
    if type(value) is not dict:
        raise Rejected("cbor-not-a-map", expected="a map", found=type(value).__name__)
    return value


def decode_prefix(data: bytes, at: int = 0) -> tuple[Node, int]:
    """Read one item that starts at `at`; say where it ends."""
    reader = ExactReader(data, at)
    return reader.item(), reader.at


def encode(value: object) -> bytes:
    """Write one value in canonical form.

    Raises: Rejected (`cbor-unencodable`) for floats, lone surrogates, tuples and whatever else has no form.
    """
    try:
        if _is_plain(value, 1):
            return bytes(_dumps(value))
    except (ValueError, TypeError, RecursionError):
        pass
    return encode_exact(value)


def _decode_exact(data: bytes) -> Node:
    reader = ExactReader(data)
    value = reader.item()
    if reader.at != len(data):
        raise Rejected(
            "cbor-trailing-bytes", place=f"byte {reader.at}", expected="the end", found=f"{len(data) - reader.at} bytes"
        )
    return value


def _decode_checking_keys(data: bytes) -> Node:
    """As `decode`; only data of this size can hold a key that is too long."""
    try:
        value = _loads(data)
        if _settle(value, 1) and _dumps(value) == data and _longest_key(value) <= MAX_KEY_BYTES:
            return cast(Node, value)
    except (ValueError, RecursionError):
        pass
    return _decode_exact(data)


def _longest_key(value: object) -> int:
    if type(value) is list:
        return max(map(_longest_key, value), default=0)
    if type(value) is not dict:
        return 0
    return max((max(len(key.encode()), _longest_key(item)) for key, item in value.items()), default=0)


def _check_element_count(data: bytes) -> None:
    """Refuse a bomb of many tiny elements before libipld makes an object of each."""
    at, end, seen, open_items = 0, len(data), 0, 1
    while open_items and at < end:
        first = data[at]
        major, info = first >> 5, first & 31
        width = 0 if info < 24 else 1 << (info - 24) if info < 28 else 0
        argument = info if width == 0 else int.from_bytes(data[at + 1 : at + 1 + width])
        at += 1 + width
        open_items -= 1
        if major == 2 or major == 3:
            at += argument
        elif major >= 4 and major <= 6:
            members = 1 if major == 6 else argument * (major - 3)
            seen += members
            open_items += members
            if seen > MAX_ELEMENTS:
                found = f"{seen} or more"
                raise Rejected(
                    "cbor-too-many-elements", place=f"byte {at}", expected=f"at most {MAX_ELEMENTS}", found=found
                )


def _settle(holder: Any, depth: int) -> bool:
    """Make links of the CIDs that a decoded container holds, in place; False when the exact reader has to decide.

    `holder` is libipld's: a dict or list; any other type answers False.
    """
    if depth > MAX_DEPTH:
        return False
    if type(holder) is dict:
        pairs: Iterable[tuple[Any, Any]] = holder.items()
    elif type(holder) is list:
        pairs = enumerate(holder)
    else:
        return False
    for key, item in pairs:
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is dict or kind is list:
            if not _settle(item, depth + 1):
                return False
        elif kind is bytes:
            if item[:4] in CID_PREFIXES and len(item) == CID_BYTES:
                # Re-encodes as a link, so the comparison with the input proves that it was one.
                holder[key] = Link(item)
            elif item.startswith(_CID_LIKE_STARTS):
                return False
        elif kind is not int or not INT_MIN <= item <= INT_MAX:
            return False
    return True


def _is_plain(holder: Any, depth: int) -> bool:
    """Tell whether libipld encodes this container as `encode_exact` does."""
    if depth > MAX_DEPTH:
        return False
    if type(holder) is dict:
        members: Iterable[Any] = holder.values() if _has_short_keys(holder) else (...,)
    elif type(holder) is list:
        members = holder
    else:
        return False
    for item in members:
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is dict or kind is list:
            if not _is_plain(item, depth + 1):
                return False
        elif not _is_plain_scalar(item):
            return False
    return True


def _has_short_keys(holder: dict[Any, Any]) -> bool:
    return all(type(key) is str and len(key) <= _SHORT_KEY_CHARS for key in holder)


def _is_plain_scalar(item: Any) -> bool:
    kind = type(item)
    if kind is Link:
        return item[:4] in CID_PREFIXES and len(item) == CID_BYTES
    if kind is bytes:
        return not item.startswith(_CID_LIKE_STARTS)
    return kind is int and INT_MIN <= item <= INT_MAX
