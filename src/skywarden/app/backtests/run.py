"""Run the rules of a request over history and turn what they found into a report."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from skywarden.app.backtests import report as said
from skywarden.app.backtests.effects import effects_of
from skywarden.app.backtests.recorded import LiveHits, live_hits, verdicts
from skywarden.app.backtests.request import BacktestRequest
from skywarden.engine.backtest.agreement import Agreement
from skywarden.engine.backtest.compare import difference, overlap
from skywarden.engine.backtest.hits import HitSink, Ints
from skywarden.engine.backtest.run import BacktestResult, run_backtest
from skywarden.engine.backtest.samples import SampledHit, Sampler
from skywarden.engine.backtest.tally import HOUR_US, Counted, RuleTally, Tally
from skywarden.engine.backtest.workers import OpenHistory, run_divided
from skywarden.kernel.ids import Offset
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import Plan, RulePlan
from skywarden.storage import Database

_EXAMPLES = 10
_LONG = 500_000
"""Events from which on it is quicker to start processes for them."""
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Apart:
    """How to divide a long run among processes."""

    open_history: OpenHistory
    workers: int


@dataclass(frozen=True, slots=True)
class _Run:
    """One pass over history."""

    result: BacktestResult
    tallies: dict[str, RuleTally]


def backtest(
    request: BacktestRequest,
    history: EventHistory,
    db: Database | None = None,
    progress: Callable[[int], None] = lambda offset: None,
    apart: Apart | None = None,
) -> said.BacktestReport:
    """Run the request's rules, and what they are compared with, over its period.

    Without a database there is neither overlap with live rules nor agreement with people. With `apart` a long run is
    divided among processes; what it finds is the same.
    """
    period = request.period
    began = time.monotonic()
    agreement = Agreement({} if db is None else verdicts(db, period.since_us))
    sampler = Sampler(seed=request.seed)
    tally = Tally()
    runner = _Runner(request, history, progress, apart)
    own = runner.run(request.plan, tally, [tally, agreement], sampler)
    other_tally = Tally()
    against = request.against
    other = None if against is None else runner.run(against, other_tally, [other_tally], None)
    live = [] if db is None else live_hits(db, period.start, period.stop)
    maker = _Maker(request, history, own, other, agreement, live)
    return said.BacktestReport(
        since_us=period.since_us,
        until_us=period.until_us,
        primed_us=period.primed_us,
        first_offset=period.start,
        end_offset=period.stop,
        events=own.result.events,
        primed=own.result.primed,
        seconds=round(time.monotonic() - began, 3),
        against=request.against_name,
        rules=tuple(maker.rule(rule) for rule in sorted(request.plan.rules, key=lambda rule: rule.name)),
    )


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs plans over the period of a request."""

    request: BacktestRequest
    history: EventHistory
    progress: Callable[[int], None]
    apart: Apart | None

    def run(self, plan: Plan, tally: Tally, sinks: Sequence[HitSink], sampler: Sampler | None) -> _Run:
        period, apart = self.request.period, self.apart
        span, begin = (period.start, period.stop), period.start if period.primed is None else period.primed
        if apart is not None and apart.workers > 1 and len(plan.rules) > 1 and period.stop - begin >= _LONG:
            result, _ = run_divided(
                plan,
                apart.open_history,
                span,
                apart.workers,
                primed_from=period.primed,
                progress=self.progress,
                sinks=sinks,
                sampler=sampler,
            )
        else:
            result = run_backtest(
                plan,
                self.history,
                span,
                primed_from=period.primed,
                progress=self.progress,
                sinks=sinks,
                sampler=sampler,
            )
        return _Run(result, tally.rules())


@dataclass(frozen=True, slots=True)
class _Maker:
    """Turns what was found into the report of each rule."""

    request: BacktestRequest
    history: EventHistory
    own: _Run
    other: _Run | None
    agreement: Agreement
    live: Sequence[LiveHits]

    def rule(self, rule: RulePlan) -> said.RuleReport:
        name = rule.name
        tally = self.own.tallies.get(name)
        judged = self.agreement.of(name)
        samples = self.own.result.samples.get(name, [])
        offsets = _NONE if tally is None else tally.offsets
        return said.RuleReport(
            rule=name,
            version=rule.version,
            file=rule.file,
            hits=0 if tally is None else tally.hits,
            accounts=0 if tally is None else tally.accounts,
            series=() if tally is None else tuple((hour * HOUR_US, hits) for hour, hits in tally.hours.items()),
            top_accounts=() if tally is None else _common(tally.top_accounts),
            top_domains=() if tally is None else _common(tally.top_domains),
            top_texts=() if tally is None else _common(tally.top_texts),
            samples=tuple(map(_sample, samples)),
            overlaps=self._overlaps(offsets),
            agreement=said.Share(judged.yes, judged.asked, judged.low, judged.high),
            effects=effects_of(rule, {} if tally is None else tally.proposals, self.request.period),
            windows=tuple(
                said.WindowUse(use.name, use.keys, use.held_bytes, use.evicted)
                for use in self.own.result.windows
                if use.name.partition(".")[0] == name
            ),
            difference=self._difference(name, offsets),
            fault=next(
                (f"{fault.operator}: {fault.reason}" for fault in self.own.result.faults if fault.rule == name), ""
            ),
        )

    def _overlaps(self, offsets: Ints) -> tuple[said.RuleOverlap, ...]:
        found = []
        for one in self.live:
            shared = overlap(offsets, one.offsets)
            if shared.both:
                row = (one.rule, one.version, shared.other, shared.both, shared.of_own, shared.of_other, shared.jaccard)
                found.append(said.RuleOverlap(*row))
        return tuple(sorted(found, key=lambda one: (-one.jaccard, one.rule, one.version)))

    def _difference(self, name: str, own: Ints) -> said.Difference | None:
        if self.other is None:
            return None
        tally = self.other.tallies.get(name)
        found = difference(own, _NONE if tally is None else tally.offsets)
        return said.Difference(
            other=self.request.against_name,
            only_own=len(found.only_own),
            only_other=len(found.only_other),
            both=found.both,
            own_examples=self._examples(found.only_own),
            other_examples=self._examples(found.only_other),
        )

    def _examples(self, offsets: Ints) -> tuple[said.Example, ...]:
        """Some of these events, evenly drawn, in the order of the log."""
        drawn = np.random.default_rng(self.request.seed).permutation(len(offsets))[:_EXAMPLES]
        return tuple(self._example(offset) for offset in np.sort(offsets[drawn]).tolist())

    def _example(self, offset: int) -> said.Example:
        wanted = ("time_us", "did", "collection", "rkey", "text", "kind", "action")
        for batch in self.history.batches(Offset(offset), Offset(offset + 1), columns=wanted):
            row = batch.rows.select(wanted).to_pylist()[0]
            uri = row["did"] if row["rkey"] is None else f"at://{row['did']}/{row['collection']}/{row['rkey']}"
            return said.Example(offset, row["time_us"], uri, row["text"])
        return said.Example(offset, 0, "", None)


def _common(counted: Sequence[Counted]) -> tuple[said.Common, ...]:
    return tuple(said.Common(one.what, one.hits, one.accounts) for one in counted)


def _sample(one: SampledHit) -> said.Sample:
    hit = one.hit
    return said.Sample(hit.offset, hit.time_us, hit.did, hit.uri, hit.reason, dict(hit.values), one.text)
