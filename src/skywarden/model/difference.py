"""Turn what was stored and what was found again into the fields in which they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

NOTHING = "(nothing)"
_MOST_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as it was; both as text for people."""

    field: str
    then: str
    now: str


def differences(place: str, then: Mapping[str, object], now: Mapping[str, object]) -> Iterator[Difference]:
    """The fields of one thing that differ, in the order of `then`; those that only one of them has are there too."""
    for name in dict.fromkeys([*then, *now]):
        was, found = _text(then, name), _text(now, name)
        if was != found:
            yield Difference(f"{place}.{name}", was[:_MOST_CHARACTERS], found[:_MOST_CHARACTERS])


def _text(fields: Mapping[str, object], name: str) -> str:
    if name not in fields or fields[name] is None:
        return NOTHING
    value = fields[name]
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    return text.replace("\0", "\ufffd")  # PostgreSQL cannot hold the one and is given the other
