"""Check JSON against lexicons as clients do that show nothing of an answer that is not to the letter."""

from collections.abc import Callable, Iterator
from typing import Any

from lexicons import Schema, main_of, resolved, tag_of
from skywarden.atproto.cid import cid_parse
from skywarden.atproto.syntax.at_uri import is_at_uri
from skywarden.atproto.syntax.datetime import is_datetime
from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.syntax.handle import is_handle
from skywarden.atproto.syntax.nsid import is_nsid
from skywarden.kernel.errors import Rejected


def _is_cid(text: str) -> bool:
    try:
        cid_parse(text)
    except Rejected:
        return False
    return True


_FORMATS: dict[str, Callable[[str], bool]] = {
    "did": is_did,
    "handle": is_handle,
    "cid": _is_cid,
    "datetime": is_datetime,
    "at-uri": is_at_uri,
    "nsid": is_nsid,
    "uri": lambda text: ":" in text and " " not in text,
}
_TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "integer": int, "array": list}


def faults(nsid: str, value: Any) -> list[str]:  # Any: JSON
    """Where an answer of a method is not what its lexicon says; empty when it is."""
    main = main_of(nsid)
    assert main is not None, f"no lexicon for {nsid}"
    return list(_check(main["output"]["schema"], value, nsid, "$"))


def _check(schema: Schema, value: Any, within: str, place: str) -> Iterator[str]:
    kind = schema["type"]
    if kind == "ref":
        found, home = resolved(schema["ref"], within)
        yield from _check(found, value, home, place)
    elif kind == "union":
        yield from _check_union(schema, value, within, place)
    elif kind == "object":
        yield from _check_object(schema, value, within, place)
    elif kind in _TYPES:
        yield from _check_plain(schema, value, within, place)
    elif kind == "unknown" and not isinstance(value, dict):
        yield f"{place}: an object, not {value!r}"


def _check_object(schema: Schema, value: Any, within: str, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: an object, not {value!r}"
        return
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name}: is missing"
    for name, inner in schema.get("properties", {}).items():
        if value.get(name) is None and name in value:
            yield f"{place}.{name}: null"
        elif name in value:
            yield from _check(inner, value[name], within, f"{place}.{name}")


def _check_union(schema: Schema, value: Any, within: str, place: str) -> Iterator[str]:
    if not isinstance(value, dict) or not isinstance(value.get("$type"), str):
        yield f"{place}: an object with $type, not {value!r}"
        return
    for ref in schema["refs"]:
        if tag_of(ref, within) == value["$type"]:
            found, home = resolved(ref, within)
            yield from _check(found, value, home, place)


def _check_plain(schema: Schema, value: Any, within: str, place: str) -> Iterator[str]:
    kind, form = schema["type"], schema.get("format")
    is_right = isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))
    if not is_right:
        yield f"{place}: {kind}, not {value!r}"
    elif kind == "array":
        for number, item in enumerate(value):
            yield from _check(schema["items"], item, within, f"{place}[{number}]")
    elif form in _FORMATS and not _FORMATS[form](value):
        yield f"{place}: {form}, not {value!r}"
