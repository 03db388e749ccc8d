"""A log as a history, and the parts of history."""

from event_rows import SECOND_US, START_US, batch, post
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log import MemoryLog
from skywarden.model.event import Action, Kind
from skywarden.model.history import EventHistory
from skywarden.model.log_history import LogHistory
from skywarden.model.partition import PARTS, part_codes


def history(count: int, each: int = 3) -> EventHistory:
    log = MemoryLog()
    for start in range(0, count, each):
        log.append(batch([post(number) for number in range(start, min(start + each, count))]).rows, {})
    return LogHistory(log)


def test_the_span_of_a_log_is_all_of_it() -> None:
    assert history(0).span() == (0, 0)
    assert history(7).span() == (0, 7)


def test_an_offset_is_found_by_its_time() -> None:
    past = history(7)
    times = [START_US - 1, START_US, START_US + 1, START_US + 6 * SECOND_US, START_US + 6 * SECOND_US + 1]
    assert [past.offset_at(UtcMicros(time)) for time in times] == [0, 0, 1, 6, 7]


def test_batches_are_cut_to_what_was_asked() -> None:
    found = list(history(7).batches(Offset(2), Offset(5)))
    assert [int(offset) for part in found for offset in part.offsets()] == [2, 3, 4]
    assert [key for part in found for key in part.rows.column("rkey").to_pylist()] == ["r2", "r3", "r4"]


def test_every_event_is_in_one_part() -> None:
    rows = [
        post(),
        post(collection="app.bsky.feed.like", action=int(Action.UPDATE)),
        post(collection="com.example.unknown"),
        post(action=int(Action.DELETE)),
        *(post(kind=int(kind), action=None, collection=None) for kind in Kind if kind is not Kind.COMMIT),
    ]
    names = [PARTS[code] for code in part_codes(batch(rows).rows)]
    kinds = ["identity", "account", "sync", "report", "moderation", "recheck"]
    assert names == ["post", "like", "other", "deleted", *kinds]
