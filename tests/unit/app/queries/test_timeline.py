"""Everything about an account in one order, page by page."""

import pytest
from sqlalchemy import insert, update

from event_rows import SECOND_US, START_US, post
from histories import history_of
from label_samples import ask, make_labels
from report_rows import Desk
from skywarden.app.investigate.happenings import Happenings
from skywarden.app.investigate.investigator import Caps, HistoryInvestigator
from skywarden.app.investigate.reading import HistoryReading
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.investigation import Question, TimelineEntry
from skywarden.model.subject import Subject
from skywarden.storage import Database
from skywarden.storage.tables import HIT, MODERATION_EVENT

ALICE = "did:plc:alice"
ROWS = [
    post(n, did=ALICE if n % 2 == 0 else "did:plc:bob", author_handle="alice.example" if n % 2 == 0 else None)
    for n in range(20)
]


@pytest.fixture
def investigator(database: Database) -> HistoryInvestigator:
    """Alice's ten posts, two hits on one of them, a label, a report."""
    hits = [
        {"log_offset": 4, "rule": rule, "version": "v1", "time_us": START_US + 4 * SECOND_US, "did": ALICE}
        | {"uri": f"at://{ALICE}/app.bsky.feed.post/r4", "reason": "Because.", "values_json": "{}", "is_shadow": False}
        for rule in ("waves", "floods")
    ]
    with database.write("test") as tx:
        tx.execute(insert(HIT), hits)
    desk = Desk(database)
    desk.clock.at_us = UtcMicros(START_US + 10 * SECOND_US)
    desk.report(Subject.account(Did(ALICE)), Subject.account(Did("did:plc:bob")))
    with database.write("test") as tx:
        tx.execute(update(MODERATION_EVENT).values(created_us=START_US + 9 * SECOND_US))
    ask(database, f"at://{ALICE}/app.bsky.feed.post/r6", created_us=START_US + 7 * SECOND_US)
    make_labels(database, ManualClock(UtcMicros(START_US + 7 * SECOND_US))).publish_pending()
    return HistoryInvestigator(HistoryReading(history_of(ROWS)), happenings=Happenings(database))


def _all(investigator: HistoryInvestigator, entity: str, limit: int) -> list[TimelineEntry]:
    entries: list[TimelineEntry] = []
    cursor = None
    while True:
        page = investigator.timeline(
            entity, since_us=START_US, until_us=START_US + 60 * SECOND_US, limit=limit, cursor=cursor
        )
        entries += page.entries
        cursor = page.cursor
        if cursor is None:
            return entries


def test_a_timeline_joins_events_hits_labels_decisions_and_reports(investigator: HistoryInvestigator) -> None:
    entries = _all(investigator, ALICE, 100)
    assert [entry.time_us for entry in entries] == sorted((entry.time_us for entry in entries), reverse=True)
    sources = [entry.source for entry in entries]
    assert {source: sources.count(source) for source in set(sources)} == {
        "event": 10,
        "hit": 2,
        "label": 1,
        "decision": 1,
        "report": 1,
    }
    assert {entry.did for entry in entries} == {ALICE}


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 14])
def test_pages_of_any_size_give_every_entry_once(investigator: HistoryInvestigator, limit: int) -> None:
    assert _all(investigator, ALICE, limit) == _all(investigator, ALICE, 100)


def test_counts_are_of_the_whole_stretch(investigator: HistoryInvestigator) -> None:
    page = investigator.timeline(ALICE, since_us=START_US, until_us=START_US + 60 * SECOND_US, limit=1)
    assert page.counts == {"event": 10, "hit": 2, "label": 1, "decision": 1, "report": 1}


def test_a_handle_is_looked_up_in_history(investigator: HistoryInvestigator) -> None:
    assert investigator.timeline("@alice.example").entity == ALICE
    with pytest.raises(Rejected, match="unknown handle"):
        investigator.timeline("@nobody.example")


def test_a_record_has_its_own_timeline(investigator: HistoryInvestigator) -> None:
    entries = _all(investigator, f"at://{ALICE}/app.bsky.feed.post/r6", 10)
    assert [(entry.source, entry.what) for entry in entries] == [("label", "spam"), ("event", "post.created")]


def test_a_question_over_its_time_ends(database: Database) -> None:
    moments = iter(range(0, 1_000, 100))
    slow = HistoryInvestigator(HistoryReading(history_of(ROWS)), caps=Caps(seconds=50), clock_s=lambda: next(moments))
    with pytest.raises(Rejected, match="query too slow"):
        slow.histogram(Question())


def test_more_questions_than_may_run_at_once_are_told_to_come_again() -> None:
    one = HistoryInvestigator(HistoryReading(history_of(ROWS)), caps=Caps(at_once=1))

    def ask_again(_events: int) -> None:
        one.histogram(Question())

    with pytest.raises(Retryable, match="ask again"):
        one.histogram(Question(), checkpoint=ask_again)
    assert one.histogram(Question()).events == 20


def test_too_many_groups_and_a_missing_warehouse_are_refused(investigator: HistoryInvestigator) -> None:
    with pytest.raises(Rejected, match="1 to 5"):
        investigator.top(Question(), ())
    with pytest.raises(Rejected, match="no warehouse"):
        investigator.sql("SELECT 1")
