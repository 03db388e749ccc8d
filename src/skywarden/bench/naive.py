"""Compare the engine's hits with those of the naive interpreter of the tests, on a sample of a history.

The interpreter decides rules one event at a time and lives with the tests, written apart from the engine; so the
comparison needs a checkout of the sources.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random

import pyarrow as pa

from skywarden.engine import Engine
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.event import EventBatch
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.nodes import Plan

_HITTING, _OTHERS = 200, 300
_TESTS = Path(__file__).parents[3] / "tests"


@dataclass(frozen=True, slots=True)
class Sample:
    """Events of a history that make a history of their own; `hits` is how many the engine finds in it."""

    rows: list[dict[str, object]]
    hits: int
    found: frozenset[tuple[int, str]] = frozenset()


def sample_of(engine: Engine, history: Sequence[EventBatch]) -> Sample:
    """Events that hit, others of the same accounts, and some at random; and what the engine finds in these alone."""
    rows = pa.Table.from_batches([batch.rows for batch in history])
    hit = sorted({int(hit.offset) for batch in history for hit in engine.process(batch).hits})
    rng = Random(len(rows))  # noqa: S311  # a sample
    chosen = set(rng.sample(hit, min(_HITTING, len(hit))))
    chosen |= set(rng.sample(range(len(rows)), min(_OTHERS, len(rows))))
    part = rows.take(pa.array(sorted(chosen))).combine_chunks().to_batches()[0]
    found = frozenset((int(hit.offset), hit.rule) for hit in engine.anew().process(EventBatch(Offset(0), part)).hits)
    return Sample(part.to_pylist(), len(found), found)


def compare_with_naive(rules: Sequence[CheckedRule], plan: Plan, sample: Sample) -> None:
    """Raises: Rejected, where a hit is missing or one too many, or there is no checkout."""
    if not (_TESTS / "oracle" / "naive_rules.py").exists():
        raise Rejected("no naive interpreter", expected="a checkout with tests/oracle", place=str(_TESTS))
    sys.path.insert(0, str(_TESTS))
    naive = import_module("oracle.naive_rules")
    decided = naive.run_naively(rules, plan.sets, sample.rows)
    expected = {(offset, name) for offset, name, true, _ in decided if true}
    if expected != sample.found:
        wrong = sorted(expected ^ sample.found)
        raise Rejected("hits differ", expected=f"{len(expected)} hits", found=f"differences at {wrong[:5]}")
