"""Turn data-model values into JSON and back: links as {"$link": ...}, byte strings as {"$bytes": ...}."""

import base64
import binascii
from collections.abc import Mapping

from skywarden.atproto.cbor_exact import INT_MAX, INT_MIN, MAX_DEPTH
from skywarden.atproto.cid import cid_parse, cid_text
from skywarden.atproto.node import Link, Node
from skywarden.kernel.errors import Rejected


def to_json(value: object) -> object:
    """Replace links and byte strings by the objects that stand for them in JSON."""
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, Link):
        return {"$link": cid_text(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value


def from_json(value: object, depth: int = 0) -> Node:
    """Replace the objects that stand for links and byte strings by what they mean.

    Raises: Rejected (`json-...`) for fractions, integers past 64 bits, malformed links, bytes, blobs and types.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return _integer(value)
    if depth >= MAX_DEPTH:
        raise Rejected("json-too-deep", expected=f"at most {MAX_DEPTH} containers in one another", found="more")
    if isinstance(value, list):
        return [from_json(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return _object(value, depth)
    raise Rejected("json-type", expected="a JSON value", found=type(value).__name__)


def record_from_json(value: object) -> dict[str, Node]:
    """As `from_json`, for what must be an object at the top."""
    node = from_json(value)
    if not isinstance(node, dict):
        raise Rejected("json-not-an-object", expected="an object", found=type(node).__name__)
    return node


def _integer(value: float) -> int:
    number = int(value) if isinstance(value, int) or value.is_integer() else None
    if number is None or not INT_MIN <= number <= INT_MAX:
        raise Rejected("json-number", expected="a whole number of 64 bits", found=str(value)[:40])
    return number


def _object(value: Mapping[object, object], depth: int) -> Node:
    if "$link" in value:
        return _link(value)
    if "$bytes" in value:
        return _bytes(value)
    node = {_key(key): from_json(item, depth + 1) for key, item in value.items()}
    if "$type" in node:
        _check_type(node)
    return node


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise Rejected("json-key", expected="a text key", found=type(key).__name__)
    return key


def _link(value: Mapping[object, object]) -> Link:
    text = value["$link"]
    if len(value) != 1 or not isinstance(text, str):
        raise Rejected("json-link", expected='{"$link": "b..."}', found=str(dict(value))[:80])
    return Link(cid_parse(text))


def _bytes(value: Mapping[object, object]) -> bytes:
    text = value["$bytes"]
    if len(value) != 1 or not isinstance(text, str):
        raise Rejected("json-bytes", expected='{"$bytes": base64}', found=str(dict(value))[:80])
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected("json-bytes", expected="base64", found=repr(text[:40])) from error


def _check_type(node: Mapping[str, Node]) -> None:
    kind = node["$type"]
    if not isinstance(kind, str) or not kind:
        raise Rejected("json-record-type", place="$type", expected="a name", found=repr(kind)[:40])
    if kind == "blob":
        _check_blob(node)


def _check_blob(node: Mapping[str, Node]) -> None:
    size = node.get("size")
    sound = isinstance(node.get("ref"), Link) and isinstance(node.get("mimeType"), str)
    if not sound or not isinstance(size, int) or isinstance(size, bool) or size < -1:
        raise Rejected("json-blob", expected="ref, mimeType and size", found=", ".join(sorted(node)))
