"""Turn history into what the windows of new rules would remember, had they run all along.

Retry: a step that raised is run again from where it stood. Crash: nothing is kept; priming begins anew.
Two writers: a primed engine is handed over whole, and not touched again unless it comes back.
"""

import math
from typing import Protocol

from skywarden.engine.budget import Budget
from skywarden.engine.engine import Engine
from skywarden.engine.shadow import CATCH_UP_ROWS, Primed, ShadowRun, Wanted
from skywarden.kernel.errors import Retryable
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.history import EventHistory
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics
from skywarden.rules.plan.nodes import WINDOW_OPS, Plan, WindowParams

_STEP_ROWS = 65_536
_NO_LIMIT = Budget(event_s=math.inf)
_BOUNDED = frozenset({"count", "sum", "distinct", "last_seen", "heavy"})
"""Functions that know nothing of what is older than their window; of the others what is oldest may still tell."""


class Follower(Protocol):
    """Who runs the live rules: how far it is, and the run that wants an engine."""

    engine: Engine
    shadow: ShadowRun


class Primer:
    """A stage's step: brings the rules that wait for shadow up to where the live ones are."""

    def __init__(self, history: EventHistory, follower: Follower, metrics: Metrics) -> None:
        self._history = history
        self._follower = follower
        self._metrics = metrics
        self._logger = Logger("shadow")
        self._primed: Primed | None = None

    def __call__(self) -> int:
        """Return how many rows of history were run; 0: nothing waits, or it is ready."""
        try:
            return self._step()
        except Retryable:
            raise
        except Exception as error:  # noqa: BLE001 - a stage's loop: rules in shadow end, the live ones go on
            self._logger.error(catalog.SHADOW_STOPPED, error=error)
            self._follower.shadow.wanted = None
            return 0

    def _step(self) -> int:
        shadow = self._follower.shadow
        wanted = shadow.wanted
        if wanted is None or shadow.primed is not None:
            if wanted is None:
                self._primed = None
            return 0
        if self._primed is None or self._primed.wanted is not wanted:
            self._primed = self._started(wanted)
        engine = self._primed.engine
        live = self._follower.engine.position
        behind = max(0, live - engine.position)
        self._metrics.set(catalog.ENGINE_SHADOW_BEHIND, behind)
        if behind <= CATCH_UP_ROWS // 2:
            self._metrics.set(catalog.ENGINE_SHADOW_BEHIND, 0)
            shadow.primed = self._primed
            return 0
        before = engine.position
        for batch in self._history.batches(before, Offset(min(live, before + _STEP_ROWS))):
            engine.process(batch)
        return engine.position - before

    def _started(self, wanted: Wanted) -> Primed:
        live = self._follower.engine
        first, _ = self._history.span()
        past_us = reach_us(wanted.plan)
        start = first
        if past_us is not None:
            start = max(first, self._history.offset_at(UtcMicros(live.clock_us - past_us)))
        start = min(start, live.position)
        return Primed(wanted, live.beside(wanted.plan, _NO_LIMIT, wanted.lookups).anew(Offset(start)))


def reach_us(plan: Plan) -> int | None:
    """How long before an event the windows of a plan look; None: for ever. No window is made of another one."""
    reach = 0
    for node in (node for scope in plan.scopes for node in scope.nodes if node.op in WINDOW_OPS):
        if node.op not in _BOUNDED:
            return None
        over_us = WindowParams.of(node).over_us
        reach = max(reach, over_us + over_us // 12 + 1)  # the oldest twelfth or slice began before the window
    return reach
