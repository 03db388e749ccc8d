"""What a crash, a second writer or a flipped bit does to the files of the warehouse."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from event_rows import batch
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Broken, Retryable
from skywarden.warehouse import SegmentHistory, Store
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.manifest import NAME
from skywarden.warehouse.merge import merge_once
from skywarden.warehouse.verify import verify
from warehouse_rows import compacted, event, filled_log, keep


def ignore(_read: int) -> None:
    """No progress is shown."""


def offsets(store: Store) -> list[int]:
    start, stop = SegmentHistory(store).span()
    return [int(offset) for part in SegmentHistory(store).batches(start, stop) for offset in part.offsets()]


def test_a_second_writer_is_told_to_come_again(tmp_path: Path) -> None:
    with Store(tmp_path, ManualClock()).writing(), pytest.raises(Retryable, match="being written"):
        compact_log(Store(tmp_path, ManualClock()), filled_log(5))


def test_what_was_staged_and_not_committed_is_swept_by_the_next_writer(tmp_path: Path) -> None:
    store = compacted(tmp_path, filled_log(20))
    before = set(tmp_path.rglob("*.parquet"))
    stray = tmp_path / "event/day=2025-06-15/part=post/000000000000-000000000001-9-0.parquet"
    stray.write_bytes(b"half a file")
    with Store(tmp_path, ManualClock()).writing():
        pass
    assert set(tmp_path.rglob("*.parquet")) == before
    assert offsets(store) == list(range(20))


def test_a_dropped_file_stays_for_its_time_and_for_those_who_read_it(tmp_path: Path) -> None:
    clock = ManualClock()
    store = compacted(tmp_path, filled_log(40), 4, clock)
    with store.pinned() as pinned:
        assert merge_once(store)
        clock.advance(1_000)
        assert store.collect() == 0
        assert all(store.path(one.path).exists() for one in pinned.segments)
    assert store.collect() > 0
    assert len(list(tmp_path.rglob("*.parquet"))) == len(store.manifest().segments)


def test_a_reader_goes_on_when_a_merge_takes_its_files_away(tmp_path: Path) -> None:
    clock = ManualClock()
    store = compacted(tmp_path, filled_log(160), 20, clock)
    reading = SegmentHistory(store).batches(*SegmentHistory(store).span())
    found = [int(offset) for offset in next(reading).offsets()]
    while merge_once(store):
        pass
    clock.advance(1_000)
    assert store.collect() > 0
    found += [int(offset) for part in reading for offset in part.offsets()]
    assert found == list(range(160))


@pytest.mark.parametrize("seed", range(4))
def test_kill_minus_nine_between_any_two_steps_leaves_the_old_or_the_new_state(tmp_path: Path, seed: int) -> None:
    """A child compacts, merges and collects, and is killed after a number of steps; what it left goes on."""
    steps = str(random.Random(seed).randrange(1, 40))
    child = [sys.executable, str(Path(__file__).parents[2] / "servers" / "warehouse_child.py"), str(tmp_path), steps]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    store = Store(tmp_path, ManualClock(), grace_s=0)
    assert offsets(store) == list(range(store.manifest().cursor("event")))
    assert verify(store, ignore) == []
    keep(store)
    assert offsets(store) == list(range(60))
    assert len(list(tmp_path.rglob("*.parquet"))) == len(store.manifest().segments)


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    store = compacted(tmp_path, filled_log(40))
    assert verify(store, ignore) == []
    drawn, undetected = random.Random(7), []
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "writer.lock"]
    for path in files:
        whole = path.read_bytes()
        for place in {0, len(whole) - 1, *(drawn.randrange(len(whole)) for _ in range(5))}:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << drawn.randrange(8))]) + whole[place + 1 :])
            if not _found(store):
                undetected.append((path, place))
        path.write_bytes(whole)
    assert len(files) > 10
    assert undetected == []


def _found(store: Store) -> bool:
    try:
        return bool(verify(store, ignore))
    except Broken:
        return True


def test_a_missing_file_is_found(tmp_path: Path) -> None:
    store = compacted(tmp_path, filled_log(40))
    store.path(store.manifest().segments[0].path).unlink()
    assert [one.what for one in verify(store, ignore)] == ["cannot be read: No such file or directory"]


def test_a_damaged_manifest_stops_whoever_reads(tmp_path: Path) -> None:
    store = compacted(tmp_path, filled_log(5))
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole.replace(b'"rows":1', b'"rows":2', 1))
    with pytest.raises(Broken, match="checksum is wrong"):
        store.manifest()


def test_rows_that_come_later_follow_on(tmp_path: Path) -> None:
    log = filled_log(20)
    store = compacted(tmp_path, log)
    log.append(batch([event(number) for number in range(20, 30)]).rows, {})
    assert compact_log(store, log) == 10
    assert compact_log(store, log) == 0
    assert offsets(store) == list(range(30))
