"""Turn what a labeler declares (a TOML or JSON file, or its published record) into the values that it may set.

The form is that of app.bsky.labeler.service: policies.labelValues, policies.labelValueDefinitions, reasonTypes,
subjectTypes and subjectCollections; an absent list means all, an empty one none.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from skywarden.atproto.syntax.nsid import is_nsid
from skywarden.kernel.errors import Rejected
from skywarden.model.label import GLOBAL_VALUES, is_label_value

RECORD_TYPE = "app.bsky.labeler.service"

_NAME_CHARS, _DESCRIPTION_CHARS, _IDENTIFIER_CHARS = 640, 100_000, 100


class _Locale(msgspec.Struct, frozen=True):
    lang: str
    name: Annotated[str, msgspec.Meta(max_length=_NAME_CHARS)]
    description: Annotated[str, msgspec.Meta(max_length=_DESCRIPTION_CHARS)]


class _Definition(msgspec.Struct, frozen=True, rename="camel"):
    identifier: str
    severity: str
    blurs: str
    locales: tuple[_Locale, ...]
    default_setting: str = "warn"
    adult_only: bool = False


class _Policies(msgspec.Struct, frozen=True, rename="camel"):
    label_values: tuple[str, ...]
    label_value_definitions: tuple[_Definition, ...] = ()


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    policies: _Policies
    reason_types: tuple[str, ...] | None = None
    subject_types: tuple[Literal["account", "record", "chat"], ...] | None = None
    subject_collections: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a labeler says of itself; `record` is the whole of it as it was given."""

    record: dict[str, Any]
    values: frozenset[str]


def read_declaration(file: Path) -> Declaration:
    """Read a declaration's file. Raises: Rejected, with everything that is wrong with it."""
    try:
        text = file.read_bytes()
        value = msgspec.json.decode(text) if file.suffix == ".json" else tomllib.loads(text.decode())
    except OSError as error:
        raise Rejected("label_declaration", place=str(file), found=error.strerror or str(error)) from error
    except ValueError as error:  # both parsers' errors, and text that is not UTF-8
        raise Rejected(
            "label_declaration", place=str(file), expected="TOML, or JSON in *.json", found=str(error)
        ) from error
    return parse_declaration(value, str(file))


def parse_declaration(value: object, place: str) -> Declaration:
    """Check a declaration. Raises: Rejected, with everything that is wrong with it."""
    try:
        record = msgspec.convert(value, _Record)
    except msgspec.ValidationError as error:
        raise Rejected("label_declaration", place=place, expected=f"an {RECORD_TYPE}", found=str(error)) from error
    faults = list(_faults(record))
    if faults:
        raise Rejected("label_declaration", place=place, found="; ".join(faults))
    return Declaration(msgspec.convert(value, dict[str, Any]), frozenset(record.policies.label_values))


def _faults(record: _Record) -> Iterator[str]:
    policies = record.policies
    for val in policies.label_values:
        if not is_label_value(val):
            yield f"label value {val!r} would not show in clients; use a-z with inner dashes"
    defined = [definition.identifier for definition in policies.label_value_definitions]
    for name, count in Counter((*policies.label_values, *(f"the definition of {name}" for name in defined))).items():
        if count > 1:
            yield f"{name} is there {count} times"
    for definition in policies.label_value_definitions:
        yield from _definition_faults(definition)
        if definition.identifier not in policies.label_values:
            yield f"{definition.identifier!r} is defined but not among labelValues"
    for val in sorted(set(policies.label_values) - GLOBAL_VALUES - set(defined)):
        yield f"{val!r} is of your own making and has no definition in labelValueDefinitions"
    for nsid in record.subject_collections or ():
        if not is_nsid(nsid):
            yield f"{nsid!r} is not the NSID of a collection"


def _definition_faults(definition: _Definition) -> Iterator[str]:
    name = definition.identifier
    if name.startswith("!") or not is_label_value(name) or len(name) > _IDENTIFIER_CHARS:
        yield f"{name!r} cannot be defined; use a-z with inner dashes, at most {_IDENTIFIER_CHARS}"
    for field, found, known in (
        ("severity", definition.severity, ("inform", "alert", "none")),
        ("blurs", definition.blurs, ("content", "media", "none")),
        ("defaultSetting", definition.default_setting, ("ignore", "warn", "hide")),
    ):
        if found not in known:
            yield f"{field} of {name!r} is {found!r}; use {', '.join(known)}"
    if not definition.locales:
        yield f"{name!r} has no locales: clients would show no name"
