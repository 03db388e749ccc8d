"""Takedowns that are decided now and happen later: scheduled, cancelled, listed, and executed exactly once."""

from skywarden.moderation.scheduled.actions import ActionState, ScheduledAction
from skywarden.moderation.scheduled.listing import ActionFilter
from skywarden.moderation.scheduled.service import NewAction, ScheduledActions
from skywarden.moderation.scheduled.times import When, read_when

__all__ = [
    "ActionFilter",
    "ActionState",
    "NewAction",
    "ScheduledAction",
    "ScheduledActions",
    "When",
    "read_when",
]
