"""Run a stage's step again and again in a thread of its own: back off when the world is busy, stop when we are broken.

Retry: a step that raised Retryable is run again with the same input after a pause that doubles up to `max_pause_s`.
Crash: nothing is kept here; each step is durable by itself. Two writers: one thread a stage.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from skywarden.console import Health
from skywarden.kernel.errors import Retryable
from skywarden.observe.catalog import STAGE_FAILED, STAGE_RETRIED, STAGE_RETRIES
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics

_FIRST_PAUSE_S = 0.1

JOIN_S = 1.0
"""How long each stage may take to end its step; with the server's grace the whole stop stays under 5 s."""

_REST = 2.0
"""A stage that gathers rests this many times as long as its step took."""

_MOST_REST_S = 0.1


@dataclass(slots=True)
class StageHealth:
    """How a stage is; read by the status page."""

    health: Health = "ok"
    detail: str = ""


@dataclass(slots=True)
class Stage:
    """`step` does what there is to do and returns how much that was; 0 means wait for `wake` or `idle_s`.

    `after` is called when a step did something (it wakes the next stage); `failed` when the stage cannot go on.
    After a step that did less than `gather` the stage rests a little, so that more comes together for the next one:
    where a small batch costs nearly what a large one does, this is what leaves the processor to others.
    """

    name: str
    step: Callable[[], int]
    after: Callable[[], None]
    failed: Callable[[str, BaseException], None]
    metrics: Metrics
    idle_s: float = 0.25
    gather: int = 0
    max_pause_s: float = 30.0
    state: StageHealth = field(default_factory=StageHealth)
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be work; safe from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the stage to end after its current step; returns at once."""
        self._stop.set()
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when the stage is still in a step."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        log = Logger(self.name)
        pause_s = _FIRST_PAUSE_S
        while not self._stop.is_set():
            self._wake.clear()
            began_s = time.monotonic()
            try:
                done = self.step()
            except Retryable as error:
                self.state = StageHealth("busy", f"{error}; next try in {pause_s:.1f} s")
                self.metrics.add(STAGE_RETRIES, stage=self.name)
                log.warning(STAGE_RETRIED, detail=str(error), pause_s=pause_s)
                self._stop.wait(pause_s)
                pause_s = min(pause_s * 2, self.max_pause_s)
                continue
            except Exception as error:  # noqa: BLE001 - the stage's own loop: whatever it is, stop loudly
                self.state = StageHealth("down", f"{type(error).__name__}: {error}")
                log.error(STAGE_FAILED, error=error)
                if not self._stop.is_set():  # else the stop has closed the stores under a step that took too long
                    self.failed(self.name, error)
                return
            pause_s = _FIRST_PAUSE_S
            self.state = StageHealth()
            if done:
                self.after()
                if done < self.gather:
                    self._stop.wait(min(_REST * (time.monotonic() - began_s), _MOST_REST_S))
            else:
                self._wake.wait(self.idle_s)
