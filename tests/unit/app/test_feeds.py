"""What moderation did comes back as events, once, and records are looked at again when rules asked for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chain import Chain
from databases import Crash, Seams
from ingest_rows import START_US
from skywarden.ingest.accounts.account import LookedUp
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.event import EventBatch, Kind
from skywarden.model.subject import Subject
from skywarden.moderation.new_event import NewReport
from skywarden.storage import Database

MALLORY = "did:plc:mallory"
RUDE = "com.atproto.moderation.defs#reasonRude"
Open = Callable[[str], Chain]


@pytest.fixture
def start(tmp_path: Path, database: Database) -> Iterator[Open]:
    opened: list[Chain] = []

    def open_chain(rules: str) -> Chain:
        clock = opened[-1].clock if opened else ManualClock(at_us=UtcMicros(START_US))
        for chain in opened:
            chain.close()
        opened.append(Chain(tmp_path, database, rules, clock))
        return opened[-1]

    yield open_chain
    opened[-1].close()


SPAM = '''
@rule(on=post.created, then=[label(post, "spam"), tag(author, "spammer"), report(author, reason="rude")])
def spam():
    """It says spam."""
    return contains(post.text, "spam")
'''


def test_what_a_rule_did_comes_back_with_its_name_and_whom_it_hit(start: Open) -> None:
    chain = start(SPAM)
    uri = chain.post(MALLORY, "spam")
    events = [(row["moderation_event"], row["subject_uri"], row["values_added"]) for row in chain.rows(Kind.MODERATION)]
    assert events == [("modEventLabel", uri, ["spam"]), ("modEventTag", None, ["spammer"])]
    report = chain.rows(Kind.REPORT)[0]
    assert (report["did"], report["report_reason"], report["text"]) == (MALLORY, RUDE, "It says spam.")
    own = chain.rows(Kind.MODERATION) + chain.rows(Kind.REPORT)
    assert {(row["moderation_by"] or row["report_by"], *row["caused_by"]) for row in own} == {
        ("did:plc:labeler", "spam")
    }


def test_a_persons_report_is_an_event_that_rules_are_on(start: Open) -> None:
    chain = start('''
@rule(on=report.received, then=escalate(author))
def reported_twice():
    """Reported {times} times."""
    times = count(by=author.did, over=1 * day)
    return times >= 2
''')
    for _ in range(2):
        subject = Subject.record(Did(MALLORY), "app.bsky.feed.post", "3k", Cid("bafy"))
        chain.service.create_report(NewReport(RUDE, subject, Did("did:plc:alice"), "look"))
        chain.settle()
    rows = chain.rows(Kind.REPORT)
    assert [(row["report_by"], row["subject_uri"], row["caused_by"]) for row in rows] == [
        ("did:plc:alice", subject.uri, None)
    ] * 2
    events = [row["moderation_event"] for row in chain.rows(Kind.MODERATION)]
    assert events == ["modEventTag", "modEventEscalate"]


def test_a_rule_does_not_act_on_what_its_own_effects_led_to(start: Open) -> None:
    chain = start('''
@rule(on=moderation.happened, then=comment(author, "ping"))
def ping():
    """Something happened."""
    return True

@rule(on=moderation.happened, then=comment(author, "pong"))
def pong():
    """Something happened."""
    return True

@rule(on=post.created, then=tag(author, "seen"))
def seen():
    """A post."""
    return True
''')
    chain.post(MALLORY)
    chains = sorted(tuple(row["caused_by"]) for row in chain.rows(Kind.MODERATION))
    assert chains == [
        ("seen",),
        ("seen", "ping"),
        ("seen", "ping", "pong"),
        ("seen", "pong"),
        ("seen", "pong", "ping"),
    ]


def test_tags_that_rules_set_are_in_the_stamp_of_later_events(start: Open) -> None:
    chain = start(
        SPAM
        + '''
@rule(on=post.created, then=escalate(author))
def again():
    """A spammer posts."""
    return "spammer" in author.tags
'''
    )
    chain.post(MALLORY, "spam")
    chain.post(MALLORY, "something else")
    assert chain.rows(Kind.COMMIT)[1]["author_tags"] == ["spammer"]
    assert chain.rows(Kind.MODERATION)[-1]["moderation_event"] == "modEventEscalate"


YOUNG = '''
@rule(on=post.created, then=label(post, "young"), after=10 * minutes)
def young():
    """{author.age} old, {posts} posts."""
    posts = count(by=author.did, over=1 * day)
    return author.age < 2 * days and posts == 1
'''


def known_by_now(chain: Chain, did: str) -> None:
    """A look-up has found when the account was made: a day before."""
    made_us = UtcMicros(chain.clock.now_us() - 86_400_000_000)
    chain.accounts.looked_up([LookedUp(Did(did), chain.clock.now_us(), created_us=made_us)])


def test_where_a_rule_is_unknown_it_looks_again_with_what_is_known_by_then(start: Open) -> None:
    chain = start(YOUNG)
    uri = chain.post(MALLORY)
    known_by_now(chain, MALLORY)
    chain.wait(599)
    assert chain.labels(uri) == []
    chain.wait(1)
    assert chain.labels(uri) == [("young", None)]
    again = chain.rows(Kind.RECHECK)[0]
    assert (again["did"], again["rkey"], again["text"], again["recheck_rules"]) == (MALLORY, "p1", "hello", ["young"])
    assert again["author_created_us"] is not None


def test_a_look_that_finds_it_still_unknown_is_the_last_one(start: Open) -> None:
    chain = start(YOUNG)
    chain.post(MALLORY)
    for _ in range(3):
        chain.wait(600)
    assert len(chain.rows(Kind.RECHECK)) == 1


def test_where_a_rule_is_known_to_be_false_nobody_looks_again(start: Open) -> None:
    chain = start(YOUNG)
    known_by_now(chain, MALLORY)
    chain.post(MALLORY)
    chain.post(MALLORY)
    chain.wait(600)
    assert chain.rows(Kind.RECHECK) == []


def test_a_second_look_is_only_of_the_rules_that_asked_for_it(start: Open) -> None:
    chain = start(
        YOUNG
        + '''
@rule(on=post.created, then=label(post, "tall"), after=10 * minutes)
def tall():
    """Other."""
    return contains(post.text, "tall") and not contains(post.text, "h")
'''
    )
    uri = chain.post(MALLORY)
    known_by_now(chain, MALLORY)
    chain.wait(600)
    assert chain.rows(Kind.RECHECK)[0]["recheck_rules"] == ["young"]
    assert chain.labels(uri) == [("young", None)]


def test_a_look_that_fell_due_while_nobody_ran_is_taken_after_the_restart(start: Open) -> None:
    uri = start(YOUNG).post(MALLORY)
    chain = start(YOUNG)
    known_by_now(chain, MALLORY)
    chain.wait(3_600)
    assert chain.labels(uri) == [("young", None)]
    assert len(start(YOUNG).rows(Kind.RECHECK)) == 1


def test_a_replay_of_the_log_sees_the_same_looks(start: Open) -> None:
    chain = start(YOUNG)
    chain.post(MALLORY)
    known_by_now(chain, MALLORY)
    chain.wait(600)
    live = chain.consumer.engine
    replayed = type(live)(live.plan)
    effects = [
        effect
        for stored in chain.log.read(replayed.position)
        for effect in replayed.process(EventBatch(stored.base, stored.rows)).effects
    ]
    assert [(effect.kind.value, effect.rule) for effect in effects] == [
        ("recheck", "young again"),
        ("label", "young"),
    ]
    assert replayed.state_hash() == live.state_hash()


@pytest.mark.parametrize("place", ["outbox.store", "moderation.decide", "moderation.recheck", "moderation.marks"])
@pytest.mark.parametrize("moment", ["before-commit", "after-commit"])
def test_a_crash_anywhere_puts_each_decision_and_look_into_the_log_once(
    start: Open,
    seams: Seams,
    place: str,
    moment: str,
) -> None:
    rules = SPAM + YOUNG
    chain = start(rules)
    seams.crash_at = f"{place}:{moment}"
    crashed = False
    for text in ("spam", "hello"):
        try:
            chain.post(MALLORY, text)
            known_by_now(chain, MALLORY)
            chain.wait(600)
        except Crash:
            crashed = True
            chain = start(rules)
    chain.wait(1_200)
    assert crashed
    chain.settle()
    assert sorted(row["moderation_event"] for row in chain.rows(Kind.MODERATION) if "spam" in row["caused_by"]) == [
        "modEventLabel",
        "modEventTag",
    ]
    looks = [row["rkey"] for row in chain.rows(Kind.RECHECK)]
    assert len(looks) == len(set(looks))
    assert {row["rkey"] for row in chain.rows(Kind.COMMIT)} >= set(looks) >= {"p1"}
