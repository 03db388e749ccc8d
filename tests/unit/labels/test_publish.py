"""Labels are numbered once, in order, whatever crashes and whoever else writes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection

from databases import Crash, Seams, Stagger
from label_samples import KEY, START_US, ask, ask_many, make_labels
from skywarden.kernel.errors import Retryable
from skywarden.kernel.ids import Seq
from skywarden.labels import LabelService, verify_label
from skywarden.labels.recent import RecentFrames, StreamFrame
from skywarden.storage import Database, open_database


def seqs(labels: LabelService) -> list[int]:
    return [label.seq for label in labels.from_seq(0, 100_000)]


def test_labels_are_numbered_from_one_in_the_order_asked(database: Database) -> None:
    labels = make_labels(database)
    ask_many(database, 5)
    assert labels.publish_pending(limit=3) == 3
    assert labels.publish_pending(limit=3) == 2
    assert labels.publish_pending(limit=3) == 0
    assert [(item.seq, item.label.uri) for item in labels.from_seq(0, 10)] == [
        (number + 1, f"did:plc:account{number}") for number in range(5)
    ]
    assert labels.latest_seq() == 5


def test_every_published_label_verifies_and_has_millisecond_times(database: Database) -> None:
    labels = make_labels(database)
    ask(database, "did:plc:someone", expires_us=START_US + 123_456)
    labels.publish_pending()
    label = labels.from_seq(1, 1)[0].label
    verify_label(label, KEY.public)
    assert (label.cts, label.exp) == ("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:20.123Z")


@pytest.mark.parametrize("place", ["before-commit", "after-commit"])
def test_a_crash_while_publishing_loses_doubles_and_renumbers_nothing(
    database: Database, database_url: str, seams: Seams, place: str
) -> None:
    labels = make_labels(database)
    ask_many(database, 10)
    labels.publish_pending(limit=4)
    seen_before = seqs(labels)
    seams.crash_at = f"labels.publish:{place}"
    with pytest.raises(Crash):
        labels.publish_pending(limit=4)
    again = open_database(database_url)
    restarted = make_labels(again)
    while restarted.publish_pending(limit=4):
        pass
    assert seqs(restarted) == list(range(1, 11))
    assert seqs(restarted)[:4] == seen_before
    assert len({item.label.uri for item in restarted.from_seq(0, 100)}) == 10
    again.close()


def test_nothing_is_announced_before_it_is_durable(database: Database, seams: Seams) -> None:
    labels = make_labels(database)
    heard: list[int] = []
    labels.subscribe(heard.append)
    ask_many(database, 1)
    seams.crash_at = "labels.publish:before-commit"
    with pytest.raises(Crash):
        labels.publish_pending()
    assert (heard, labels.latest_seq(), labels.recent_frames(1, 9)) == ([], 0, [])


def test_who_ended_a_subscription_hears_no_more(database: Database) -> None:
    labels = make_labels(database)
    heard: list[int] = []
    end = labels.subscribe(heard.append)
    ask_many(database, 2)
    labels.publish_pending(limit=1)
    end()
    labels.publish_pending(limit=1)
    assert heard == [1]


def test_a_negation_replaces_the_label_with_a_later_time_and_a_higher_seq(database: Database) -> None:
    labels = make_labels(database)
    ask(database, "did:plc:a")
    labels.publish_pending()
    ask(database, "did:plc:a", neg=True)
    labels.publish_pending()
    held = labels.from_seq(0, 10)
    assert [(item.seq, item.label.neg) for item in held] == [(2, True)]
    first, second = reversed(labels.recent_labels(2))
    assert first.label.cts < second.label.cts


def test_a_label_and_its_negation_in_one_batch_keep_their_order(database: Database) -> None:
    labels = make_labels(database)
    ask(database, "did:plc:a")
    ask(database, "did:plc:a", neg=True)
    ask(database, "did:plc:a", cause="again")
    labels.publish_pending()
    assert [(item.seq, item.label.neg) for item in labels.from_seq(0, 10)] == [(3, False)]
    times = [item.label.cts for item in labels.recent_labels(3)]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 3


def test_a_label_on_another_version_replaces_nothing(database: Database) -> None:
    labels = make_labels(database)
    for cid in (None, "bafyone", "bafytwo"):
        ask(database, "at://did:plc:a/app.bsky.feed.post/1", cid=cid, cause=f"{cid}")
    labels.publish_pending()
    assert seqs(labels) == [1, 2, 3]


def test_after_a_loss_numbering_goes_on_above_what_anybody_saw(database: Database) -> None:
    labels = make_labels(database)
    labels.restart_above(5_000)
    ask_many(database, 1)
    labels.publish_pending()
    assert (seqs(labels), labels.lost_up_to(), labels.latest_seq()) == ([5_001], 5_000, 5_001)
    labels.restart_above(10)
    assert labels.latest_seq() == 5_001


def test_a_second_publisher_goes_on_where_the_first_stands(database: Database) -> None:
    mine, other = make_labels(database), make_labels(database)
    ask_many(database, 4)
    assert (other.publish_pending(2), mine.publish_pending(10), other.publish_pending(2)) == (2, 2, 0)
    assert mine.latest_seq() == other.latest_seq() == 4
    for labels in (mine, other):
        assert [frame.seq for frame in labels.recent_frames(1, 10) or []] == [1, 2, 3, 4]


def test_what_another_process_published_is_announced(database: Database) -> None:
    mine, other = make_labels(database), make_labels(database)
    heard: list[int] = []
    mine.subscribe(heard.append)
    ask_many(database, 3)
    other.publish_pending()
    assert (mine.publish_pending(), heard) == (0, [3])
    assert [frame.data for frame in mine.recent_frames(1, 9) or []] == [
        frame.data for frame in other.recent_frames(1, 9) or []
    ]
    assert (mine.publish_pending(), heard) == (0, [3])


def test_a_publication_that_another_overtook_takes_the_next_numbers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = make_labels(database), make_labels(database)
    ask(database, "did:plc:a")
    ask(database, "did:plc:a", neg=True)
    ask(database, "did:plc:b")

    real_write = database.write

    def write_after_the_other(name: str) -> AbstractContextManager[Connection]:
        monkeypatch.setattr(database, "write", real_write)
        other.publish_pending(1)
        return real_write(name)

    monkeypatch.setattr(database, "write", write_after_the_other)
    assert mine.publish_pending(3) == 2
    assert [(item.seq, item.label.uri, item.label.neg) for item in mine.from_seq(0, 9)] == [
        (2, "did:plc:a", True),
        (3, "did:plc:b", False),
    ]
    assert [frame.seq for frame in mine.recent_frames(1, 9) or []] == [2, 3]
    for item in mine.from_seq(0, 9):
        verify_label(item.label, KEY.public)


def test_a_publication_is_tried_again_while_the_database_is_busy(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = make_labels(database)
    ask_many(database, 2)
    real_write, refusals = database.write, iter((1, 2))

    def write_when_free(name: str) -> AbstractContextManager[Connection]:
        if next(refusals, None):
            raise Retryable("busy")
        return real_write(name)

    monkeypatch.setattr(database, "write", write_when_free)
    assert labels.publish_pending() == 2


def test_64_writers_and_several_publishers_never_show_a_lower_seq_late(database_url: str) -> None:
    """Promise 3. Each publisher stands for a process of its own; the reader hears of labels as a subscriber does."""
    writers, publishers, each = 64, 4, 4
    database = open_database(database_url, seam=Stagger())
    reader = make_labels(database)
    seen: list[int] = []
    done = threading.Event()

    def write(number: int) -> None:
        for turn in range(each):
            ask_many(database, 1, first=number * each + turn)

    def publish(_: int) -> None:
        labels = make_labels(database)
        while not done.is_set():
            labels.publish_pending(limit=3)

    def read_live() -> None:
        position = 1
        while position <= writers * each:
            reader.publish_pending(limit=1)
            latest = reader.latest_seq()
            frames = reader.recent_frames(position, 10_000)
            assert frames is not None
            seen.extend(frame.seq for frame in frames)
            position = max([position - 1, latest, *(frame.seq for frame in frames)]) + 1
        done.set()

    with ThreadPoolExecutor(writers + publishers + 1) as pool:
        reading = pool.submit(read_live)
        running = [pool.submit(publish, number) for number in range(publishers)]
        list(pool.map(write, range(writers)))
        for task in (reading, *running):
            task.result()
    database.close()
    assert seen == list(range(1, writers * each + 1))


def frames(*numbers: int) -> list[StreamFrame]:
    return [StreamFrame(Seq(number), b"") for number in numbers]


def test_recent_frames_know_what_they_no_longer_hold() -> None:
    recent = RecentFrames(complete_from=11, capacity=3)
    assert recent.since(10, 9) is None
    assert recent.since(11, 9) == []
    for number in range(11, 16):
        recent.add(frames(number))
    assert recent.since(11, 2) == frames(11, 12)
    recent.add(frames(16))
    assert recent.since(13, 9) is None
    assert recent.since(14, 9) == frames(14, 15, 16)
    assert recent.since(17, 9) == []


def test_recent_frames_pass_over_holes_in_the_numbering() -> None:
    recent = RecentFrames(complete_from=1)
    recent.add(frames(1, 2, 5_000))
    assert recent.since(3, 9) == frames(5_000)
