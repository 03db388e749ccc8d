"""Leaving out rows that no rule is on changes no hit, at any split of the log (INV-3)."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.event_streams import Row, event_stream
from oracle.random_rules import rule_files
from oracle.test_workers import CUTS, compiled, run
from skywarden.engine import Engine, EngineConfig
from skywarden.engine.rows import Rows
from skywarden.engine.selection import Selector
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, EventBatch
from skywarden.rules import Plan

SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def in_time(rows: Sequence[Row]) -> EventBatch:
    """Rows as a log holds them: no time is before an earlier one."""
    times = np.maximum.accumulate(np.array([row["time_us"] for row in rows], dtype=np.int64)).tolist()
    clamped = [{**row, "time_us": time} for row, time in zip(rows, times, strict=True)]
    return EventBatch(Offset(0), pa.RecordBatch.from_pylist(clamped, schema=SCHEMA))


def without(batch: EventBatch, plan: Plan, kept: Sequence[bool]) -> EventBatch:
    """The rows that some rule is on, and of the others those that `kept` says."""
    selector = Selector(Rows(batch.rows))
    wanted = np.resize(np.array([*kept, False]), len(batch))
    for scope in plan.scopes:
        wanted[selector.rows_on(scope.on)] = True
    numbers = pa.array(np.flatnonzero(wanted), pa.int64())
    return EventBatch.scattered(numbers, batch.rows.take(numbers), batch.base)


@SLOW
@given(
    text=rule_files(),
    rows=st.builds(event_stream, seed=st.integers(0, 2**32), size=st.integers(1, 60)),
    kept=st.lists(st.booleans(), max_size=60),
    cuts=CUTS,
    workers=st.integers(1, 3),
    chunk_rows=st.integers(1, 40),
)
def test_rows_that_no_rule_is_on_may_be_left_out(
    text: str, rows: list[Row], kept: list[bool], cuts: list[int], workers: int, chunk_rows: int
) -> None:
    _, plan = compiled(text)
    batch = in_time(rows)
    _, whole = run(Engine(plan), batch, [])
    left = Engine(plan, EngineConfig(workers=workers, chunk_rows=chunk_rows))
    _, hits = run(left, without(batch, plan, kept), cuts)
    assert hits == whole


def test_a_batch_with_given_offsets_ends_behind_its_last_row_and_is_cut_by_row_number() -> None:
    rows = in_time(event_stream(1, 4)).rows
    batch = EventBatch.scattered(pa.array([3, 7, 8, 20], pa.int64()), rows, Offset(0))
    assert (batch.base, batch.end, batch.offsets().tolist()) == (3, 21, [3, 7, 8, 20])
    part = batch.slice(1, 3)
    assert (part.base, part.end, part.offsets().tolist()) == (7, 9, [7, 8])
    nothing = batch.slice(2, 2)
    assert (len(nothing), nothing.base, nothing.end) == (0, 3, 3)


def test_given_offsets_may_lie_ahead_of_the_engine_but_never_behind_it() -> None:
    _, plan = compiled("from skywarden.lang import *\n@rule(on=post.created, then=tag(author, 'x'))\n"
                       'def any_post():\n    """x"""\n    return author.age >= 0 * days\n')  # fmt: skip
    engine = Engine(plan)
    rows = in_time(event_stream(1, 2)).rows
    engine.process(EventBatch.scattered(pa.array([5, 9], pa.int64()), rows, Offset(0)))
    assert engine.position == 10
    with pytest.raises(Broken, match="expected offset 10, found 9"):
        engine.process(EventBatch.scattered(pa.array([9, 12], pa.int64()), rows, Offset(0)))
    with pytest.raises(Broken, match="expected offset 10, found 11"):
        engine.process(EventBatch(Offset(11), rows))
