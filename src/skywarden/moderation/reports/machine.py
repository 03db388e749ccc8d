"""Say which state a report ticket is in after each kind of activity or moderation event. Pure; tables first."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from skywarden.kernel.errors import Rejected

ALREADY_THERE = "AlreadyInTargetState"
NOT_PERMITTED = "InvalidStateTransition"

_EVENTS = "tools.ozone.moderation.defs#"


class TicketState(StrEnum):
    """Where a report stands; values as tools.ozone.report.defs names them."""

    OPEN = "open"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Activity(StrEnum):
    """What can happen to a report; values as tools.ozone.report.defs names them."""

    QUEUED = "queueActivity"
    ASSIGNED = "assignmentActivity"
    ESCALATED = "escalationActivity"
    CLOSED = "closeActivity"
    REOPENED = "reopenActivity"
    NOTED = "noteActivity"


PENDING = frozenset(TicketState) - {TicketState.CLOSED}
"""States of a report that nobody has answered; each of them may become closed."""

TRANSITIONS: Mapping[TicketState, frozenset[TicketState]] = MappingProxyType(
    {
        TicketState.OPEN: frozenset(
            {TicketState.CLOSED, TicketState.ESCALATED, TicketState.QUEUED, TicketState.ASSIGNED}
        ),
        TicketState.QUEUED: frozenset({TicketState.ASSIGNED, TicketState.OPEN, TicketState.CLOSED}),
        TicketState.ASSIGNED: frozenset(
            {TicketState.OPEN, TicketState.CLOSED, TicketState.ESCALATED, TicketState.QUEUED}
        ),
        TicketState.ESCALATED: frozenset({TicketState.OPEN, TicketState.CLOSED}),
        TicketState.CLOSED: frozenset({TicketState.OPEN}),
    }
)
"""States that a report may go to, by the state it is in."""

LEADS_TO: Mapping[Activity, TicketState] = MappingProxyType(
    {
        Activity.QUEUED: TicketState.QUEUED,
        Activity.ASSIGNED: TicketState.ASSIGNED,
        Activity.ESCALATED: TicketState.ESCALATED,
        Activity.CLOSED: TicketState.CLOSED,
        Activity.REOPENED: TicketState.OPEN,
    }
)
"""The state after each activity; a note leaves it as it is."""

EVENT_ACTIVITY: Mapping[str, Activity] = MappingProxyType(
    {
        f"{_EVENTS}modEventAcknowledge": Activity.CLOSED,
        f"{_EVENTS}modEventTakedown": Activity.CLOSED,
        f"{_EVENTS}modEventLabel": Activity.CLOSED,
        f"{_EVENTS}modEventComment": Activity.CLOSED,
        f"{_EVENTS}modEventEscalate": Activity.ESCALATED,
    }
)
"""What a moderation event does to the reports that it names; other events do nothing to them."""

CLOSES_BY_DEFAULT = frozenset({f"{_EVENTS}modEventAcknowledge", f"{_EVENTS}modEventTakedown"})
"""Events that answer every report on their subject when they name none."""


def after(state: TicketState, activity: Activity) -> TicketState:
    """The state that an activity leads to.

    Raises: Rejected AlreadyInTargetState or InvalidStateTransition.
    """
    target = LEADS_TO.get(activity, state)
    if activity is Activity.NOTED:
        return target
    if target is state:
        raise Rejected(ALREADY_THERE, expected=f"a report that is not yet {target}", found=state)
    if not permitted(state, activity):
        legal = sorted(TRANSITIONS[state])
        raise Rejected(NOT_PERMITTED, expected=f"from {state} to one of {', '.join(legal)}", found=activity)
    return target


def permitted(state: TicketState, activity: Activity) -> bool:
    """Say whether an activity changes or keeps the state lawfully."""
    if activity is Activity.NOTED:
        return True
    # Only a closed report is reopened; one that is worked on becomes open by losing its queue or its moderator.
    if activity is Activity.REOPENED and state is not TicketState.CLOSED:
        return False
    return LEADS_TO[activity] in TRANSITIONS[state]


def waiting_state(queue_id: int | None) -> TicketState:
    """The state of a pending report that nobody works on."""
    return TicketState.QUEUED if queue_id is not None and queue_id > 0 else TicketState.OPEN
