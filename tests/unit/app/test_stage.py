"""A stage goes on, backs off or stops loudly."""

import queue
import threading

from skywarden.app.stage import Stage
from skywarden.kernel.errors import Broken, Retryable
from skywarden.observe.catalog import STAGE_RETRIES
from skywarden.observe.metrics import Metrics


def test_a_step_that_did_something_wakes_the_next_stage() -> None:
    work: queue.SimpleQueue[int] = queue.SimpleQueue()
    woken = threading.Event()
    stage = Stage("engine", lambda: 0 if work.empty() else work.get(), woken.set, _no_failure, Metrics(), idle_s=30)
    stage.start()
    work.put(5)
    stage.wake()
    assert woken.wait(10)
    stage.stop()
    assert stage.join(10)


def test_a_busy_world_is_tried_again_with_the_same_step() -> None:
    done, tries, metrics = threading.Event(), iter([True, True, False]), Metrics()

    def step() -> int:
        if next(tries, None):
            raise Retryable("database is away")
        done.set()
        return 0

    stage = Stage("moderation", step, _nothing, _no_failure, metrics, max_pause_s=0.001)
    stage.start()
    assert done.wait(10)
    assert metrics.value(STAGE_RETRIES, stage="moderation") == 2
    stage.stop()
    assert stage.join(10)


def test_a_broken_stage_says_who_and_why_and_ends() -> None:
    said: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def step() -> int:
        raise Broken("log is damaged")

    stage = Stage("engine", step, _nothing, lambda name, error: said.put((name, str(error))), Metrics())
    stage.start()
    assert said.get(timeout=10) == ("engine", "log is damaged")
    assert stage.join(10)
    assert stage.state.health == "down"


def _nothing() -> None:
    return None


def _no_failure(name: str, error: BaseException) -> None:
    raise AssertionError(f"{name}: {error}")
