"""What each kind of moderation event needs, finds already so and changes: one table, one file a family. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from skywarden.moderation.actions import (
    age_assurance,
    hosting,
    labels,
    log_only,
    mutes,
    reports,
    reviews,
    tags,
    takedowns,
)
from skywarden.moderation.actions.action import Action

__all__ = ["ACTIONS", "Action"]

ACTIONS: Mapping[type, Action] = MappingProxyType(
    labels.ACTIONS
    | tags.ACTIONS
    | takedowns.ACTIONS
    | mutes.ACTIONS
    | reviews.ACTIONS
    | reports.ACTIONS
    | hosting.ACTIONS
    | age_assurance.ACTIONS
    | log_only.ACTIONS
)
"""Total over the kinds of `Act`."""
