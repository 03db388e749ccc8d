"""The index in step with the log, across restarts and rebuilds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from event_rows import Row, batch, post
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Broken, Retryable
from skywarden.kernel.ids import UtcMicros
from skywarden.log import MemoryLog
from skywarden.model.event import Action
from skywarden.model.log_history import LogHistory
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics
from skywarden.search import follow, parse_query
from skywarden.search.current import CurrentIndex
from skywarden.search.folder import SearchFolder
from skywarden.search.follow import COMMIT_S, IDLE_ROWS, IndexFollower, rebuild


class Bench:
    """A log, its follower and a reader."""

    def __init__(self, root: Path) -> None:
        self.log, self.folder, self.clock, self.metrics = MemoryLog(), SearchFolder(root), ManualClock(), Metrics()
        self.history = LogHistory(self.log)
        self.reader = CurrentIndex(self.folder)
        self.follower = self.restarted()

    def restarted(self) -> IndexFollower:
        self.follower = IndexFollower(self.history, self.folder, self.clock, self.metrics)
        return self.follower

    def append(self, *rows: Row) -> None:
        self.log.append(batch(rows).rows, {})

    def catch_up(self) -> None:
        while self.follower.step():
            pass
        self.clock.advance(COMMIT_S)
        self.follower.step()

    def found(self, query: str = "hello") -> list[int]:
        return [hit.offset for hit in self.reader.find(parse_query(query, UtcMicros(0))).hits]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "search")


def test_what_is_appended_is_found_after_a_second(bench: Bench) -> None:
    bench.append(post(0), post(1))
    assert bench.follower.step() == 2
    assert bench.found() == []
    bench.clock.advance(COMMIT_S)
    assert bench.follower.step() == 0
    assert bench.found() == [1, 0]
    assert bench.metrics.value(catalog.SEARCH_DOCUMENTS) == 2


def test_a_restart_goes_on_where_the_last_commit_was(bench: Bench) -> None:
    bench.append(post(0), post(1))
    bench.catch_up()
    bench.append(post(2))
    bench.follower.step()  # applied, never committed: as if killed here
    bench.follower._writer = None
    bench.restarted()
    assert bench.follower.step() == 1
    bench.follower.close()
    assert bench.found() == [2, 1, 0]


def test_rows_without_anything_to_find_move_the_position_now_and_then(bench: Bench) -> None:
    like = post(0, collection="app.bsky.feed.like")
    bench.log.append(batch([like]).rows, {})
    bench.catch_up()
    assert bench.found() == []
    for _ in range(IDLE_ROWS // 50_000):
        bench.log.append(batch([like] * 50_000).rows, {})
    bench.catch_up()
    assert bench.reader.position() > IDLE_ROWS - 1


def test_a_rebuild_is_taken_over_by_reader_and_follower(bench: Bench) -> None:
    bench.append(post(0), post(1), post(2, rkey="r0", action=int(Action.DELETE)))
    bench.catch_up()
    assert bench.found() == [1]
    seen: list[tuple[int, int]] = []
    assert rebuild(bench.history, bench.folder, lambda done, total: seen.append((done, total))) == 1
    assert seen[-1] == (3, 3)
    bench.append(post(3))
    bench.catch_up()
    assert bench.found() == [3, 1]
    assert [path.name for path in bench.folder.root.glob("*-*")] == ["index-2"]


def test_a_rebuild_that_failed_leaves_the_index_as_it_was(bench: Bench) -> None:
    bench.append(post(0))
    bench.catch_up()

    def fail(done: int, total: int) -> None:
        raise Retryable("the disk is away")

    with pytest.raises(Retryable, match="disk is away"):
        rebuild(bench.history, bench.folder, fail)
    assert bench.found() == [0]
    rebuild(bench.history, bench.folder, lambda done, total: None)
    assert list(bench.folder.root.glob("building-*")) == []


def test_one_rebuild_runs_at_a_time(bench: Bench) -> None:
    with bench.folder.building(), pytest.raises(Retryable, match="another process"):
        rebuild(bench.history, bench.folder, lambda done, total: None)


def test_an_index_of_another_format_is_made_anew(bench: Bench) -> None:
    bench.append(post(0))
    bench.catch_up()
    bench.follower.close()
    (bench.folder.root / "current.json").write_text('{"format":0,"folder":"index-1"}')
    bench.restarted()
    bench.catch_up()
    assert bench.found() == [0]
    assert bench.folder.current() == bench.folder.root / "index-2"


def test_an_index_that_is_ahead_of_its_log_stops_loudly(bench: Bench) -> None:
    bench.append(post(0))
    bench.catch_up()
    bench.follower.close()
    bench.history = LogHistory(MemoryLog())
    with pytest.raises(Broken, match="stands at offset 1, the log ends at 0"):
        bench.restarted().step()


def test_two_followers_of_one_index_are_refused(bench: Bench) -> None:
    bench.append(post(0))
    bench.catch_up()
    with pytest.raises(Broken, match="another process writes this index"):
        IndexFollower(bench.history, bench.folder, bench.clock, bench.metrics).step()


def test_searching_without_an_index_says_what_to_do(bench: Bench) -> None:
    with pytest.raises(Retryable, match="no index yet; start `skywarden up`"):
        bench.found()


def test_what_is_to_be_forgotten_is_gone_when_the_asker_is_answered(bench: Bench) -> None:
    bench.append(post(0), post(1), post(2, did="did:plc:bob"))
    bench.catch_up()
    with ThreadPoolExecutor(1) as others:
        asked = others.submit(bench.follower.forget, ["did:plc:bob", "at://did:plc:alice/app.bsky.feed.post/r0"])
        while not asked.done():
            bench.follower.step()
        assert asked.result() == 0
    assert bench.found() == [1]
    bench.follower.close()
    assert CurrentIndex(bench.folder).size() == 1


def test_who_wants_something_forgotten_is_told_when_nobody_comes_to_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "FORGET_S", 0.01)
    with pytest.raises(Retryable, match="forgets later"):
        bench.follower.forget(["did:plc:bob"])
