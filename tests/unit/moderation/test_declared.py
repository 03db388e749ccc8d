"""A labeler sets only labels that it declares, once it is known what it declares."""

import pytest

from proposals import LABELER, account, make_effect
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset
from skywarden.model.decision import Outcome
from skywarden.moderation.events import ModEventLabel
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database

MODERATOR = Did("did:plc:moderator")


def service_of(database: Database, declared: frozenset[str] | None) -> ModerationService:
    return ModerationService(database, LABELER, clock=ManualClock(), metrics=Metrics(), declared=declared)


def label(service: ModerationService, *add: str, remove: tuple[str, ...] = ()) -> None:
    service.emit(NewEvent(ModEventLabel(add, remove), account(1), MODERATOR))


def test_a_person_is_told_that_a_label_is_not_declared(database: Database) -> None:
    service = service_of(database, frozenset({"rude"}))
    with pytest.raises(Rejected, match="'spam' is not declared by this labeler") as caught:
        label(service, "rude", "spam")
    assert caught.value.reason == "InvalidRequest"
    assert service.status(account(1).uri).labels == frozenset()


def test_a_rules_undeclared_label_is_refused_and_the_stream_goes_on(database: Database) -> None:
    service = service_of(database, frozenset({"rude"}))
    effects = [make_effect(1, value="spam"), make_effect(2, value="rude")]
    service.outbox.store([], effects, Offset(3))
    assert service.decide_pending() == 2
    newest, before = service.recent_decisions(2)
    assert (newest.outcome, before.outcome) == (Outcome.APPLIED, Outcome.REFUSED)
    assert "not declared" in before.why


@pytest.mark.parametrize("value", ["rude", "!hide", "porn", "bot"])
def test_declared_and_global_values_are_set(database: Database, value: str) -> None:
    service = service_of(database, frozenset({"rude"}))
    label(service, value)
    assert {held for held, _ in service.status(account(1).uri).labels} == {value}


def test_a_label_that_is_no_longer_declared_can_be_taken_back(database: Database) -> None:
    label(service_of(database, None), "spam")
    label(service_of(database, frozenset()), remove=("spam",))
    assert service_of(database, frozenset()).status(account(1).uri).labels == frozenset()
