"""Join when events arrived with when their effects were durable: the platform's own latency, as a metric.

Crash: nothing is kept; a batch that arrived before the crash is not measured. Two writers: intake notes, the engine's
thread settles; safe between the two.
"""

import threading
from collections import deque
from collections.abc import Callable

from skywarden.engine.consumer import EffectSink
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Offset
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit
from skywarden.observe.catalog import ENGINE_EFFECT_SECONDS
from skywarden.observe.metrics import Metrics

_MOST = 10_000
"""While the engine stands still the oldest are forgotten; its lag is another metric's to tell."""


class Arrivals:
    """Batches of the log that came from the network and whose effects are not yet durable."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self._waiting: deque[tuple[Offset, float]] = deque(maxlen=_MOST)
        self._done = Offset(0)
        self._lock = threading.Lock()

    def note(self, end: Offset, received_s: float | None) -> None:
        """Rows up to `end` are in the log; the first of them arrived at `received_s` (None: from a file)."""
        if received_s is not None:
            with self._lock:
                self._waiting.append((end, received_s))
                self._settle()

    def settled(self, upto: Offset) -> None:
        """Every effect of the rows before `upto` is durable."""
        with self._lock:
            self._done = upto
            self._settle()

    def _settle(self) -> None:
        now_s = self._clock.monotonic_s()
        while self._waiting and self._waiting[0][0] <= self._done:
            self._metrics.observe(ENGINE_EFFECT_SECONDS, now_s - self._waiting.popleft()[1])


class TimedSink:
    """An effect sink that tells `arrivals` how far it is; its promises are those of the sink behind it.

    `on_effects` is called when there is something for the next stage to do.
    """

    def __init__(self, sink: EffectSink, arrivals: Arrivals) -> None:
        self._sink = sink
        self._arrivals = arrivals
        self.on_effects: Callable[[], None] = _nothing

    def committed(self) -> Offset:
        return self._sink.committed()

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        self._sink.store(hits, effects, upto)
        self._arrivals.settled(upto)
        if effects:
            self.on_effects()


def _nothing() -> None:
    """Nobody waits yet."""
