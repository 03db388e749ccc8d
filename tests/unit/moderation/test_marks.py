"""The account table hears of labels and tags in the order of decisions, again until it says so."""

from proposals import account, make_effect, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.marks import AccountMarks, MarkFeed
from skywarden.storage import Database


def test_marks_are_the_whole_state_of_each_touched_account(database: Database) -> None:
    service, feed = make_service(database), MarkFeed(database, ManualClock())
    service.outbox.store(
        [], [make_effect(1), make_effect(1, kind=EffectKind.TAG, value="wave"), make_effect(2, value="rude")], Offset(3)
    )
    service.decide_pending()
    marks, place = feed.pending(100)
    assert marks == [AccountMarks(account(1).did, ("spam",), ("wave",)), AccountMarks(account(2).did, ("rude",), ())]
    feed.done(place)
    assert feed.pending(100) == ([], place)
    service.outbox.store([], [make_effect(3, account(1), value="rude")], Offset(4))
    service.decide_pending()
    assert feed.pending(100)[0] == [AccountMarks(account(1).did, ("rude", "spam"), ("wave",))]


def test_marks_are_told_again_until_they_are_done(database: Database) -> None:
    service, feed = make_service(database), MarkFeed(database, ManualClock())
    service.outbox.store([], [make_effect(1)], Offset(2))
    service.decide_pending()
    assert feed.pending(100) == feed.pending(100) != ([], 0)


def test_labels_of_records_and_reports_do_not_mark_the_account(database: Database) -> None:
    service, feed = make_service(database), MarkFeed(database, ManualClock())
    post = Subject.record(Did("did:plc:account1"), "app.bsky.feed.post", "3k")
    service.outbox.store([], [make_effect(1, post), make_effect(2, kind=EffectKind.REPORT, value="spam")], Offset(3))
    service.decide_pending()
    marks, place = feed.pending(100)
    assert (marks, place) == ([], 2)
