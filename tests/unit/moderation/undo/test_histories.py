"""Whatever rules and people did: without a rule's effects a subject stands as if the rule had never been.

The oracle is the docket itself, which decides the same history again, once with the rule and once without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from proposals import LABELER, NOON_US, account, make_effect
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind, EffectOptions
from skywarden.moderation.docket import Docket, Ruling
from skywarden.moderation.events import (
    ModEvent,
    ModEventAcknowledge,
    ModEventComment,
    ModEventEscalate,
    ModEventLabel,
    ModEventMute,
    ModEventReport,
    ModEventResolveAppeal,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
)
from skywarden.moderation.proposal import Proposal, proposal_of
from skywarden.moderation.put_back import Facet, Part, differing, look
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo.deeds import Deed
from skywarden.moderation.undo.judge import Case, Item, Judgement, judge
from undoing import ANN, HOUR_US, SPAM

SUBJECT = account(1)
OWNER = SUBJECT.did
APPEAL = "com.atproto.moderation.defs#reasonAppeal"

_WORDS = st.sampled_from(["spam", "rude"])
_HOURS = st.sampled_from([None, 1, 30])


@dataclass(frozen=True, slots=True)
class ByRule:
    rule: str
    kind: EffectKind
    value: str
    hours: int | None


@dataclass(frozen=True, slots=True)
class ByPerson:
    event: ModEvent
    by: Did


@dataclass(frozen=True, slots=True)
class Happening:
    """What somebody does, some hours after what was before."""

    deed: ByRule | ByPerson
    hours_later: int


_KINDS = st.one_of(
    st.tuples(st.sampled_from([EffectKind.LABEL, EffectKind.UNLABEL, EffectKind.TAG]), _WORDS),
    st.tuples(
        st.sampled_from(
            [EffectKind.TAKEDOWN, EffectKind.ESCALATE, EffectKind.ACKNOWLEDGE, EffectKind.REVERSE_TAKEDOWN]
        ),
        st.just(""),
    ),
    st.tuples(st.just(EffectKind.REPORT), st.just("spam")),
)
_RULES = st.builds(
    lambda rule, given, hours: ByRule(rule, given[0], given[1], hours),
    st.sampled_from(["waves", "waves", "other"]),
    _KINDS,
    _HOURS,
) | st.builds(ByRule, st.sampled_from(["waves", "other"]), st.just(EffectKind.MUTE), st.just(""), st.just(24))
_EVENTS: st.SearchStrategy[ModEvent] = st.one_of(
    st.builds(lambda word, hours: ModEventLabel((word,), (), None, hours), _WORDS, _HOURS),
    st.builds(lambda word: ModEventLabel((), (word,)), _WORDS),
    st.builds(lambda word: ModEventTag((word,), ()), _WORDS),
    st.builds(lambda word: ModEventTag((), (word,)), _WORDS),
    st.sampled_from([ModEventTakedown(), ModEventReverseTakedown(), ModEventEscalate(), ModEventAcknowledge()]),
    st.sampled_from([ModEventMute(24), ModEventUnmute(), ModEventComment("so"), ModEventResolveAppeal()]),
    st.just(ModEventReport(SPAM)),
)
_PEOPLE = st.builds(ByPerson, _EVENTS, st.just(ANN)) | st.just(ByPerson(ModEventReport(APPEAL), OWNER))
HISTORIES = st.lists(
    st.builds(Happening, st.one_of(_RULES, _RULES, _PEOPLE), st.sampled_from([0, 1, 1, 25])), min_size=1, max_size=14
)


@dataclass(slots=True)
class Told:
    """What became of a history: its deeds, its end, and how each happening that was let act was answered."""

    deeds: list[Deed]
    status: SubjectStatus
    now_us: UtcMicros
    answers: dict[int, Outcome]


def proposed(place: int, happening: Happening, at_us: UtcMicros) -> Proposal:
    deed = happening.deed
    if isinstance(deed, ByPerson):
        return Proposal(deed.event, SUBJECT, deed.by, deed.by, handed_in=True)
    options = EffectOptions(expires_us=None if deed.hours is None else deed.hours * HOUR_US)
    effect = make_effect(
        place, SUBJECT, kind=deed.kind, value=deed.value, rule=deed.rule, options=options, time_us=at_us
    )
    return proposal_of(effect, LABELER)


def tell(history: Sequence[Happening], *, without: str = "", skip: frozenset[int] = frozenset()) -> Told:
    """Decide a history; a rule or some people's acts may be left out."""
    docket, now_us = Docket(statuses={SUBJECT.uri: SubjectStatus()}), NOON_US
    deeds: list[Deed] = []
    answers: dict[int, Outcome] = {}
    for place, happening in enumerate(history, 1):
        now_us = UtcMicros(now_us + happening.hours_later * HOUR_US + 1)
        ended = docket.decide_all(docket.expiries([SUBJECT], LABELER, now_us), now_us)
        deeds += [Deed(place * 100 + n, now_us, ruling.proposal) for n, ruling in enumerate(ended)]
        left_out = isinstance(happening.deed, ByRule) and happening.deed.rule == without
        if left_out or place in skip:
            continue
        (ruling,) = docket.decide_all([proposed(place, happening, now_us)], now_us)
        answers[place] = ruling.verdict.outcome
        if ruling.applied or is_wish(ruling):
            deeds.append(Deed(place * 100 + 50, now_us, ruling.proposal, applied=ruling.applied))
    now_us = UtcMicros(now_us + 1)
    docket.decide_all(docket.expiries([SUBJECT], LABELER, now_us), now_us)
    return Told(deeds, docket.statuses[SUBJECT.uri], now_us, answers)


def is_wish(ruling: Ruling) -> bool:
    return ruling.verdict.outcome is Outcome.ALREADY and ruling.proposal.rule is not None


def undo(told: Told, rule: str = "waves", removed: frozenset[int] = frozenset()) -> tuple[SubjectStatus, Judgement]:
    """Take back all that a rule did; return the status after it."""
    mine = [deed for deed in told.deeds if deed.proposal.rule == rule]
    items = [Item(deed.id, deed.proposal.asked[0], deed.applied) for deed in mine if deed.proposal.asked]
    after = removed | {item.decision for item in items}
    judgement = judge(Case(told.deeds, items, removed, after, told.status), told.now_us, LABELER)
    status = told.status
    for finding in judgement.findings.values():
        if finding.facets:
            status = judgement.put_back(finding.facets).applied_to(status)
    return status, judgement


def unlike(one: SubjectStatus, other: SubjectStatus) -> set[Facet]:
    """What two statuses differ in, but for the moments: a term ends when somebody next looks."""
    return {facet for facet in differing(one, other) if facet.part is not Part.TIMES}


def refused_people(history: Sequence[Happening], told: Told) -> frozenset[int]:
    refused = {Outcome.REFUSED, Outcome.ALREADY}
    return frozenset(
        place
        for place, answer in told.answers.items()
        if answer in refused and isinstance(history[place - 1].deed, ByPerson)
    )


def later_people(history: Sequence[Happening], told: Told) -> list[Deed]:
    """What people did after the rule had first acted."""
    first = min((deed.id for deed in told.deeds if deed.proposal.rule == "waves"), default=None)
    return [deed for deed in told.deeds if first is not None and deed.id > first and deed.by_person]


@given(HISTORIES)
@settings(max_examples=400, deadline=None)
def test_a_subject_stands_as_if_the_rule_had_never_been(history: list[Happening]) -> None:
    told = tell(history)
    without = tell(history, without="waves", skip=refused_people(history, told))
    status, _ = undo(told)
    if refused_people(history, without):
        return  # somebody answered the rule: see below
    assert unlike(status, without.status) == set()


@given(HISTORIES)
@settings(max_examples=400, deadline=None)
def test_what_a_person_decided_last_stays_as_they_decided_it(history: list[Happening]) -> None:
    told = tell(history)
    status, _ = undo(told)
    for deed in later_people(history, told):
        for facet in deed.main_facets():
            later = [other for other in told.deeds if other.id > deed.id and other.touches(facet)]
            if not later and facet.part in (Part.LABEL, Part.TAG, Part.TAKEDOWN, Part.MUTE):
                assert look(status, facet) == look(told.status, facet)


@given(HISTORIES)
@settings(max_examples=200, deadline=None)
def test_what_only_others_did_is_not_touched(history: list[Happening]) -> None:
    told = tell(history)
    status, judgement = undo(told)
    mine = [deed for deed in told.deeds if deed.proposal.rule == "waves"]
    for facet in unlike(told.status, status):
        assert any(deed.touches(facet) for deed in mine), facet
    owned = [facet for finding in judgement.findings.values() for facet in finding.facets]
    assert len(owned) == len(set(owned))


@given(HISTORIES)
@settings(max_examples=200, deadline=None)
def test_to_undo_one_rule_and_then_the_other_leaves_what_people_did(history: list[Happening]) -> None:
    told = tell(history)
    first, _ = undo(told)
    removed = frozenset(deed.id for deed in told.deeds if deed.proposal.rule == "waves")
    both, _ = undo(Told(told.deeds, first, told.now_us, told.answers), "other", removed)
    people = [place for place in told.answers if isinstance(history[place - 1].deed, ByPerson)]
    rules = frozenset(range(1, len(history) + 1)) - frozenset(people)
    alone = tell(history, skip=rules | refused_people(history, told))
    if refused_people(history, alone):
        return
    assert unlike(both, alone.status) == set()


@given(HISTORIES)
@settings(max_examples=200, deadline=None)
def test_putting_back_leads_to_where_the_undo_began(history: list[Happening]) -> None:
    told = tell(history)
    status, _ = undo(told)
    mine = [deed for deed in told.deeds if deed.proposal.rule == "waves"]
    removed = frozenset(deed.id for deed in mine)
    items = [Item(deed.id, deed.proposal.asked[0], deed.applied) for deed in mine if deed.proposal.asked]
    again = judge(Case(told.deeds, items, removed, frozenset(), status), told.now_us, LABELER)
    for finding in again.findings.values():
        if finding.facets:
            status = again.put_back(finding.facets).applied_to(status)
    assert unlike(status, told.status) == set()
