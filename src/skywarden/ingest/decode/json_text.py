"""Turn JSON text into values of the AT Protocol data model, refusing what parsers commonly let through."""

import json

from skywarden.ingest.normalize.columns import Json, JsonObject
from skywarden.kernel.errors import Rejected

MAX_DEPTH = 32
"""Depth of a record (PROTOCOL.md 63)."""

_ENVELOPE_DEPTH = 4
_MAX_INT_DIGITS = 19
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


def parse_object(data: bytes) -> JsonObject:
    """Read one JSON object.

    Raises: Rejected for repeated keys, NaN and infinities, fractions, integers past 64 bits, lone surrogates, bytes
    that are not UTF-8, nesting too deep, and everything that is not JSON.
    """
    try:
        value: Json = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Rejected("json-utf8", place=f"byte {error.start}", expected="UTF-8", found=error.reason) from error
    except json.JSONDecodeError as error:
        raise Rejected("json-syntax", place=f"character {error.pos}", expected="JSON", found=error.msg) from error
    except RecursionError as error:
        raise _too_deep() from error
    if type(value) is not dict:
        raise Rejected("json-not-an-object", expected="an object", found=type(value).__name__)
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _check_depth(value, MAX_DEPTH + _ENVELOPE_DEPTH)
    if b"\\ud" in data or b"\\uD" in data:
        _check_surrogates(value)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise Rejected("json-key-duplicate", expected="each key once", found=repr(twice[:80]))
    return found


def _integer(text: str) -> int:
    number = int(text) if len(text) <= _MAX_INT_DIGITS + 1 else None
    if number is None or not _MIN_INT64 <= number <= _MAX_INT64:
        raise Rejected("json-integer-range", expected="a signed 64-bit integer", found=f"{len(text)} digits")
    return number


def _fraction(text: str) -> int:
    """The data model has no fractions; some writers say 1.0 for 1."""
    number = float(text)
    if not number.is_integer() or not _MIN_INT64 <= number < _MAX_INT64:
        raise Rejected("json-float", expected="an integer", found=text[:40])
    return int(number)


def _constant(text: str) -> Json:
    raise Rejected("json-number", expected="a number", found=text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _check_depth(value: Json, left: int) -> None:
    """Refuse containers nested more than `left` deep, this one included."""
    members = value.values() if type(value) is dict else value if type(value) is list else ()
    for item in members:
        if type(item) is dict or type(item) is list:
            if left <= 1:
                raise _too_deep()
            _check_depth(item, left - 1)


def _check_surrogates(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Rejected("json-surrogate", expected="Unicode text", found="a lone surrogate") from error


def _too_deep() -> Rejected:
    return Rejected("json-too-deep", expected=f"at most {MAX_DEPTH} levels", found="more")
