"""The table of actions: what each proposal does to a subject in each state."""

import pytest

from proposals import LABELER, account, make_effect
from skywarden.kernel.ids import Cid, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.actions import ACTIONS
from skywarden.moderation.acts import Notice, SetAddition, SetRemoval
from skywarden.moderation.decide import Verdict, decide
from skywarden.moderation.docket import Docket, breaker_key
from skywarden.moderation.events import EVENT_KINDS, ModEventReport
from skywarden.moderation.proposal import Proposal, proposal_of
from skywarden.moderation.reasons import REASON_TYPES, reason_type
from skywarden.moderation.review import REVIEW_AFTER, Review, ReviewState
from skywarden.moderation.status import SubjectStatus

NOW_US = UtcMicros(5)
APPEAL = "com.atproto.moderation.defs#reasonAppeal"
RUDE = "com.atproto.moderation.defs#reasonRude"


def rule_proposal(kind: EffectKind, value: str, subject: Subject | None = None) -> Proposal:
    return proposal_of(make_effect(1, subject, kind=kind, value=value), LABELER)


def person_report(reason: str) -> Proposal:
    subject = account(1)
    return Proposal(ModEventReport(reason), subject, subject.did, subject.did)


def answer(proposal: Proposal, status: SubjectStatus | None = None) -> Verdict:
    return decide(proposal, status or SubjectStatus(), "", NOW_US)


def test_every_kind_of_event_and_what_rules_do_besides_has_an_action() -> None:
    assert set(ACTIONS) == {*EVENT_KINDS, SetAddition, SetRemoval, Notice}
    assert len(EVENT_KINDS) == 25


def test_every_kind_of_effect_but_a_second_look_becomes_an_act() -> None:
    for kind in set(EffectKind) - {EffectKind.RECHECK}:
        assert type(rule_proposal(kind, "spam").act) in ACTIONS


@pytest.mark.parametrize("act", list(Review))
def test_every_act_has_an_answer_for_every_state(act: Review) -> None:
    assert set(REVIEW_AFTER[act]) == set(ReviewState)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ReviewState.NONE, ReviewState.OPEN),
        (ReviewState.OPEN, ReviewState.OPEN),
        (ReviewState.CLOSED, ReviewState.OPEN),
        (ReviewState.ESCALATED, ReviewState.ESCALATED),
    ],
)
def test_a_report_opens_the_review_unless_it_is_escalated(before: ReviewState, after: ReviewState) -> None:
    verdict = answer(rule_proposal(EffectKind.REPORT, "rude"), SubjectStatus(review=before))
    assert verdict.status.review is after
    assert verdict.status.last_reported_us == NOW_US


@pytest.mark.parametrize("state", list(ReviewState))
@pytest.mark.parametrize(("kind", "value"), [(EffectKind.LABEL, "spam"), (EffectKind.TAG, "reply-flood")])
def test_labels_and_tags_leave_the_review_state(state: ReviewState, kind: EffectKind, value: str) -> None:
    assert answer(rule_proposal(kind, value), SubjectStatus(review=state)).status.review is state


def test_a_label_that_is_active_is_not_given_again() -> None:
    first = answer(rule_proposal(EffectKind.LABEL, "spam"))
    again = answer(rule_proposal(EffectKind.LABEL, "spam"), first.status)
    assert (first.outcome, again.outcome) == (Outcome.APPLIED, Outcome.ALREADY)
    assert again.status == first.status


def test_a_label_on_one_version_of_a_record_does_not_cover_the_next_version() -> None:
    old, new = (Subject.record(account(1).did, "app.bsky.feed.post", "a", Cid(cid)) for cid in ("bafyold", "bafynew"))
    status = answer(rule_proposal(EffectKind.LABEL, "spam", old)).status
    assert answer(rule_proposal(EffectKind.LABEL, "spam", old), status).outcome is Outcome.ALREADY
    assert answer(rule_proposal(EffectKind.LABEL, "spam", new), status).outcome is Outcome.APPLIED


def test_a_label_on_every_version_covers_each_version() -> None:
    every = Subject.record(account(1).did, "app.bsky.feed.post", "a")
    one = Subject.record(account(1).did, "app.bsky.feed.post", "a", Cid("bafyone"))
    status = answer(rule_proposal(EffectKind.LABEL, "spam", every)).status
    assert answer(rule_proposal(EffectKind.LABEL, "spam", one), status).outcome is Outcome.ALREADY


@pytest.mark.parametrize(
    "val", ["", "Spam", "spam ", "two words", "-spam", "spam-", "späm", "a" * 129, "spam2", "!mine"]
)
def test_a_label_that_clients_would_not_show_is_refused(val: str) -> None:
    assert answer(rule_proposal(EffectKind.LABEL, val)).outcome is Outcome.REFUSED


@pytest.mark.parametrize("val", ["spam", "a", "reply-flood", "!hide", "!warn", "a" * 128])
def test_a_label_that_clients_show_is_applied(val: str) -> None:
    assert answer(rule_proposal(EffectKind.LABEL, val)).outcome is Outcome.APPLIED


@pytest.mark.parametrize("val", ["!takedown", "!suspend"])
def test_a_rule_cannot_take_down_by_a_label(val: str) -> None:
    verdict = answer(rule_proposal(EffectKind.LABEL, val))
    assert verdict.outcome is Outcome.REFUSED
    assert "takedown only" in verdict.why


def test_a_tag_that_is_there_is_not_given_again() -> None:
    first = answer(rule_proposal(EffectKind.TAG, "flood"))
    assert answer(rule_proposal(EffectKind.TAG, "flood"), first.status).outcome is Outcome.ALREADY


def test_a_rule_does_not_report_again_while_its_report_is_open() -> None:
    first = answer(rule_proposal(EffectKind.REPORT, "rude"))
    assert answer(rule_proposal(EffectKind.REPORT, "rude"), first.status).outcome is Outcome.ALREADY
    assert answer(rule_proposal(EffectKind.REPORT, "spam"), first.status).outcome is Outcome.APPLIED


def test_a_person_may_report_again() -> None:
    first = answer(person_report(RUDE))
    assert answer(person_report(RUDE), first.status).outcome is Outcome.APPLIED


def test_an_appeal_escalates_and_a_second_one_is_refused() -> None:
    first = answer(person_report(APPEAL))
    assert first.status.appealed
    assert first.status.review is ReviewState.ESCALATED
    assert first.status.last_appealed_us == NOW_US
    second = answer(person_report(APPEAL), first.status)
    assert (second.outcome, second.why) == (Outcome.REFUSED, "AlreadyAppealed")


def test_a_rule_with_an_unknown_reason_is_refused_by_name() -> None:
    verdict = answer(rule_proposal(EffectKind.REPORT, "nonsense"))
    assert verdict.outcome is Outcome.REFUSED
    assert "'nonsense'" in verdict.why


def test_over_its_limit_an_effect_is_suppressed_and_changes_nothing() -> None:
    proposal = proposal_of(make_effect(1, limit=3), LABELER)
    key = breaker_key(proposal.breakers[0])
    assert Docket(used={key: 2}).decide_all([proposal], NOW_US)[0].applied
    over = Docket(used={key: 3}).decide_all([proposal], NOW_US)[0].verdict
    assert over.outcome is Outcome.SUPPRESSED
    assert over.why == "rule:waves reached its limit of 3 a day"
    assert over.status == SubjectStatus()


def test_what_is_already_so_is_not_called_suppressed() -> None:
    proposal = proposal_of(make_effect(1, limit=0), LABELER)
    carries = SubjectStatus(labels=frozenset({("spam", "")}))
    docket = Docket(statuses={proposal.subject.uri: carries})
    assert docket.decide_all([proposal], NOW_US)[0].verdict.outcome is Outcome.ALREADY


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("rude", RUDE),
        ("spam", "com.atproto.moderation.defs#reasonSpam"),
        ("other", "com.atproto.moderation.defs#reasonOther"),
        ("misleading-scam", "tools.ozone.report.defs#reasonMisleadingScam"),
        ("self_harm_ed", "tools.ozone.report.defs#reasonSelfHarmED"),
        (RUDE, RUDE),
        ("nonsense", None),
    ],
)
def test_short_report_reasons_name_the_lexicons_tokens(name: str, token: str | None) -> None:
    assert reason_type(name) == token


def test_every_known_reason_type_is_reached_by_itself() -> None:
    assert all(reason_type(token) == token for token in REASON_TYPES)
