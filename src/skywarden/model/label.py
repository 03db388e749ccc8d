"""A label as AT Protocol defines it (com.atproto.label.defs#label)."""

import re
from dataclasses import dataclass

from skywarden.kernel.ids import Cid, Did, Seq


@dataclass(frozen=True, slots=True)
class Label:
    """A label before or after signing; datetimes are the exact strings that were or will be signed."""

    src: Did
    uri: str
    val: str
    cts: str
    cid: Cid | None = None
    neg: bool = False
    exp: str | None = None
    ver: int = 1
    sig: bytes | None = None


@dataclass(frozen=True, slots=True)
class NumberedLabel:
    """A durable label with its place in the label stream."""

    seq: Seq
    label: Label


SYSTEM_VALUES = frozenset({"!hide", "!warn", "!no-unauthenticated", "!takedown", "!suspend"})
"""Values with a fixed meaning in every client; a labeler cannot define one of its own with "!"."""

GLOBAL_VALUES = SYSTEM_VALUES | {"porn", "sexual", "nudity", "graphic-media", "bot"}
"""Values that every client knows; a labeler may set them without defining them. Source: com.atproto.label.defs."""

_VALUE = re.compile(r"[a-z]([a-z-]*[a-z])?")
_VALUE_BYTES = 128


def is_label_value(val: str) -> bool:
    """Say whether every client would show the value: a-z with inner dashes, or a system value."""
    return val in SYSTEM_VALUES or (len(val) <= _VALUE_BYTES and _VALUE.fullmatch(val) is not None)
