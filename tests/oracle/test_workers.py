"""Any split, any number of threads, any chunks, a restart anywhere: hits and state are the same (INV-3, INV-4)."""

from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oracle.event_streams import Row, event_stream
from oracle.naive_rules import run_naively
from oracle.random_rules import rule_files
from skywarden.engine import Engine, EngineConfig
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, EventBatch
from skywarden.model.hit import Hit
from skywarden.rules import Plan, RuleErrors, RuleFile, Sets, load_folder
from skywarden.rules.compile import check_rules
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.build import build_plan
from skywarden.rulesets import BLUESKY

SETS = Sets({"shops": frozenset({"sticker-shop.example", "quiet shop", "zorkface"})})
SHIPPED = load_folder(BLUESKY)
STREAMS = st.builds(event_stream, seed=st.integers(0, 2**32), size=st.integers(1, 60))
CUTS = st.lists(st.integers(1, 59), max_size=5)
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def batch_of(rows: Sequence[Row]) -> EventBatch:
    return EventBatch(Offset(0), pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA))


def run(engine: Engine, batch: EventBatch, cuts: Sequence[int], restart_at: int = -1) -> tuple[Engine, list[Hit]]:
    """Process a batch cut at `cuts`; before the part with the number `restart_at`, go on from a snapshot."""
    hits: list[Hit] = []
    edges = sorted({0, len(batch), *(cut for cut in cuts if cut < len(batch))})
    for number, (start, stop) in enumerate(pairwise(edges)):
        if number == restart_at:
            engine = engine.restored(engine.snapshot())
        result = engine.process(batch.slice(start, stop))
        assert result.faults == []
        hits += result.hits
    return engine, hits


def compiled(text: str) -> tuple[list[CheckedRule], Plan]:
    try:
        checked = check_rules([RuleFile("random.py", text)], SETS)
    except RuleErrors:
        assume(False)  # a condition that can never be true is refused
        raise
    return checked, build_plan(checked, SETS.entries)


@SLOW
@given(text=rule_files(), rows=STREAMS, cuts=CUTS, workers=st.integers(1, 4), chunk_rows=st.integers(1, 40))
def test_random_rules_hit_where_the_naive_interpreter_says(
    text: str, rows: list[Row], cuts: list[int], workers: int, chunk_rows: int
) -> None:
    checked, plan = compiled(text)
    _, hits = run(Engine(plan, EngineConfig(workers=workers, chunk_rows=chunk_rows)), batch_of(rows), cuts)
    expected = {(offset, name) for offset, name, true, _ in run_naively(checked, plan.sets, rows) if true}
    assert {(hit.offset, hit.rule) for hit in hits} == expected


@SLOW
@given(
    text=rule_files(),
    rows=STREAMS,
    cuts=CUTS,
    workers=st.integers(1, 4),
    chunk_rows=st.integers(1, 40),
    at=st.integers(0, 5),
)
def test_threads_chunks_splits_and_restarts_change_neither_hits_nor_state_of_random_rules(
    text: str, rows: list[Row], cuts: list[int], workers: int, chunk_rows: int, at: int
) -> None:
    _, plan = compiled(text)
    whole, whole_hits = run(Engine(plan), batch_of(rows), [])
    other, hits = run(Engine(plan, EngineConfig(workers=workers, chunk_rows=chunk_rows)), batch_of(rows), cuts, at)
    assert hits == whole_hits
    assert other.state_hash() == whole.state_hash()


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return Engine(SHIPPED)


@SLOW
@given(rows=STREAMS, cuts=CUTS, workers=st.integers(1, 4), chunk_rows=st.integers(1, 40), at=st.integers(0, 5))
def test_threads_chunks_splits_and_restarts_change_nothing_for_the_shipped_rules(
    shipped: Engine, rows: list[Row], cuts: list[int], workers: int, chunk_rows: int, at: int
) -> None:
    whole, whole_hits = run(shipped.anew(), batch_of(rows), [])
    threaded = Engine(SHIPPED, EngineConfig(workers=workers, chunk_rows=chunk_rows))
    other, hits = run(threaded, batch_of(rows), cuts, at)
    assert hits == whole_hits
    assert other.state_hash() == whole.state_hash()
