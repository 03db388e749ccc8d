"""Whatever happens, in whatever order: the state machine keeps what it promises. No database is involved."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from moderation_events import ANY_EVENT, HAPPENINGS, Happening, cast
from proposals import LABELER, NOON_US
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions import ACTIONS
from skywarden.moderation.docket import Docket, Ruling
from skywarden.moderation.emission import proposals_of
from skywarden.moderation.events import ModEventTag
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.review import ReviewState
from skywarden.moderation.status import (
    MUTED,
    REPORTER_MUTED,
    TAKEDOWN_VALUES,
    TAKEN_DOWN,
    Held,
    HeldKind,
    SubjectStatus,
)

HOUR_US = 3_600_000_000


def play(happenings: list[Happening]) -> Iterator[tuple[Docket, Ruling]]:
    """Each ruling as it is made; what fell due is taken back before each event."""
    subjects, people = cast("x")
    docket = Docket(statuses={subject.uri: SubjectStatus() for subject in subjects})
    docket.pending = {subject.did: [one for one in subjects if one.did == subject.did] for subject in subjects}
    now_us = NOON_US
    for happening in happenings:
        now_us = UtcMicros(now_us + happening.hours_later * HOUR_US)
        new = NewEvent(
            happening.event,
            subjects[happening.subject],
            people[happening.by],
            subject_blob_cids=happening.blobs,
        )
        for proposal in [*docket.expiries(subjects, LABELER, now_us), *proposals_of(new, LABELER)]:
            for ruling in docket.decide_all([proposal], now_us):
                yield docket, ruling


def held_by(status: SubjectStatus) -> set[Held]:
    found: set[Held] = {(HeldKind.LABEL, val, cid) for val, cid in status.labels}
    found |= {(HeldKind.TAG, tag, "") for tag in status.tags}
    flags = ((status.takendown, TAKEN_DOWN), (status.muted, MUTED), (status.reporter_muted, REPORTER_MUTED))
    return found | {held for on, held in flags if on}


@given(HAPPENINGS)
@settings(max_examples=300)
def test_a_takedown_and_its_label_never_part(happenings: list[Happening]) -> None:
    for docket, _ in play(happenings):
        for uri, status in docket.statuses.items():
            labels = [val for val, _ in status.labels if val in TAKEDOWN_VALUES]
            assert len(labels) == int(status.takendown)
            if status.takendown:
                ends = TAKEN_DOWN in status.until
                assert labels == ["!suspend" if ends and not uri.startswith("at://") else "!takedown"]


@given(HAPPENINGS)
@settings(max_examples=300)
def test_the_review_state_moves_only_as_it_may(happenings: list[Happening]) -> None:
    for _, ruling in play(happenings):
        before, after = ruling.before, ruling.verdict.status
        if before.review is ReviewState.ESCALATED:
            assert after.review in (ReviewState.ESCALATED, ReviewState.CLOSED)
        if before.review is not ReviewState.NONE:
            assert after.review is not ReviewState.NONE
        if after.appealed and not before.appealed:
            assert after.review is ReviewState.ESCALATED


@given(HAPPENINGS)
@settings(max_examples=300)
def test_terms_and_wills_are_kept_only_of_what_is_held(happenings: list[Happening]) -> None:
    for docket, _ in play(happenings):
        for status in docket.statuses.values():
            assert status.until.keys() | status.by_person <= held_by(status)
            assert not status.muted or MUTED in status.until
            assert 0 <= status.priority <= 100


@given(HAPPENINGS)
@settings(max_examples=300)
def test_tags_are_what_was_added_less_what_was_removed(happenings: list[Happening]) -> None:
    for _, ruling in play(happenings):
        act = ruling.proposal.act
        before, after = ruling.before.tags, ruling.verdict.status.tags
        if isinstance(act, ModEventTag) and ruling.applied:
            assert after == (before - set(act.remove)) | set(act.add)
        else:
            assert after == before


@given(HAPPENINGS)
@settings(max_examples=200)
def test_nothing_is_held_beyond_its_end_once_that_was_asked_for(happenings: list[Happening]) -> None:
    later_us = UtcMicros(NOON_US + 10_000 * HOUR_US)
    *_, (docket, _) = play(happenings)
    subjects, _ = cast("x")
    rulings = docket.decide_all(docket.expiries(subjects, LABELER, later_us), later_us)
    assert all(ruling.applied for ruling in rulings)
    assert all(not status.until for status in docket.statuses.values())
    assert docket.expiries(subjects, LABELER, later_us) == []


@given(HAPPENINGS)
@settings(max_examples=200)
def test_what_is_refused_changes_nothing_and_says_why(happenings: list[Happening]) -> None:
    for _, ruling in play(happenings):
        if not ruling.applied:
            assert ruling.verdict.status == ruling.before
            assert ruling.verdict.why
            assert ruling.verdict.error or not ruling.proposal.by_person


def test_every_event_that_the_tests_make_is_in_the_table_and_the_other_way_round() -> None:
    made = {kind.__name__ for kind in ACTIONS if kind.__name__ not in ("Notice", "SetAddition", "SetRemoval")}
    assert len(made) == 25
    assert ANY_EVENT is not None


@pytest.mark.parametrize("hours", [-1, 1_000_001])
def test_a_term_that_cannot_be_meant_is_refused(hours: int) -> None:
    happening = Happening(ModEventTag(("spam",), (), None, hours), 0, 2, (), 0)
    [(_, ruling)] = play([happening])
    assert (ruling.applied, ruling.verdict.error) == (False, "InvalidRequest")
