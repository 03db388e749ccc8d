"""The consumer follows the log; after a crash at any moment the sink holds what it would have held without."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from event_rows import START_US, batch, post
from skywarden.engine import Engine
from skywarden.engine.consumer import EngineConsumer
from skywarden.engine.snapshot import KEEP, SnapshotFolder
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.log.memory import MemoryLog
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit
from skywarden.observe import catalog
from skywarden.observe.logs import configure_logs
from skywarden.observe.metrics import Metrics
from skywarden.rules import Plan, RuleFile, compile_rules

TEXT = """from skywarden.lang import *
@rule(on=post.created, then=[label(post, "spam"), tag(author, "busy")])
def busy():
    '''{author.did} posted {posts} times.'''
    posts = count(by=author.did, over=1 * hour)
    return posts % 3 == 0
"""
PLAN: Plan = compile_rules([RuleFile("busy.py", TEXT)])


@dataclass(slots=True)
class MemorySink:
    """Keeps effects by id; dies on demand before or after its transaction."""

    effects: dict[str, Effect] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    mark: Offset = field(default_factory=lambda: Offset(0))
    die_before: bool = False
    die_after: bool = False

    def committed(self) -> Offset:
        return self.mark

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        if self.die_before:
            raise ConnectionError("died before")
        for effect in effects:
            assert effect.effect_id not in self.effects, "an effect came twice"
            self.effects[effect.effect_id] = effect
        self.hits += hits
        self.mark = upto
        if self.die_after:
            raise ConnectionError("died after")


def filled_log(posts: int, each: int = 1) -> MemoryLog:
    log = MemoryLog()
    for start in range(0, posts, each):
        rows = [post(n, did=f"did:plc:{n % 2}") for n in range(start, min(start + each, posts))]
        log.append(batch(rows).rows, {})
    return log


def consumer(
    log: MemoryLog, sink: MemorySink, folder: Path, metrics: Metrics | None = None, snapshot_rows: int = 10
) -> EngineConsumer:
    return EngineConsumer(log, Engine(PLAN), sink, folder, metrics or Metrics(), snapshot_rows=snapshot_rows)


def drain(follower: EngineConsumer) -> int:
    total = 0
    while rows := follower.step():
        total += rows
    return total


def expected(log: MemoryLog, folder: Path) -> MemorySink:
    sink = MemorySink()
    drain(consumer(log, sink, folder / "undisturbed"))
    return sink


def test_it_reads_to_the_end_and_then_waits(tmp_path: Path) -> None:
    log, sink = filled_log(25, each=4), MemorySink()
    follower = consumer(log, sink, tmp_path)
    assert drain(follower) == 25
    assert follower.step() == 0
    assert sink.mark == 25
    assert len(sink.hits) == 8
    log.append(batch([post(25, did="did:plc:1")]).rows, {})
    assert follower.step() == 1


def test_batches_of_an_older_version_lack_columns_and_are_read_all_the_same(tmp_path: Path) -> None:
    log, sink = MemoryLog(), MemorySink()
    for n in range(6):
        rows = batch([post(n, did="did:plc:0")]).rows
        log.append(rows if n > 3 else rows.drop_columns(["link_texts", "values_added", "author_avatar_cid"]), {})
    assert drain(consumer(log, sink, tmp_path)) == 6
    assert [hit.offset for hit in sink.hits] == [2, 5]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(0, 24, 5))
def test_after_a_crash_beside_the_sinks_transaction_nothing_is_lost_or_doubled(
    tmp_path: Path, moment: str, at: int
) -> None:
    log, sink = MemoryLog(), MemorySink()
    follower = consumer(log, sink, tmp_path, snapshot_rows=4)
    for n in range(24):
        log.append(batch([post(n, did=f"did:plc:{n % 2}")]).rows, {})
        sink.die_before, sink.die_after = (moment == "before" and n == at), (moment == "after" and n == at)
        try:
            follower.step()
        except ConnectionError:
            sink.die_before = sink.die_after = False
            follower = consumer(log, sink, tmp_path, snapshot_rows=4)
        drain(follower)
    whole = expected(log, tmp_path)
    assert sink.effects == whole.effects
    assert sink.hits == whole.hits


def test_a_restart_goes_on_from_the_snapshot_and_replays_only_what_came_after(tmp_path: Path) -> None:
    log, sink = filled_log(30, each=10), MemorySink()
    first = consumer(log, sink, tmp_path)
    drain(first)
    metrics = Metrics()
    second = consumer(log, sink, tmp_path, metrics)
    assert second.engine.position == 30
    assert second.engine.state_hash() == first.engine.state_hash()
    assert drain(second) == 0


def test_a_snapshot_ahead_of_the_sink_is_not_used(tmp_path: Path) -> None:
    log, sink = filled_log(30, each=10), MemorySink()
    drain(consumer(log, sink, tmp_path))
    restored_from_backup = MemorySink()
    again = consumer(log, restored_from_backup, tmp_path)
    assert again.engine.position == 0
    drain(again)
    assert restored_from_backup.effects == sink.effects


def test_a_corrupt_snapshot_is_refused_loudly_and_an_older_one_takes_over(tmp_path: Path) -> None:
    log, sink = filled_log(20, each=10), MemorySink()
    first = consumer(log, sink, tmp_path)
    first.step()
    first.write_snapshot()
    log.append(batch([post(n, did="did:plc:0") for n in range(20, 30)]).rows, {})
    drain(first)
    first.write_snapshot()
    newest = SnapshotFolder(tmp_path).newest_first()[0]
    data = bytearray(newest.path.read_bytes())
    data[-1] ^= 1
    newest.path.write_bytes(data)
    lines, metrics = io.StringIO(), Metrics()
    configure_logs(lines)
    second = consumer(log, sink, tmp_path, metrics)
    assert second.engine.position == 20
    assert metrics.value(catalog.ENGINE_SNAPSHOTS_REFUSED, reason="Broken") == 1
    assert json.loads(lines.getvalue().splitlines()[0])["event"] == "snapshot_refused"
    drain(second)
    assert second.engine.state_hash() == first.engine.state_hash()


@pytest.mark.parametrize("cut", [0, 5, 30, 60])
def test_a_torn_snapshot_means_replay_from_the_beginning(tmp_path: Path, cut: int) -> None:
    log, sink = filled_log(12, each=12), MemorySink()
    first = consumer(log, sink, tmp_path)
    drain(first)
    (only,) = SnapshotFolder(tmp_path).newest_first()
    only.path.write_bytes(only.path.read_bytes()[:cut])
    configure_logs(io.StringIO())
    second = consumer(log, sink, tmp_path)
    assert second.engine.position == 0
    drain(second)
    assert second.engine.state_hash() == first.engine.state_hash()


def test_every_flipped_byte_of_a_snapshot_is_found() -> None:
    engine = Engine(PLAN)
    engine.process(batch([post()]))
    data = engine.snapshot()
    for at in range(len(data)):
        bad = bytearray(data)
        bad[at] ^= 0x40
        with pytest.raises(Broken, match="engine snapshot"):
            Engine.restore(PLAN, bytes(bad))


def test_a_log_shorter_than_the_snapshot_stops_us(tmp_path: Path) -> None:
    sink = MemorySink()
    drain(consumer(filled_log(20, each=20), sink, tmp_path))
    with pytest.raises(Broken, match="the log ends at 5"):
        consumer(filled_log(5), sink, tmp_path)


def test_only_the_newest_snapshots_are_kept(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    for position in range(10, 80, 10):
        folder.write(Offset(position), b"x")
    assert [file.position for file in folder.newest_first()] == [70, 60, 50][:KEEP]


def test_what_happened_is_in_the_metrics(tmp_path: Path) -> None:
    metrics = Metrics()
    drain(consumer(filled_log(9, each=9), MemorySink(), tmp_path, metrics))
    assert metrics.value(catalog.ENGINE_EVENTS) == 9
    assert metrics.value(catalog.ENGINE_POSITION) == 9
    assert metrics.value(catalog.ENGINE_HITS, rule="busy") == 2
    assert metrics.value(catalog.ENGINE_EFFECTS, kind="label") == 2
    assert metrics.value(catalog.ENGINE_WINDOW_KEYS) == 2


def test_events_are_read_in_the_logs_time_not_ours(tmp_path: Path) -> None:
    sink = MemorySink()
    drain(consumer(filled_log(6, each=6), sink, tmp_path))
    assert all(START_US <= hit.time_us < START_US + 6_000_000 for hit in sink.hits)


def test_what_each_rule_costs_is_in_the_metrics_now_and_then(tmp_path: Path) -> None:
    metrics, log = Metrics(), MemoryLog()
    follower = consumer(log, MemorySink(), tmp_path, metrics)
    for n in range(16):
        assert metrics.value(catalog.ENGINE_RULE_SECONDS, rule="busy") == 0
        log.append(batch([post(n)]).rows, {})
        follower.step()
    assert metrics.value(catalog.ENGINE_RULE_SECONDS, rule="busy") > 0
    assert metrics.value(catalog.ENGINE_OPERATOR_SECONDS, operator="count") > 0
