"""What each kind of event does to a subject, row by row of the lexicon's descriptions. No database is involved."""

from dataclasses import replace

import pytest

from moderation_events import RUDE, THEN, cast
from proposals import LABELER, NOON_US
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.docket import Docket, Ruling
from skywarden.moderation.emission import proposals_of
from skywarden.moderation.events import (
    AccountEvent,
    AgeAssuranceEvent,
    AgeAssuranceOverrideEvent,
    AgeAssurancePurgeEvent,
    IdentityEvent,
    ModEvent,
    ModEventAcknowledge,
    ModEventComment,
    ModEventDivert,
    ModEventEmail,
    ModEventEscalate,
    ModEventLabel,
    ModEventMute,
    ModEventMuteReporter,
    ModEventPriorityScore,
    ModEventReport,
    ModEventResolveAppeal,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
    ModEventUnmuteReporter,
    RecordEvent,
    RevokeAccountCredentialsEvent,
)
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.review import ReviewState
from skywarden.moderation.stats import Strike, sum_strikes
from skywarden.moderation.status import MUTED, REPORTER_MUTED, TAKEN_DOWN, SubjectStatus
from skywarden.moderation.tag_policy import TagPolicy, TagRight

HOUR_US = 3_600_000_000
APPEAL = "com.atproto.moderation.defs#reasonAppeal"
(ALICE, POST, OTHER_POST, CHAT, BOB), (ALICE_DID, BOB_DID, MODERATOR) = cast("")


def rulings(docket: Docket, *events: ModEvent, on: Subject = ALICE, by: Did = MODERATOR) -> list[Ruling]:
    for subject in (ALICE, POST, OTHER_POST, CHAT, BOB):
        docket.statuses.setdefault(subject.uri, SubjectStatus())
    made = [NewEvent(event, on, by, subject_blob_cids=(Cid("bafyblob"),)) for event in events]
    return docket.decide_all([proposal for new in made for proposal in proposals_of(new, LABELER)], NOON_US)


def after(*events: ModEvent, on: Subject = ALICE, by: Did = MODERATOR, docket: Docket | None = None) -> SubjectStatus:
    """The subject after these events, all of which are applied."""
    docket = docket or Docket()
    assert [ruling.verdict.why for ruling in rulings(docket, *events, on=on, by=by) if not ruling.applied] == []
    return docket.statuses[on.uri]


def refused(event: ModEvent, *, on: Subject = ALICE, by: Did = MODERATOR, docket: Docket | None = None) -> str:
    """The name of the error that the event meets."""
    *_, last = rulings(docket or Docket(), event, on=on, by=by)
    assert not last.applied
    return last.verdict.error


def test_a_report_opens_the_review_and_an_escalated_one_stays() -> None:
    assert after(ModEventReport(RUDE)).review is ReviewState.OPEN
    assert after(ModEventEscalate(), ModEventReport(RUDE)).review is ReviewState.ESCALATED
    assert after(ModEventAcknowledge(), ModEventReport(RUDE)).last_reported_us == NOON_US


def test_a_muted_reporter_changes_nothing_but_is_counted_and_marked() -> None:
    docket = Docket()
    after(ModEventMuteReporter(), on=BOB, docket=docket)
    [ruling] = rulings(docket, ModEventReport(RUDE), by=BOB_DID)
    assert isinstance(ruling.proposal.act, ModEventReport)
    assert ruling.proposal.act.is_reporter_muted
    status = docket.statuses[ALICE.uri]
    assert (status.review, status.last_reported_us, status.counts.report) == (ReviewState.NONE, None, 1)


def test_a_client_cannot_say_that_a_reporter_is_muted() -> None:
    assert after(ModEventReport(RUDE, None, True), by=BOB_DID).review is ReviewState.OPEN


def test_only_the_author_appeals_and_only_once_until_it_is_answered() -> None:
    docket = Docket()
    assert refused(ModEventReport(APPEAL), by=BOB_DID) == "NotSubjectOwner"
    status = after(ModEventReport(APPEAL), by=ALICE_DID, docket=docket)
    assert (status.appealed, status.review, status.last_appealed_us) == (True, ReviewState.ESCALATED, NOON_US)
    assert refused(ModEventReport(APPEAL), by=ALICE_DID, docket=docket) == "AlreadyAppealed"
    assert not after(ModEventResolveAppeal(), docket=docket).appealed
    assert after(ModEventReport(APPEAL), by=ALICE_DID, docket=docket).appealed


def test_a_taken_down_account_reports_nothing_but_its_appeals() -> None:
    docket = Docket()
    after(ModEventTakedown(), docket=docket)
    assert refused(ModEventReport(RUDE), on=BOB, by=ALICE_DID, docket=docket) == "AccountTakedown"
    assert after(ModEventReport(APPEAL), by=ALICE_DID, docket=docket).appealed


def test_a_takedown_closes_answers_the_appeal_and_is_done_once() -> None:
    docket = Docket()
    after(ModEventReport(APPEAL), by=ALICE_DID, docket=docket)
    status = after(ModEventTakedown(), docket=docket)
    assert (status.takendown, status.appealed, status.review) == (True, False, ReviewState.CLOSED)
    assert (status.labels, status.last_reviewed_by) == (frozenset({("!takedown", "")}), MODERATOR)
    assert refused(ModEventTakedown(None, 24), docket=docket) == "SubjectHasAction"
    lifted = after(ModEventReverseTakedown(), docket=docket)
    assert (lifted.takendown, lifted.labels, lifted.review) == (False, frozenset(), ReviewState.CLOSED)
    assert refused(ModEventReverseTakedown(), docket=docket) == "SubjectHasAction"


def test_an_account_is_suspended_and_a_record_taken_down_for_a_time() -> None:
    account, record = after(ModEventTakedown(None, 2)), after(ModEventTakedown(None, 2), on=POST)
    assert account.until[TAKEN_DOWN] == record.until[TAKEN_DOWN] == NOON_US + 2 * HOUR_US
    assert ({val for val, _ in account.labels}, {val for val, _ in record.labels}) == ({"!suspend"}, {"!takedown"})
    assert (account.counts.suspend, account.counts.takedown) == (1, 0)
    assert record.blob_cids == ("bafyblob",)


def test_closing_an_account_closes_what_waits_of_it_one_event_each() -> None:
    docket = Docket()
    after(ModEventReport(RUDE), on=POST, by=BOB_DID, docket=docket)
    after(ModEventReport(APPEAL), on=OTHER_POST, by=ALICE_DID, docket=docket)
    docket.pending = {ALICE_DID: [POST, OTHER_POST]}
    made = rulings(docket, ModEventAcknowledge(None, True))
    assert [(ruling.proposal.subject.uri, ruling.proposal.name) for ruling in made] == [
        (ALICE.uri, "modEventAcknowledge"),
        (POST.uri, "modEventAcknowledge"),
        (OTHER_POST.uri, "modEventResolveAppeal"),
        (OTHER_POST.uri, "modEventAcknowledge"),
    ]
    assert {docket.statuses[one.uri].review for one in (ALICE, POST, OTHER_POST)} == {ReviewState.CLOSED}
    assert not docket.statuses[OTHER_POST.uri].appealed


def test_a_divert_takes_the_record_down_and_needs_its_blobs() -> None:
    docket = Docket()
    made = rulings(docket, ModEventDivert(), on=POST)
    assert [ruling.proposal.name for ruling in made] == ["modEventDivert", "modEventTakedown"]
    assert docket.statuses[POST.uri].takendown
    bare = replace(made[0].proposal, blob_cids=(), subject=OTHER_POST)
    assert not Docket().decide_all([bare], NOON_US)[0].applied


def test_labels_are_added_for_a_time_and_negated() -> None:
    status = after(ModEventLabel(("spam", "rude"), (), None, 1), ModEventLabel((), ("spam",)), on=POST)
    assert status.labels == {("rude", "bafyone")}
    assert list(status.until.values()) == [NOON_US + HOUR_US]


@pytest.mark.parametrize("val", ["", "two words", "a,b", "a;b", "it's", 'say "x"', "é", "x" * 129, "!takedown"])
def test_a_label_that_the_reference_does_not_take_is_refused(val: str) -> None:
    assert refused(ModEventLabel((val,), ())) == "InvalidRequest"


@pytest.mark.parametrize("val", ["Spam", "spam2", "!hide", "a:b", "x" * 128])
def test_a_person_may_label_what_rules_may_not(val: str) -> None:
    assert after(ModEventLabel((val,), ())).labels == {(val, "")}


def test_mutes_last_a_day_unless_told_and_keep_the_review() -> None:
    status = after(ModEventEscalate(), ModEventMute(0))
    assert (status.until[MUTED], status.review) == (NOON_US + 24 * HOUR_US, ReviewState.ESCALATED)
    assert not after(ModEventMute(3), ModEventUnmute()).muted


def test_reporters_are_muted_for_good_without_a_term_and_only_accounts_are() -> None:
    status = after(ModEventMuteReporter())
    assert (status.reporter_muted, REPORTER_MUTED in status.until) == (True, False)
    assert after(ModEventMuteReporter(None, 5)).until[REPORTER_MUTED] == NOON_US + 5 * HOUR_US
    assert not after(ModEventMuteReporter(), ModEventUnmuteReporter()).reporter_muted
    assert refused(ModEventMuteReporter(), on=POST) == "InvalidRequest"


def test_a_sticky_comment_stays_until_an_empty_one() -> None:
    assert after(ModEventComment("one"), ModEventComment("two", True), ModEventComment("three")).comment == "two"
    assert after(ModEventComment("two", True), ModEventComment("", True)).comment is None


def test_a_score_is_kept_and_an_impossible_one_refused() -> None:
    assert after(ModEventPriorityScore(70)).priority == 70
    assert refused(ModEventPriorityScore(101)) == "InvalidRequest"


def test_a_moderators_word_on_age_stands_until_it_is_reset_or_purged() -> None:
    said = AgeAssuranceEvent(THEN, "a", "assured")
    blocked, reset = (AgeAssuranceOverrideEvent(state, "so") for state in ("blocked", "reset"))
    assert (after(said).age_assurance, after(said).age_assurance_by) == ("assured", "user")
    assert after(blocked, said).age_assurance == "blocked"
    assert after(blocked, reset, said).age_assurance == "assured"
    purged = after(blocked, AgeAssurancePurgeEvent("forget"))
    assert (purged.age_assurance, purged.age_assurance_by) == ("unknown", None)
    assert after(blocked, AgeAssurancePurgeEvent("forget"), said).age_assurance == "assured"


def test_what_the_network_says_is_kept_and_leaves_the_review() -> None:
    at_us = datetime_micros(THEN)
    deleted = after(AccountEvent(False, THEN, status="deleted"))
    assert (deleted.hosting.status, deleted.hosting.deleted_us, deleted.review) == ("deleted", at_us, ReviewState.NONE)
    back = after(AccountEvent(False, THEN, status="deactivated"), AccountEvent(True, THEN)).hosting
    assert (back.status, back.deactivated_us, back.reactivated_us) == ("active", at_us, at_us)
    assert after(IdentityEvent(THEN, tombstone=True)).hosting.status == "tombstoned"
    assert after(RecordEvent("delete", THEN), on=POST).hosting.deleted_us == at_us
    assert refused(RecordEvent("delete", THEN)) == "InvalidRequest"
    assert refused(AccountEvent(True, THEN), on=POST) == "InvalidRequest"


def test_what_is_about_accounts_is_refused_on_records_and_conversations_are_never_labeled() -> None:
    assert refused(RevokeAccountCredentialsEvent("stolen"), on=POST) == "InvalidRequest"
    for event in (ModEventTakedown(), ModEventLabel(("spam",), ())):
        assert refused(event, on=CHAT) == "InvalidRequest"
    assert after(ModEventReport(RUDE), on=CHAT, by=BOB_DID).review is ReviewState.OPEN


def test_an_email_changes_nothing_but_what_strikes_add_up_to() -> None:
    assert after(ModEventEmail("hello", strike_count=2)) == SubjectStatus()


def test_strikes_that_expired_are_counted_as_ever_received_only() -> None:
    at = UtcMicros
    given = [Strike(2, at(1), at(10)), Strike(1, at(2), None), Strike(-1, at(3), None)]
    assert (sum_strikes(given, at(9)).active, sum_strikes(given, at(10)).active) == (2, 0)
    sums = sum_strikes(given, at(9))
    assert (sums.total, sums.first_us, sums.last_us, sums.next_expiry_us) == (2, 1, 2, 10)
    assert sum_strikes([Strike(-3, at(1), None)], at(2)).total == 0


def test_a_protected_tag_is_for_those_whom_it_names() -> None:
    rights = {"vip": TagRight(roles=frozenset({"admin"})), "mine": TagRight(moderators=frozenset({MODERATOR}))}
    as_admin, as_other = TagPolicy(rights, Did("did:plc:x"), "admin"), TagPolicy(rights, MODERATOR, "triage")
    assert (as_admin.refusal(("vip",)), as_other.refusal(("mine", "free"))) == (None, None)
    assert "'mine'" in (as_admin.refusal(("mine",)) or "")
    new = NewEvent(ModEventTag(("vip",), ()), ALICE, MODERATOR, tag_policy=as_other)
    [ruling] = Docket().decide_all(proposals_of(new, LABELER), NOON_US)
    assert ruling.verdict.error == "InvalidRequest"
