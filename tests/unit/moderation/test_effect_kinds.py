"""Each kind of effect, from the outbox to what it changes: statuses, label requests, reports, sets, messages."""

import msgspec
import pytest
from sqlalchemy import select, update

from proposals import LABELER, NOON_US, account, make_effect, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, Offset
from skywarden.model.decision import Outcome
from skywarden.model.effect import Effect, EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.new_event import NewReport
from skywarden.moderation.review import ReviewState
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import (
    AUDIT,
    DELIVERY,
    LABEL_REQUEST,
    REPORT,
    SUBJECT_LABEL,
    SUBJECT_TAG,
    VALUE_SET,
    VALUE_SET_ENTRY,
)

HOUR_US = 3_600_000_000
ALICE = account(1)
POST = Subject.record(ALICE.did, "app.bsky.feed.post", "3k", Cid("bafyone"))
EDITED = Subject.record(ALICE.did, "app.bsky.feed.post", "3k", Cid("bafytwo"))
AN_HOUR = EffectOptions(expires_us=HOUR_US)


def take(service: ModerationService, *effects: Effect) -> list[Outcome]:
    """Propose, decide, and tell the outcomes in the order of the effects."""
    service.outbox.store([], effects, Offset(max(effect.offset for effect in effects) + 1))
    service.decide_pending()
    found = {decision.cause: decision.outcome for decision in service.recent_decisions(100)}
    return [found[effect.effect_id] for effect in effects]


def act(
    offset: int, kind: EffectKind, value: str = "", subject: Subject = ALICE, options: EffectOptions | None = None
) -> Effect:
    return make_effect(offset, subject, kind=kind, value=value, options=options or EffectOptions())


def requests(database: Database) -> list[tuple[str, str, str | None, bool, int | None]]:
    with database.read() as tx:
        rows = tx.execute(select(LABEL_REQUEST).order_by(LABEL_REQUEST.c.number))
        return [(row.uri, row.val, row.cid, row.neg, row.expires_us) for row in rows]


def test_an_unlabel_negates_our_label_on_every_version(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.LABEL, "spam", POST), act(2, EffectKind.LABEL, "spam", EDITED))
    every = Subject(POST.did, POST.uri)
    assert take(service, act(3, EffectKind.UNLABEL, "spam", every)) == [Outcome.APPLIED]
    assert requests(database)[2:] == [
        (POST.uri, "spam", "bafyone", True, None),
        (POST.uri, "spam", "bafytwo", True, None),
    ]
    assert service.status(POST.uri).labels == frozenset()


def test_an_unlabel_of_what_is_not_there_publishes_nothing(database: Database) -> None:
    service = make_service(database)
    assert take(service, act(1, EffectKind.UNLABEL, "spam")) == [Outcome.ALREADY]
    assert requests(database) == []


def test_a_label_given_taken_and_given_in_one_batch_is_asked_for_three_times_in_order(database: Database) -> None:
    service = make_service(database)
    kinds = (EffectKind.LABEL, EffectKind.UNLABEL, EffectKind.LABEL)
    assert take(service, *(act(n, kind, "spam") for n, kind in enumerate(kinds))) == [Outcome.APPLIED] * 3
    assert [neg for _, _, _, neg, _ in requests(database)] == [False, True, False]
    assert service.status(ALICE.uri).labels == {("spam", "")}


def test_an_untag_takes_the_tag_away(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.TAG, "wave"))
    assert take(service, act(2, EffectKind.UNTAG, "wave"), act(3, EffectKind.UNTAG, "wave")) == [
        Outcome.APPLIED,
        Outcome.ALREADY,
    ]
    assert service.status(ALICE.uri).tags == frozenset()


def test_an_escalation_stays_until_a_person_closes_it(database: Database) -> None:
    service = make_service(database)
    escalate, acknowledge = act(1, EffectKind.ESCALATE), act(2, EffectKind.ACKNOWLEDGE)
    assert take(service, escalate, acknowledge, act(3, EffectKind.ESCALATE)) == [
        Outcome.APPLIED,
        Outcome.REFUSED,
        Outcome.ALREADY,
    ]
    assert service.status(ALICE.uri).review is ReviewState.ESCALATED


def test_an_acknowledgement_closes_the_review_and_answers_the_reports_before_it(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.REPORT, "rude"))
    steps = [
        act(2, EffectKind.REPORT, "spam"),
        act(3, EffectKind.ACKNOWLEDGE),
        act(4, EffectKind.ACKNOWLEDGE),
        act(5, EffectKind.REPORT, "rude"),
    ]
    assert take(service, *steps) == [Outcome.APPLIED, Outcome.APPLIED, Outcome.ALREADY, Outcome.APPLIED]
    with database.read() as tx:
        states = list(tx.execute(select(REPORT.c.state).order_by(REPORT.c.id)).scalars())
    assert states == ["closed", "closed", "open"]
    assert service.status(ALICE.uri).review is ReviewState.OPEN


def test_a_takedown_sets_its_label_closes_the_review_and_is_taken_once(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.REPORT, "rude"))
    assert take(service, act(2, EffectKind.TAKEDOWN), act(3, EffectKind.TAKEDOWN)) == [
        Outcome.APPLIED,
        Outcome.ALREADY,
    ]
    status = service.status(ALICE.uri)
    assert (status.takendown, status.review) == (True, ReviewState.CLOSED)
    assert status.labels == {("!takedown", "")}
    assert requests(database) == [(ALICE.uri, "!takedown", None, False, None)]


def test_a_takedown_of_an_account_that_ends_is_a_suspension(database: Database) -> None:
    clock = ManualClock()
    service = make_service(database, clock)
    suspended = act(1, EffectKind.TAKEDOWN, options=AN_HOUR)
    removed = act(2, EffectKind.TAKEDOWN, subject=POST, options=AN_HOUR)
    take(service, suspended, removed)
    end_us = clock.now_us() + HOUR_US
    assert requests(database) == [
        (ALICE.uri, "!suspend", None, False, end_us),
        (POST.uri, "!takedown", None, False, end_us),
    ]


def test_a_takedown_for_good_replaces_a_suspension(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.TAKEDOWN, options=AN_HOUR))
    assert take(service, act(2, EffectKind.TAKEDOWN)) == [Outcome.APPLIED]
    assert service.status(ALICE.uri).labels == {("!takedown", "")}
    assert [(val, neg) for _, val, _, neg, _ in requests(database)] == [
        ("!suspend", False),
        ("!suspend", True),
        ("!takedown", False),
    ]


@pytest.mark.parametrize("val", ["!takedown", "!suspend"])
def test_a_rule_cannot_lift_a_takedown_by_its_label(database: Database, val: str) -> None:
    service = make_service(database)
    assert take(service, act(1, EffectKind.TAKEDOWN), act(2, EffectKind.UNLABEL, val)) == [
        Outcome.APPLIED,
        Outcome.REFUSED,
    ]


def test_a_taken_down_account_cannot_report(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.TAKEDOWN))
    with pytest.raises(Rejected, match="AccountTakedown"):
        service.create_report(
            NewReport("com.atproto.moderation.defs#reasonSpam", account(2), ALICE.did),
        )


def test_a_mute_has_an_end_or_is_refused(database: Database) -> None:
    service = make_service(database)
    assert take(service, act(1, EffectKind.MUTE), act(2, EffectKind.MUTE, options=AN_HOUR)) == [
        Outcome.REFUSED,
        Outcome.APPLIED,
    ]
    assert service.status(ALICE.uri).muted


def test_a_comment_is_kept_each_time(database: Database) -> None:
    service = make_service(database)
    assert take(service, act(1, EffectKind.COMMENT, "look"), act(2, EffectKind.COMMENT, "look")) == [
        Outcome.APPLIED,
        Outcome.APPLIED,
    ]
    assert service.recent_decisions(1)[0].value == "look"


def test_sets_hold_accounts_and_records_and_lists_hold_accounts_only(database: Database) -> None:
    service = make_service(database)
    steps = [
        act(1, EffectKind.ADD_TO_SET, "waves"),
        act(2, EffectKind.ADD_TO_SET, "waves", POST),
        act(3, EffectKind.ADD_TO_SET, "waves"),
        act(4, EffectKind.ADD_TO_LIST, "waves"),
        act(5, EffectKind.ADD_TO_LIST, "waves", POST),
    ]
    assert take(service, *steps) == [
        Outcome.APPLIED,
        Outcome.APPLIED,
        Outcome.ALREADY,
        Outcome.APPLIED,
        Outcome.REFUSED,
    ]
    with database.read() as tx:
        query = select(VALUE_SET.c.name, VALUE_SET_ENTRY.c.value).join(VALUE_SET_ENTRY)
        rows = {tuple(row) for row in tx.execute(query)}
        sizes = {tuple(row) for row in tx.execute(select(VALUE_SET.c.name, VALUE_SET.c.size))}
    assert rows == {("waves", ALICE.uri), ("waves", POST.uri), ("list/waves", ALICE.uri)}
    assert sizes == {("waves", 2), ("list/waves", 1)}


def test_a_notification_waits_for_its_webhook_and_an_unknown_one_is_refused(database: Database) -> None:
    service = ModerationService(database, LABELER, clock=ManualClock(), metrics=Metrics(), hooks={"team"})
    assert take(service, act(1, EffectKind.NOTIFY, "team"), act(2, EffectKind.NOTIFY, "nobody")) == [
        Outcome.APPLIED,
        Outcome.REFUSED,
    ]
    with database.read() as tx:
        row = tx.execute(select(DELIVERY)).one()
    body = msgspec.json.decode(row.body_json)
    assert (row.hook, row.state, body["subject"]["did"]) == ("team", "waiting", ALICE.did)
    assert body["tool"]["meta"]["rule"] == "waves"


def test_what_a_person_decided_no_rule_takes_back(database: Database) -> None:
    service = make_service(database)
    take(service, act(1, EffectKind.LABEL, "spam"), act(2, EffectKind.TAG, "wave"))
    by_hand(database)
    assert take(service, act(3, EffectKind.UNLABEL, "spam"), act(4, EffectKind.UNTAG, "wave")) == [
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]


def by_hand(database: Database) -> None:
    """Make every label and tag so far a person's."""
    with database.write("test") as tx:
        for table in (SUBJECT_LABEL, SUBJECT_TAG):
            tx.execute(update(table).values(by_person=True))


def test_every_applied_decision_is_in_the_audit_with_its_rule_version_and_values(database: Database) -> None:
    service = make_service(database)
    kinds = [(kind, value) for kind, value in VALUES.items() if kind is not EffectKind.NOTIFY]
    outcomes = take(service, *(act(n, kind, value, account(n), AN_HOUR) for n, (kind, value) in enumerate(kinds, 1)))
    applied = outcomes.count(Outcome.APPLIED)
    assert verify_audit(database) == applied > 0
    with database.read() as tx:
        for row in tx.execute(select(AUDIT)):
            meta = msgspec.json.decode(row.change_json)["tool"]["meta"]
            assert (row.actor, meta["rule"], meta["version"]) == ("rule:waves@v1", "waves", "v1")
            assert meta["values"]["text"] == "buy now"


VALUES = {
    EffectKind.LABEL: "spam",
    EffectKind.TAG: "wave",
    EffectKind.REPORT: "rude",
    EffectKind.ESCALATE: "",
    EffectKind.TAKEDOWN: "",
    EffectKind.MUTE: "",
    EffectKind.COMMENT: "look",
    EffectKind.ADD_TO_SET: "waves",
    EffectKind.ADD_TO_LIST: "waves",
    EffectKind.NOTIFY: "team",
}
"""A value for each kind that needs nothing to be there before."""


@pytest.mark.parametrize("kind", VALUES)
def test_no_kind_overshoots_its_breakers(database: Database, kind: EffectKind) -> None:
    service = ModerationService(database, LABELER, clock=ManualClock(), metrics=Metrics(), hooks={"team"})
    effects = [
        make_effect(
            n,
            account(n),
            kind=kind,
            value=VALUES[kind],
            limit=5,
            per_hour=3,
            time_us=NOON_US + (n % 2) * HOUR_US,
            options=AN_HOUR,
        )
        for n in range(20)
    ]
    assert take(service, *effects).count(Outcome.APPLIED) == 5
    last = service.recent_decisions(1)[0]
    assert last.why.startswith("rule:waves reached its limit of ")


def test_the_other_party_may_be_a_subject(database: Database) -> None:
    service = make_service(database)
    bob = Subject.account(Did("did:plc:bob"))
    assert take(service, act(1, EffectKind.TAG, "target", bob)) == [Outcome.APPLIED]
    assert service.status("did:plc:bob").tags == {"target"}
