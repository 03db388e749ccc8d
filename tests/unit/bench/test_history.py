"""The month of events that benchmarks run over is a month, in order, with the abuse that its truth tells of."""

from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.compute as pc
import pytest

from skywarden.bench.detect.history import HistoryConfig
from skywarden.bench.history import MonthConfig, StoredMonth, stored_month
from skywarden.bench.history.crowd import SHARES
from skywarden.bench.history.names import tids
from skywarden.kernel.ids import Offset
from skywarden.model.partition import PARTS, part_codes

CONFIG = MonthConfig(20_000, days=3, source=HistoryConfig(seed=5, hours=1.5, people=150, rate=0.6, abuse_share=0.3))


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> StoredMonth:
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    made = stored_month(CONFIG)
    again = stored_month(CONFIG)
    patch.undo()
    assert again.folder == made.folder
    return made


def test_it_has_as_many_events_as_were_asked_for_in_the_order_of_time(month: StoredMonth) -> None:
    assert month.history.span() == (0, CONFIG.events)
    times = np.concatenate([batch.rows.column("time_us").to_numpy() for batch in month.history.batches(Offset(0))])
    assert len(times) == CONFIG.events
    assert (np.diff(times) >= 0).all()
    assert 2.9 < (times[-1] - times[0]) / 86_400e6 <= 3.0


def test_its_kinds_have_about_the_shares_that_are_promised(month: StoredMonth) -> None:
    ordinary = [
        batch.rows.filter(pc.equal(batch.rows.column("source"), "bench")) for batch in month.history.batches(Offset(0))
    ]
    codes = np.concatenate([part_codes(rows) for rows in ordinary])
    posts = np.count_nonzero(codes == PARTS.index("post")) / len(codes)
    likes = np.count_nonzero(codes == PARTS.index("like")) / len(codes)
    assert posts == pytest.approx(SHARES["app.bsky.feed.post"], abs=0.02)
    assert likes == pytest.approx(SHARES["app.bsky.feed.like"], abs=0.02)


def test_the_abuse_in_it_is_what_the_truth_says(month: StoredMonth) -> None:
    abusers = set(month.truth.column("did").to_pylist())
    assert len(abusers) == len(month.truth) > 20
    seen: set[str] = set()
    for batch in month.history.batches(Offset(0)):
        seen |= abusers.intersection(batch.rows.column("did").to_pylist())
    assert seen == abusers


def test_records_are_whole_json_and_carry_the_text(month: StoredMonth) -> None:
    for batch in month.history.batches(Offset(0), Offset(2_000)):
        of_crowd = pc.equal(batch.rows.column("source"), "bench")
        posts = batch.rows.filter(pc.and_(of_crowd, pc.equal(batch.rows.column("collection"), "app.bsky.feed.post")))
        for record, text in zip(posts.column("record").to_pylist(), posts.column("text").to_pylist(), strict=True):
            if record is not None:
                assert _decoded(record)["text"] == text


def test_record_keys_sort_as_their_times_do() -> None:
    times = np.arange(1_750_000_000_000_000, 1_750_000_000_000_400, 7)
    keys = tids(times, np.random.default_rng(1)).to_pylist()
    assert all(before < after for before, after in pairwise(keys))
    assert {len(key) for key in keys} == {13}


def _decoded(record: str) -> dict[str, object]:
    found = msgspec.json.decode(record)
    assert isinstance(found, dict)
    return found


def test_nothing_is_left_of_a_month_that_was_not_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    small = MonthConfig(3_000, days=1, source=HistoryConfig(seed=5, hours=1.5, people=40, rate=0.1, abuse_share=0.3))
    made = stored_month(small)
    (made.folder / "truth.parquet").unlink()
    (made.folder / "left-over").write_text("half a month")
    again = stored_month(small)
    assert not (again.folder / "left-over").exists()
    assert again.history.span() == (0, small.events)
