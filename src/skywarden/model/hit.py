"""A rule was true for an event."""

from collections.abc import Mapping
from dataclasses import dataclass

from skywarden.kernel.ids import Did, Offset, UtcMicros

Value = bool | int | float | str | None | list[str]


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule version fired on one event; `values` are the named sub-expressions as they were then.

    What `is_shadow` has no effect: its rule is being tried.
    """

    rule: str
    version: str
    offset: Offset
    time_us: UtcMicros
    did: Did
    uri: str
    values: Mapping[str, Value]
    reason: str
    is_shadow: bool = False
