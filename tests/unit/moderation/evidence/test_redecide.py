"""A decision is made again, on what it was made on, with the same answer; what was altered since is named."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from proposals import DAY_US, account, make_effect, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset
from skywarden.model.decision import Outcome
from skywarden.model.difference import Difference
from skywarden.model.effect import Effect, EffectKind, EffectOptions, Limits
from skywarden.moderation.evidence import Evidence, Redecided, redecide
from skywarden.moderation.service import ModerationService
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, MODERATION_EVENT

HOUR_US = 3_600_000_000
ONE = account(1)


def many() -> list[Effect]:
    """Proposals that end in every way there is."""
    week = EffectOptions(expires_us=7 * DAY_US)
    seldom = EffectOptions(every_us=HOUR_US)
    return [
        *(make_effect(number, account(number % 7), limit=4, per_hour=3) for number in range(10)),
        make_effect(20, ONE, kind=EffectKind.REPORT, value="spam", options=seldom, rule="waves2"),
        make_effect(21, ONE, kind=EffectKind.REPORT, value="spam", options=seldom, rule="waves2"),
        make_effect(22, ONE, kind=EffectKind.COMMENT, value="seen", options=seldom, rule="words"),
        make_effect(23, ONE, kind=EffectKind.COMMENT, value="seen", options=seldom, rule="words"),
        make_effect(24, ONE, kind=EffectKind.TAG, value="watched", options=week),
        make_effect(25, ONE, kind=EffectKind.TAG, value="watched", options=week),
        make_effect(26, ONE, kind=EffectKind.MUTE, value="", rule="mutes"),
        make_effect(27, ONE, kind=EffectKind.TAKEDOWN, value="", options=week, rule="takes"),
        make_effect(28, ONE, kind=EffectKind.REVERSE_TAKEDOWN, value="", rule="takes"),
        make_effect(29, ONE, kind=EffectKind.LABEL, value="Not A Label", rule="labels"),
        make_effect(30, ONE, kind=EffectKind.ADD_TO_SET, value="seen", rule="sets"),
        make_effect(31, ONE, kind=EffectKind.NOTIFY, value="nobody", rule="notes"),
    ]


def decide(service: ModerationService, effects: list[Effect], at_once: int = 1_000) -> None:
    service.outbox.store([], effects, Offset(1_000))
    while service.decide_pending(at_once):
        pass


def again(database: Database) -> dict[int, tuple[str, Redecided]]:
    """Every decision made again, with its stored outcome."""
    found = {}
    with database.read() as tx:
        evidence = Evidence(tx)
        for number in tx.execute(select(DECISION.c.id)).scalars().all():
            stored = evidence.decision(number)
            assert stored is not None
            effect = evidence.effect(stored.cause)
            answer = redecide(evidence, stored, None if effect is None else effect.effect)
            found[number] = str(stored.columns["outcome"]), answer
    return found


def first_difference(database: Database, number: int) -> Difference:
    return again(database)[number][1].differences[0]


@pytest.mark.parametrize("at_once", [1, 4, 1_000])
def test_every_decision_is_made_again_with_the_same_answer(database: Database, at_once: int) -> None:
    clock = ManualClock()
    decide(make_service(database, clock, limits=Limits(per_hour=12)), many(), at_once)
    clock.advance(8 * DAY_US / 1e6)
    service = make_service(database, clock)
    while service.take_back_expired():
        pass
    found = again(database)
    assert {number: one for number, (_, one) in found.items() if one != Redecided()} == {}
    assert {outcome for outcome, _ in found.values()} == {one.value for one in Outcome}
    assert len(found) > len(many()), "the ends of terms are decisions too"


def alter(database: Database, table: Table, number: int, **values: Any) -> None:
    with database.write("test") as tx:
        assert tx.execute(update(table).where(table.c.id == number).values(**values)).rowcount == 1


def test_an_altered_answer_is_named(database: Database) -> None:
    decide(make_service(database), many())
    alter(database, DECISION, 9, outcome="applied", why="")
    assert first_difference(database, 9) == Difference("decision.outcome", "applied", "already")


def test_an_altered_event_is_named(database: Database) -> None:
    decide(make_service(database), many())
    alter(database, MODERATION_EVENT, 1, comment="something else")
    found = first_difference(database, 1)
    assert (found.field, found.then) == ("event.comment", "something else")


def test_a_decision_that_a_breaker_counted_and_that_is_gone_is_missed(database: Database) -> None:
    decide(make_service(database), [make_effect(number, limit=3) for number in range(5)])
    found = again(database)
    assert [outcome for outcome, _ in found.values()] == ["applied"] * 3 + ["suppressed"] * 2
    alter(database, DECISION, 2, event_us=0)
    missed = first_difference(database, 4)
    assert missed.field.startswith("breaker.rule:waves day")
    assert (missed.then, missed.now) == ("3 of 3", "2 of 3")
    changed = {one.field for one in again(database)[4][1].differences}
    assert "decision.outcome" in changed, "by exact count it would have been let through"


def test_a_rule_that_had_no_limit_until_now_counts_from_now_on(database: Database) -> None:
    decide(make_service(database), [make_effect(number) for number in range(3)])
    decide(make_service(database), [make_effect(number, limit=2) for number in range(10, 14)])
    assert [outcome for outcome, _ in again(database).values()] == ["applied"] * 5 + ["suppressed"] * 2
    assert all(one == Redecided() for _, one in again(database).values())


def test_another_proposal_is_not_the_one_that_was_answered(database: Database) -> None:
    effect = make_effect(1, ONE)
    decide(make_service(database), [effect])
    with database.read() as tx:
        evidence = Evidence(tx)
        stored = evidence.decision(1)
        assert stored is not None
        other = replace(effect, value="rude")
        fields = [one.field for one in redecide(evidence, stored, other).differences]
    assert fields[0] == "decision.value"
    assert "event.event_json" in fields


def test_what_an_earlier_release_decided_is_not_guessed(database: Database) -> None:
    decide(make_service(database), [make_effect(1, ONE)])
    alter(database, DECISION, 1, basis_json=None)
    assert "earlier release" in again(database)[1][1].unknown
    alter(database, DECISION, 1, basis_json='{"review": 7}')
    assert again(database)[1][1].differences[0].field == "decision.basis"
