"""Turn what the engine found, chunk by chunk, into columns of hits, and draw samples of them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.backtest.hits import EVENT_COLUMNS, HitColumns, Ints
from skywarden.engine.backtest.samples import Sampler
from skywarden.engine.found import Found
from skywarden.engine.rows import Rows
from skywarden.engine.scope_run import RuleRun
from skywarden.model.event import SCHEMA
from skywarden.rules.core import EffectTerm
from skywarden.rules.plan.nodes import Plan, RulePlan

_FIELDS = pa.schema([SCHEMA.field(name) for name in EVENT_COLUMNS])


class Collector:
    """Keeps hits until they are taken. Those before offset `since` only fill memory and are dropped."""

    def __init__(self, plan: Plan, since: int, sampler: Sampler | None) -> None:
        self._names = tuple(rule.name for rule in plan.rules)
        self._codes = {name: code for code, name in enumerate(self._names)}
        self._since = since
        self._sampler = sampler
        self._parts: list[HitColumns] = []
        self.held = 0

    def add(self, found: Found) -> None:
        """Keep the hits of a chunk's scope."""
        found = found.since(self._since)
        if not found.runs:
            return
        if self._sampler is not None:
            self._sampler.offer(found)
        rows = np.concatenate([one.rows for one in found.runs])
        sizes = [len(one.rows) for one in found.runs]
        at = found.frame.rows
        events = pa.RecordBatch.from_arrays([at.column(name) for name in EVENT_COLUMNS], schema=_FIELDS)
        part = HitColumns(
            self._names,
            np.repeat([self._codes[one.rule.name] for one in found.runs], sizes),
            found.offsets[rows],
            found.frame.times_us[rows],
            np.concatenate([_proposals(one, at) for one in found.runs]),
            events.take(pa.array(rows)),
        )
        self._parts.append(part)
        self.held += len(part)

    def take(self) -> HitColumns | None:
        """What was kept since the last time."""
        parts, self._parts, self.held = self._parts, [], 0
        if not parts:
            return None
        events = pa.Table.from_batches([part.events for part in parts]).combine_chunks().to_batches()[0]
        return HitColumns(
            self._names,
            np.concatenate([part.rule for part in parts]),
            np.concatenate([part.offsets for part in parts]),
            np.concatenate([part.times_us for part in parts]),
            np.concatenate([part.proposals for part in parts]),
            events,
        )


def _proposals(run: RuleRun, rows: Rows) -> Ints:
    """How many effects the rule proposes at each of its hits: none about somebody whom the event does not name."""
    count = np.zeros(len(run.rows), np.int64)
    for term in run.rule.effects:
        count += _named(term, rows)[run.rows]
    causes = rows.column("caused_by")
    if causes.null_count < len(causes):
        count[_own(run.rule, causes.take(pa.array(run.rows)))] = 0
    return count


def _named(term: EffectTerm, rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where the event names whom an effect is about."""
    if term.subject.text == "record":
        there = pc.and_(rows.column("collection").is_valid(), rows.column("rkey").is_valid())
    else:
        columns = [rows.column(name) for name in (term.subject.uri_column, term.subject.did_column) if name is not None]
        there = columns[0].is_valid() if len(columns) == 1 else pc.or_(columns[0].is_valid(), columns[1].is_valid())
    known: np.ndarray[tuple[int], np.dtype[np.bool_]] = there.to_numpy(zero_copy_only=False)
    return known


def _own(rule: RulePlan, causes: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where the rule's own effects led to the event."""
    return np.array([rule.name in (cause or ()) for cause in causes.to_pylist()], dtype=np.bool_)
