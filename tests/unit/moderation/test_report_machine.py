"""A report goes only where the table lets it, whatever is asked of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.machine import (
    ALREADY_THERE,
    CLOSES_BY_DEFAULT,
    EVENT_ACTIVITY,
    LEADS_TO,
    NOT_PERMITTED,
    PENDING,
    TRANSITIONS,
    Activity,
    TicketState,
    after,
    permitted,
    waiting_state,
)

LEGAL = {
    ("open", "closed"),
    ("open", "escalated"),
    ("open", "queued"),
    ("open", "assigned"),
    ("queued", "assigned"),
    ("queued", "open"),
    ("queued", "closed"),
    ("assigned", "open"),
    ("assigned", "closed"),
    ("assigned", "escalated"),
    ("assigned", "queued"),
    ("escalated", "open"),
    ("escalated", "closed"),
    ("closed", "open"),
}
"""The ticket's transitions, written out by hand."""


@given(st.lists(st.sampled_from(Activity)))
def test_any_sequence_of_activities_takes_legal_steps_only(activities: list[Activity]) -> None:
    state = TicketState.OPEN
    for activity in activities:
        if permitted(state, activity):
            reached = after(state, activity)
            assert reached is state or (state.value, reached.value) in LEGAL
            state = reached


def test_the_table_is_the_one_written_out() -> None:
    assert {(one.value, other.value) for one, others in TRANSITIONS.items() for other in others} == LEGAL


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("activity", Activity)
def test_what_is_permitted_is_what_is_not_refused(state: TicketState, activity: Activity) -> None:
    if permitted(state, activity):
        after(state, activity)
    else:
        with pytest.raises(Rejected) as refused:
            after(state, activity)
        assert refused.value.reason in {ALREADY_THERE, NOT_PERMITTED}


@pytest.mark.parametrize("state", TicketState)
def test_a_note_changes_no_state(state: TicketState) -> None:
    assert after(state, Activity.NOTED) is state


@pytest.mark.parametrize("state", TicketState)
def test_only_a_closed_report_is_reopened(state: TicketState) -> None:
    assert permitted(state, Activity.REOPENED) is (state is TicketState.CLOSED)


@pytest.mark.parametrize("state", sorted(PENDING))
def test_every_pending_report_can_be_closed(state: TicketState) -> None:
    assert after(state, Activity.CLOSED) is TicketState.CLOSED


@pytest.mark.parametrize("activity", LEADS_TO)
def test_an_activity_whose_state_is_reached_says_so(activity: Activity) -> None:
    state = LEADS_TO[activity]
    if activity is not Activity.REOPENED:
        with pytest.raises(Rejected, match=ALREADY_THERE):
            after(state, activity)


def test_events_close_reports_but_an_escalation_escalates_them() -> None:
    escalating = {name for name, activity in EVENT_ACTIVITY.items() if activity is Activity.ESCALATED}
    assert escalating == {"tools.ozone.moderation.defs#modEventEscalate"}
    assert {EVENT_ACTIVITY[name] for name in CLOSES_BY_DEFAULT} == {Activity.CLOSED}


@pytest.mark.parametrize(("queue_id", "state"), [(None, "open"), (-1, "open"), (7, "queued")])
def test_a_pending_report_without_a_moderator_is_queued_when_a_queue_has_it(queue_id: int | None, state: str) -> None:
    assert waiting_state(queue_id).value == state
