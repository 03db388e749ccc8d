"""Compare a struct's fields with a lexicon's, and say every difference in words."""

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from lexicons import Schema, lexicon_of, resolved, tag_of
from skywarden.api.formats import FORMAT_OF

_WEAKER = {"uri": {"uri", "at-uri", "did"}, "at-identifier": {"at-identifier", "did"}}
"""Formats that are narrower than the lexicon's and may stand in its place."""


def differences(kind: type | None, schema: Schema | None, within: str) -> list[str]:
    """What a struct and an object (or params) of a lexicon do not have in common; empty when they agree."""
    if kind is None or schema is None:
        has_fields = bool((schema or {}).get("properties"))
        return ["one of both takes nothing"] if has_fields or kind is not None else []
    return list(_object("", inspect.type_info(kind), schema, within))


def _object(place: str, kind: inspect.Type, schema: Schema, within: str) -> Iterator[str]:
    if not isinstance(kind, inspect.StructType):
        if not isinstance(kind, (inspect.DictType, inspect.AnyType, inspect.RawType)):
            yield f"{place}: no struct"
        return
    ours = {field.encode_name: field for field in kind.fields}
    theirs: Schema = schema.get("properties", {})
    required = set(schema.get("required", ()))
    yield from (f"{place}.{name}: not in the lexicon" for name in ours.keys() - theirs.keys())
    yield from (f"{place}.{name}: missing" for name in theirs.keys() - ours.keys())
    for name in ours.keys() & theirs.keys():
        field, wanted, here = ours[name], theirs[name], f"{place}.{name}".lstrip(".")
        if field.required != (name in required):
            yield f"{here}: required is {field.required}"
        if "default" in wanted and field.default != wanted["default"]:
            yield f"{here}: default is {field.default!r}, not {wanted['default']!r}"
        yield from _value(here, _plain(field.type), wanted, within)


def _value(place: str, kind: inspect.Type, schema: Schema, within: str) -> Iterator[str]:
    match schema["type"]:
        case "string":
            yield from _string(place, kind, schema)
        case "integer":
            yield from _integer(place, kind, schema)
        case "boolean":
            if not isinstance(kind, inspect.BoolType):
                yield f"{place}: no bool"
        case "array":
            yield from _array(place, kind, schema, within)
        case "object":
            yield from _object(place, kind, schema, within)
        case "ref":
            if lexicon_of(schema["ref"].partition("#")[0] or within) is not None:
                target, home = resolved(schema["ref"], within)
                yield from _value(place, kind, target, home)
        case "union":
            yield from _union(place, kind, schema, within)


def _string(place: str, kind: inspect.Type, schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        values = set(kind.values) if isinstance(kind, inspect.LiteralType) else _members(kind)
        if values != set(schema["enum"]):
            yield f"{place}: one of {sorted(schema['enum'])}"
        return
    if not isinstance(kind, inspect.StrType):
        if not isinstance(kind, (inspect.EnumType, inspect.LiteralType)):
            yield f"{place}: no str"
        return
    wanted, found = schema.get("format"), FORMAT_OF.get(kind.pattern or "")
    if wanted and found not in _WEAKER.get(wanted, {wanted}):
        yield f"{place}: format {wanted}, found {found}"
    if "maxLength" in schema and (kind.max_length is None or kind.max_length > schema["maxLength"]):
        yield f"{place}: at most {schema['maxLength']} characters"
    if "minLength" in schema and kind.min_length != schema["minLength"]:
        yield f"{place}: at least {schema['minLength']} characters"


def _integer(place: str, kind: inspect.Type, schema: Schema) -> Iterator[str]:
    if not isinstance(kind, inspect.IntType):
        yield f"{place}: no int"
        return
    if "minimum" in schema and kind.ge != schema["minimum"]:
        yield f"{place}: at least {schema['minimum']}"
    if "maximum" in schema and kind.le != schema["maximum"]:
        yield f"{place}: at most {schema['maximum']}"


def _array(place: str, kind: inspect.Type, schema: Schema, within: str) -> Iterator[str]:
    if not isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
        yield f"{place}: no tuple"
        return
    if "maxLength" in schema and kind.max_length != schema["maxLength"]:
        yield f"{place}: at most {schema['maxLength']} items"
    if "minLength" in schema and kind.min_length != schema["minLength"]:
        yield f"{place}: at least {schema['minLength']} items"
    yield from _value(f"{place}[]", _plain(kind.item_type), schema["items"], within)


def _union(place: str, kind: inspect.Type, schema: Schema, within: str) -> Iterator[str]:
    members = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    ours: dict[Any, inspect.Type] = {one.tag: one for one in members if isinstance(one, inspect.StructType)}
    theirs = {tag_of(ref, within): ref for ref in schema["refs"]}
    if not ours:
        return
    if schema.get("closed"):
        yield from (f"{place}: {tag} is not in the union" for tag in ours.keys() - theirs.keys())
    yield from (f"{place}: {tag} is missing" for tag in theirs.keys() - ours.keys())
    for tag in ours.keys() & theirs.keys():
        target, home = resolved(theirs[tag], within)
        yield from _object(f"{place}<{tag}>", ours[tag], target, home)


def _members(kind: inspect.Type) -> set[object]:
    return {member.value for member in kind.cls} if isinstance(kind, inspect.EnumType) else set()


def _plain(kind: inspect.Type) -> inspect.Type:
    """The type without None or UNSET beside it."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    return kinds[0] if len(kinds) == 1 else kind
