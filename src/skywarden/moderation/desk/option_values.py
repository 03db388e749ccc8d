"""Turn the JSON of the options that moderation itself reads into typed values.

Source: the reference service's validators of the same keys; fields that it does not know are kept and not read.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, TypeVar

import msgspec

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Nsid
from skywarden.model.team import Role

PROTECTED_TAGS = Nsid("tools.ozone.setting.protectedTags")
POLICIES = Nsid("tools.ozone.setting.policyList")
SEVERITY_LEVELS = Nsid("tools.ozone.setting.severityLevels")

_Value = TypeVar("_Value")
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Ordinal = Annotated[int, msgspec.Meta(ge=1)]
_Name = Annotated[str, msgspec.Meta(min_length=1)]


class ProtectedTag(msgspec.Struct, frozen=True):
    """Who may act on subjects with a tag, and add or remove it: these roles, these moderators; either may be absent."""

    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1)] | None = None
    moderators: Annotated[tuple[Did, ...], msgspec.Meta(min_length=1)] | None = None


class PolicySeverity(msgspec.Struct, frozen=True, rename="camel"):
    """A severity level as one policy uses it."""

    description: str = ""
    is_default: bool = False
    target_services: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, rename="camel"):
    """A policy that an action may name; `severity_levels` by the level's name, at most one the default."""

    name: _Name
    description: _Name
    severity_levels: dict[str, PolicySeverity] = {}


class SeverityLevel(msgspec.Struct, frozen=True, rename="camel"):
    """How many strikes a violation of this level brings, from which occurrence on, and for how long."""

    strike_count: _Count | None = None
    strike_on_occurrence: _Ordinal | None = None
    first_occurrence_strike_count: _Count | None = None
    repeat_occurrence_strike_count: _Count | None = None
    needs_takedown: bool = False
    expires_in_days: _Count | None = None


ProtectedTags = Mapping[str, ProtectedTag]
Policies = Mapping[str, Policy]
SeverityLevels = Mapping[str, SeverityLevel]


def read_protected_tags(text: str) -> ProtectedTags:
    """By tag. Raises: Rejected InvalidRequest."""
    tags = _read(PROTECTED_TAGS, text, dict[str, ProtectedTag])
    for tag, protected in tags.items():
        if protected.roles is None and protected.moderators is None:
            raise _wrong(PROTECTED_TAGS, f"roles or moderators for the tag {tag!r}")
    return tags


def read_policies(text: str) -> Policies:
    """By the policy's key. Raises: Rejected InvalidRequest."""
    policies = _read(POLICIES, text, dict[str, Policy])
    for key, policy in policies.items():
        if sum(level.is_default for level in policy.severity_levels.values()) > 1:
            raise _wrong(POLICIES, f"one default severity level at most for the policy {key!r}")
    return policies


def read_severity_levels(text: str) -> SeverityLevels:
    """By the level's name. Raises: Rejected InvalidRequest."""
    return _read(SEVERITY_LEVELS, text, dict[str, SeverityLevel])


CHECKS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        PROTECTED_TAGS: read_protected_tags,
        POLICIES: read_policies,
        SEVERITY_LEVELS: read_severity_levels,
    }
)
"""Options of the instance that only admins manage, and whose value must be sound."""


def _read(key: str, text: str, kind: type[_Value]) -> _Value:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _wrong(key, str(error)[:300]) from error


def _wrong(key: str, expected: str) -> Rejected:
    return Rejected("InvalidRequest", place=f"value of {key}", expected=expected)
